"""The screen of customers: found, seen on a page, linked, unmasked for a reason, followed along the chain."""

import json
import re

import pytest

from services.desk.web.customer import words
from tests.services.desk import story
from tests.services.desk.bank import CAST, Browser

pytestmark = pytest.mark.stack
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])
OFFICER, HR, PRODUCT, AUDITOR, HEAD = "S0302", "S0301", "S0305", "S0306", "S0307"
MORE = [
    {"staff_id": PRODUCT, "name": "何丽", "name_en": "He Li", "roles": ["product"], "unit_id": "HO", "line": "ebanking"},
    {"staff_id": AUDITOR, "name": "高峰", "name_en": "Gao Feng", "roles": ["auditor"], "unit_id": "HO", "line": None},
    {"staff_id": HEAD, "name": "林涛", "name_en": "Lin Tao", "roles": ["branch"], "unit_id": "O01", "line": "management"},
]  # fmt: skip
LOOKUP = "/api/registry/customers/lookup"
OF_BUNDLING = ("ledger", "composite", "answers", "contacts")


def registry_view(customer_id, **changes):
    company = customer_id.startswith("C")
    return {
        "customer_id": customer_id, "kind": "company" if company else "person",
        "display_name": "华瑞纺织有限公司" if company else "王*", "phone": "138****8000", "id_number": "**************0011",
        "birth_year": None if company else 1990, "outlet_id": "B01" if company else "O01",
        "manager_id": story.ZHANG if company else story.LI, "consent_marketing": True, "corporate_customer": company,
        "business_date": "2026-09-01", "tier": "key", "tier_month": "2026-08", "contribution_minor": 800_000_00,
        "holdings": [{"holding_id": "H1", "product": "settlement", "unit_id": "B01", "opened_on": "2026-09-01",
                      "closed_on": None, "opening_ref": None}],
    } | changes  # fmt: skip


LEDGER = {
    "customer_id": story.WANG, "on": "2026-10-01", "warning": True, "rules_version": 1,
    "counts": {"opened": 6, "activated": 2, "active": 1, "dormant": 1},
    "holdings": [
        {"holding_id": "H7", "product": "online", "unit_id": "O01", "standing": "dormant", "opened_on": "2026-01-05",
         "activated_on": "2026-01-09", "last_used_on": "2026-02-01", "closed_on": None, "reason": "0 authenticated uses"},
        {"holding_id": "H8", "product": "now", "unit_id": "O01", "standing": "opened", "opened_on": "2026-03-05",
         "activated_on": None, "last_used_on": None, "closed_on": None, "reason": None},
    ],
}  # fmt: skip
FEE = {
    "counted": [],
    "counted_minor": 9_000_00,
    "tier": "basic",
    "fee_minor": 20_00,
    "rules_version": 1,
    "on": "2026-09-01",
}
COMPOSITE = {
    "customer_id": story.WANG,
    "months": [
        {"month": "2026-09", "counted": [], "counted_minor": 18_000_00, "tier": "middle", "fee_minor": 7_50,
         "perks": {"no_minimum": True, "better_rate": False, "no_card_fee": True, "no_atm_fee": True},
         "to_next_minor": 7_000_01, "rules_version": 1, "charged": None, "adjustments": [], "total_minor": 0},
        {"month": "2026-08", "counted": [], "counted_minor": 12_000_00, "tier": "middle", "fee_minor": 7_50,
         "perks": {"no_minimum": True, "better_rate": False, "no_card_fee": True, "no_atm_fee": True},
         "to_next_minor": 13_000_01, "rules_version": 1, "charged": FEE,
         "adjustments": [FEE | {"number": 1, "fee_minor": 7_50, "adjustment_minor": -12_50}], "total_minor": 7_50},
    ],
}  # fmt: skip


def reason(condition, *, holds, fact="known"):
    return {"condition": condition, "holds": holds, "fact": fact, "as_of": "2026-09-01"}


def flip(what, product=None, amount=None, kind=None, *, can=True):
    return {"what": what, "product": product, "amount": amount, "kind": kind, "can_be_done": can, "text": "in English"}


ANSWERS = {
    "customer_id": story.WANG, "on": "2026-10-01",
    "answers": [
        {"bundle": "payroll", "name_zh": "代发工资联动", "name_en": "Payroll linkage", "rules_version": 1, "yes": True,
         "items": ["mobile"], "service_visit": False, "flip": [],
         "reasons": [reason("kind_is(person)", holds=True), reason("linked_to_win", holds=True), reason("not_holds(mobile)", holds=True)]},
        {"bundle": "precise_mobile", "name_zh": "手机银行精准营销", "name_en": "Precise mobile banking", "rules_version": 1,
         "yes": False, "items": ["mobile"], "service_visit": False,
         "reasons": [reason("active(online; 3 uses in 60 days)", holds=False, fact="online (H7): 1 authenticated uses"),
                     reason("age_at_most(45 years)", holds=False)],
         "flip": [flip("use", "online", 2), flip("age", amount=45, can=False)]},
        {"bundle": "dormant_revive", "name_zh": "沉睡户唤醒", "name_en": "Dormant revival", "rules_version": 1, "yes": False,
         "items": [], "service_visit": True, "reasons": [reason("something_new(7)", holds=False)], "flip": None},
    ],
}  # fmt: skip
CONTACTS = {
    "customer_id": story.WANG, "on": "2026-10-01", "consent": True, "per_month": 2, "left": 1,
    "made": [{"lead_id": "l5", "channel": "branch", "on": "2026-10-01"}],
    "declined": [{"product": "telephone", "on": "2026-09-20", "again_from": "2026-11-20"}],
}  # fmt: skip


def opportunity(opportunity_id="op-l8", customer_id=story.SUN, **changes):
    return {
        "opportunity_id": opportunity_id, "from_id": story.TEXTILE, "customer_id": customer_id, "product": "mobile",
        "relationship": "employee", "rule": "K1.payroll", "rules_version": 1, "parent_lead_id": "l1", "root_lead_id": "l1",
        "ancestors": [story.TEXTILE], "hop": 1, "winner_id": story.ZHANG, "outlet_id": "O01", "on": "2026-09-13",
        "status": "won", "reason": None,
        "won": {"lead_id": "l8", "products": ["mobile"], "activated": ["mobile"], "value_minor": 300_00, "on": "2026-09-20"},
    } | changes  # fmt: skip


WIN = {
    "lead_id": "l1", "customer_id": story.TEXTILE, "line": "corporate", "products": ["payroll"], "activated": ["payroll"],
    "winner_id": story.ZHANG, "winner_unit_id": "B01", "value_minor": 120_000_00, "on": "2026-09-12", "hop": 0,
    "opportunity_id": None,
}  # fmt: skip
LOST_ONE = opportunity("op-l9", "P0009", status="withdrawn", reason="held_before_win", won=None)
SUMS = {"count": 4, "spawned": 5, "withdrawn": 1, "won": 1, "value_minor": 300_00, "activated": 1}
BROUGHT = SUMS | {
    "lead_id": "l1", "customer_id": story.TEXTILE, "reach": {"reached": 4, "of": 6}, "levels": [SUMS | {"level": 1}],
    "opportunities": [opportunity(), LOST_ONE], "chain": [WIN],
}  # fmt: skip


def party(customer_id, *opportunities):
    return {"customer_id": customer_id, "kind": "person", "outlet_id": "O01", "edges": 2, "reached": 0,
            "count": len(opportunities), "opportunities": list(opportunities)}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def whole_cast(secrets):
    (secrets / "demo-identities.json").write_text(json.dumps([*CAST, *MORE], ensure_ascii=False))


@pytest.fixture
def known(front):
    """Everything is known of a company and of a person."""
    for customer_id in (story.TEXTILE, story.WANG):
        front.tell("GET", f"/api/registry/customers/{customer_id}", 200, registry_view(customer_id))
        told = {"ledger": LEDGER, "composite": COMPOSITE, "answers": ANSWERS, "contacts": CONTACTS}
        for name, body in told.items():
            front.tell("GET", f"/api/bundling/customers/{customer_id}/{name}", 200, body)
        arrived = opportunity("op-l5", customer_id, status="open", won=None)
        front.tell("GET", f"/api/linkage/parties/{customer_id}", 200, party(customer_id, arrived))
    front.tell("GET", "/api/linkage/leads/l1/brought", 200, BROUGHT)
    front.tell("GET", "/api/linkage/opportunities/op-l8", 200, opportunity() | {"chain": [WIN]})
    return front


def found(visitor):
    return re.findall(r'id="customer-([CP]\d+)"', visitor.text)


def part(visitor, name):
    return re.search(rf'<section id="{name}".*?</section>', visitor.text, re.DOTALL)[0]


def test_each_begins_with_their_own_and_the_weightiest_first(browser):
    assert found(browser(story.ZHANG).open("/customers")) == [story.TEXTILE, story.PRINTING]
    assert found(browser(story.LI).open("/customers")) == [story.WANG]
    assert found(browser(story.CHEN).open("/customers")) == []
    assert set(found(browser(HEAD).open("/customers"))) == {story.WANG, story.ZHAO, story.QIAN, story.SUN}
    assert len(found(browser(PRODUCT).open("/customers"))) == len(story.CUSTOMERS)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("q=印务", [story.PRINTING]),
        ("q=瑞纺", [story.TEXTILE]),
        ("q=纺", [story.TEXTILE]),
        ("q=瑞织", []),
        ("q=C000", [story.TEXTILE, story.PRINTING, story.FOODS, story.HARBOUR]),
        ("q=c0", [story.TEXTILE, story.PRINTING, story.FOODS, story.HARBOUR]),
        ("q=王小明", [story.WANG]),
        ("q=王", [story.WANG]),
        ("q=小王", []),
        ("q=.*", []),
        ("tier=key", [story.TEXTILE]),
        ("kind=person&unit=O01", [story.WANG, story.ZHAO, story.QIAN, story.SUN]),
        ("kind=company&unit=O01", []),
        ("kind=company&unit=HO&tier=level_1", [story.PRINTING]),
        ("manager=" + story.LI, [story.WANG]),
        ("page=9", []),
    ],
)
def test_customers_are_found_by_what_may_be_known(browser, query, ids):
    assert found(browser(OFFICER).open(f"/customers?view=all&{query}")) == ids


def test_the_very_number_leads_to_the_page(browser, known):
    assert browser(OFFICER).open("/customers?q=c0001").path == f"/customers/{story.TEXTILE}"


def test_who_is_not_found_among_ones_own_is_looked_for_among_all(browser):
    visitor = browser(story.LI).open("/customers?q=印务")
    assert "No customer is like this." in visitor.text
    link = re.search(r'href="([^"]*)">Look among all customers', visitor.text)[1].replace("&amp;", "&")
    assert found(visitor.open(link)) == [story.PRINTING]


def test_the_list_can_be_taken_along(browser):
    visitor = browser(story.ZHANG).open("/customers?as=csv")
    assert visitor.page.content_type == "text/csv; charset=utf-8"
    lines = visitor.text.lstrip("\N{BYTE ORDER MARK}").splitlines()
    assert lines[0].startswith("Customer,Customer name,Kind,Value tier,Contribution")
    assert [line.split(",")[0] for line in lines[1:]] == [story.TEXTILE, story.PRINTING]
    assert "800000" in lines[1]


def test_r5_who_has_a_number_is_found_and_the_number_stands_in_no_address(browser, front):
    held = {"customers": [registry_view(story.WANG)]}
    front.tell("POST", LOOKUP, 200, held)
    visitor = browser(story.LI).open("/customers")
    visitor.send("/customers/lookup", ("of", "phone"), ("number", " 138-1234-8000 "), form=without(visitor, "number"))
    assert found(visitor) == [story.WANG]
    assert "1 customer has this number." in visitor.text
    assert "138****8000" in visitor.text
    assert "1234-8000" not in visitor.text
    ((_, _, body, _, principal),) = front.commands
    assert body == {"phone": "138-1234-8000"}
    assert principal.staff_id == story.LI
    assert "no-store" in visitor.page.headers["Cache-Control"]


def without(visitor, *names, action="/customers/lookup"):
    return [field for field in visitor.form(action) if field[0] not in names]


def look_up(visitor, *fields):
    visitor.open("/customers")
    return visitor.send("/customers/lookup", *fields, form=without(visitor, "number"))


def test_r5_a_lookup_says_what_is_wrong_in_place(browser, front):
    visitor = look_up(browser(story.LI), ("of", "phone"), ("number", ""))
    assert (visitor.page.status_code, front.commands) == (422, [])
    assert 'id="number-error">Fill this in.' in visitor.text
    front.refuse("POST", LOOKUP, 422, code="invalid", detail="Wrong.", errors={"phone": ["Too short."]})
    look_up(visitor, ("of", "phone"), ("number", "1"))
    assert 'id="number-error">Too short.' in visitor.text
    assert 'name="number" value="1"' in visitor.text
    front.tell("POST", LOOKUP, 503, {})
    assert look_up(visitor, ("of", "id_number"), ("number", "33")).page.status_code == 503
    front.tell("POST", LOOKUP, 200, {"customers": []})
    assert "No customer has this number." in look_up(visitor, ("of", "id_number"), ("number", "33")).text


def test_who_may_not_look_up_is_not_asked_to(browser):
    for staff_id in (PRODUCT, AUDITOR):
        assert "/customers/lookup" not in browser(staff_id).open("/customers").text


@pytest.mark.parametrize(
    "path", ["/customers", "/customers/C0001", "/customers/C0001/links", "/customers/wins/l1", "/customers/C0001/live"]
)
def test_other_roles_see_no_customers(browser, path):
    visitor = browser(HR).open(path)
    assert visitor.page.status_code == 403
    assert 'href="/customers"' not in visitor.text


def test_a_page_gathers_all_that_is_known(browser, known):
    visitor = browser(story.LI).open(f"/customers/{story.WANG}")
    assert visitor.page.status_code == 200
    card = part(visitor, "card")
    for told in ("王*", story.WANG, "Chunfeng Road outlet", "李娜", "Key customer", "✓ given", "138****8000", "1990"):
        assert told in card, told
    ledger = part(visitor, "ledger")
    for told in ("Many opened, few used.", "Online banking", "Dormant", "0 authenticated uses", "Feb 1, 2026"):
        assert told in ledger, told
    composite = part(visitor, "composite")
    for told in ("Middle tier", "¥18,000.00", "¥7,000.01 missing", "No card fee", "12.50", "¥7.50"):
        assert told in composite, told
    assert "Better interest rate" not in composite
    contacts = part(visitor, "contacts")
    for told in (
        "1 more time",
        "2 contacts a month",
        "Telephone banking",
        "not to be offered again before Nov 20, 2026",
    ):
        assert told in contacts, told


def test_b4_an_account_that_proved_to_be_none_is_told_with_what_was_given_back(browser, known):
    none = {"counted_minor": 0, "tier": None, "fee_minor": 0, "perks": None, "to_next_minor": None, "total_minor": 0}
    month = (
        COMPOSITE["months"][1] | none | {"adjustments": [FEE | {"number": 1, "adjustment_minor": -20_00, "tier": None}]}
    )
    path = f"/api/bundling/customers/{story.WANG}/composite"
    for months in ([month], [month, *COMPOSITE["months"]]):
        known.tell("GET", path, 200, COMPOSITE | {"months": months})
        composite = part(browser(story.LI).open(f"/customers/{story.WANG}"), "composite")
        assert "No account" in composite
        assert "20.00" in composite
        assert ("Middle tier" in composite) == (len(months) > 1)


def test_b3_a_bundle_says_why_and_what_would_flip_it(browser, known):
    bundles = part(browser(story.LI).open(f"/customers/{story.WANG}"), "bundles")
    for told in ("Payroll linkage", "✓ fits", "✗ does not fit", "Kind of customer: Person", "Does not hold: Mobile banking",
                 "Used at least 3 times in 60 days: Online banking", "online (H7): 1 authenticated uses",
                 "Used 2 more times: Online banking", "The customer is known to be 45 or younger", "nobody can bring this about",
                 "a service visit, no product", "Nothing: its conditions exclude each other.", "something_new(7)"):  # fmt: skip
        assert told in bundles, told


def test_k5_wins_and_opportunities_link_to_their_chain(browser, known):
    chain = part(browser(story.ZHANG).open(f"/customers/{story.TEXTILE}"), "chain")
    assert 'href="/customers/wins/l1">4 opportunities' in chain
    assert 'href="/corporate/leads/l1"' in chain
    assert 'href="/customers/opportunities/op-l5"' in chain
    assert "Linked with 2 parties that linkage knows." in chain
    others = part(browser(OFFICER).open(f"/customers/{story.TEXTILE}"), "chain")
    assert 'href="/customers/wins/l1"' in others
    assert "/corporate/leads/" not in others


def test_leads_of_others_that_are_not_won_are_not_shown(browser, known, front):
    front.tell("GET", f"/api/registry/customers/{story.FOODS}", 200, registry_view(story.FOODS))
    assert "/corporate/leads/l3" in part(browser(story.ZHANG).open(f"/customers/{story.FOODS}"), "chain")
    assert "no lead on them is yours" in part(browser(OFFICER).open(f"/customers/{story.FOODS}"), "chain")


def test_k4_the_links_are_drawn_and_told(browser, known):
    links = part(browser(story.ZHANG).open(f"/customers/{story.TEXTILE}"), "links")
    drawing, table = links.split("<svg")[1].split("</svg>")
    for told in (
        "王*",
        "legal representative",
        "新彩印务有限公司",
        "supplier",
        "2020-03-01",
        "✗ no consent",
        "ended",
        "sells to the customer",
    ):
        assert told in drawing, told
    assert drawing.count('href="/customers/') == len(story.LINKS) == table.count('href="/customers/')
    assert drawing.count("stroke-dasharray") == 2
    assert "Jun 30, 2026" in table
    assert "sure to 90%" in table
    assert 'href="/customers/P0001" aria-label="王*, legal representative, valid, consent"' in drawing


def test_a_link_reads_differently_from_its_other_end(browser, known):
    assert "company represented" in part(browser(story.LI).open(f"/customers/{story.WANG}"), "links")


@pytest.mark.parametrize("status", [403, 503])
def test_a_part_that_is_not_told_leaves_the_rest(browser, known, status):
    for name in OF_BUNDLING:
        known.tell("GET", f"/api/bundling/customers/{story.WANG}/{name}", status, {"code": "x", "title": "x"})
    visitor = browser(OFFICER).open(f"/customers/{story.WANG}")
    assert visitor.page.status_code == 200
    told = "Your role does not read this part." if status == 403 else "This part did not answer just now."
    assert all(told in part(visitor, name) for name in ("ledger", "composite", "bundles", "contacts"))
    assert "Key customer" in part(visitor, "card")
    assert "op-l5" in part(visitor, "chain")


def test_a_service_that_is_away_is_waited_for_once(browser, known):
    for name in OF_BUNDLING:
        known.tell("GET", f"/api/bundling/customers/{story.WANG}/{name}", 503, {})
    browser(OFFICER).open(f"/customers/{story.WANG}")
    assert sum("/api/bundling/" in path for _, path, *_ in known.asked) == 1


def test_what_nothing_is_known_of_is_said(browser, known):
    for service, path in [
        *(("bundling", f"customers/{story.WANG}/{name}") for name in OF_BUNDLING),
        ("linkage", f"parties/{story.WANG}"),
    ]:
        known.refuse("GET", f"/api/{service}/{path}", 404, code="not_found")
    visitor = browser(story.LI).open(f"/customers/{story.WANG}")
    for told in ("The customer holds nothing yet.", "The customer has no composite account", "Nothing is known of contacts yet.",
                 "None yet: a win with somebody", "Nothing is known here of what fits"):  # fmt: skip
        assert told in visitor.text, told


def test_a_company_has_no_composite_account(browser, known):
    assert 'id="composite"' not in browser(story.ZHANG).open(f"/customers/{story.TEXTILE}").text


def test_with_the_api_away_the_page_shows_what_the_desk_knows(make_app, secrets):
    visitor = Browser(make_app(secrets), "en").sign_in(OFFICER).open(f"/customers/{story.TEXTILE}")
    assert visitor.page.status_code == 503
    for told in ("The registry did not answer just now.", "华瑞纺织有限公司", "Key customer", "legal representative"):
        assert told in visitor.text, told
    assert "did not answer" in part(visitor, "ledger")
    for path in ("/customers/wins/l1", "/customers/opportunities/op-l8"):
        assert visitor.open(path).page.status_code == 503
        assert "The chain cannot be read just now." in visitor.text


def test_who_is_not_there_is_not_found(browser, front):
    for path in ("/customers/C9999", "/customers/C9999/links", "/customers/wins/l9", "/customers/opportunities/no"):
        assert browser(OFFICER).open(path).page.status_code == 404


def test_a_number_cannot_lead_out_of_its_place(browser, front):
    browser(OFFICER).open("/customers/..%2F..%2Fincentives")
    assert all(path.startswith("/api/registry/customers/") or "/incentives" not in path for _, path, *_ in front.asked)


SEEN = {"unmasking_id": "u1", "customer_id": story.WANG, "name": "王小明", "phone": "13812348000"}
UNMASK = f"/customers/{story.WANG}/unmask"


def ask(visitor, *fields, note="to agree on a visit"):
    form = [field for field in visitor.form(UNMASK) if field[0] != "note"]
    return visitor.send(UNMASK, *fields, ("reason", "customer_contact"), ("note", note), form=form, follow=False)


def test_r5_personal_data_are_shown_once_and_kept_nowhere(browser, known):
    known.tell("POST", f"/api/registry{UNMASK}", 200, SEEN)
    visitor = browser(story.LI).open(f"/customers/{story.WANG}")
    form = visitor.form(UNMASK)
    ask(visitor, ("fields", "name"), ("fields", "phone"))
    assert visitor.page.status_code == 200
    shown = re.search(r'<dl class="facts" id="in-clear">.*?</dl>', visitor.text, re.DOTALL)[0]
    assert "王小明" in shown
    assert "13812348000" in shown
    assert "Identity number" not in shown
    assert "u1" in visitor.text
    assert visitor.page.headers["Cache-Control"] == "no-store"
    (sent,) = known.commands
    assert sent[2] == {"fields": ["name", "phone"], "reason": "customer_contact", "note": "to agree on a visit"}
    assert "13812348000" not in visitor.open(f"/customers/{story.WANG}").text
    visitor.send(UNMASK, ("fields", "name"), ("reason", "customer_contact"), ("note", "x"), form=form)
    assert "This was shown once." in visitor.text
    assert "13812348000" not in visitor.text
    assert len(known.commands) == 1
    with visitor.client.session_transaction() as session:
        assert "王小明" not in str(dict(session))


def test_r5_a_refusal_stands_in_place_and_keeps_what_was_typed(browser, known):
    detail = "your role does not see the birth_date of this customer; ask compliance"
    known.refuse("POST", f"/api/registry{UNMASK}", 409, code="may_not_unmask", rule="R5", detail=detail)
    visitor = ask(browser(story.LI).open(f"/customers/{story.WANG}"), ("fields", "birth_date"), note="for the visit")
    assert visitor.page.status_code == 409
    assert "Not done: rule R5" in visitor.text
    assert detail in visitor.text
    assert re.search(r'value="birth_date" checked', visitor.text)
    assert 'value="for the visit"' in visitor.text
    assert '<option value="customer_contact" selected>' in visitor.text
    assert '<details id="unmask" open>' in visitor.text


def test_r5_a_form_that_says_too_little_is_not_sent(browser, known):
    visitor = ask(browser(story.LI).open(f"/customers/{story.WANG}"), note="")
    assert visitor.page.status_code == 422
    assert 'id="fields-error">Fill this in.' in visitor.text
    assert 'id="note-error">Fill this in.' in visitor.text
    assert known.commands == []


def test_r5_an_unknown_outcome_is_asked_again_under_the_same_key(browser, known):
    known.tell("POST", f"/api/registry{UNMASK}", 503, {})
    visitor = ask(browser(story.LI).open(f"/customers/{story.WANG}"), ("fields", "phone"))
    assert visitor.page.status_code == 503
    assert "No answer came." in visitor.text
    ask(visitor, ("fields", "phone"))
    assert len({one[3] for one in known.commands}) == 1


def test_r5_who_may_not_ask_has_no_form(browser, known):
    for staff_id in (PRODUCT, AUDITOR):
        visitor = browser(staff_id).open(f"/customers/{story.WANG}")
        assert UNMASK not in visitor.text
        token = dict(visitor.form("/language"))["csrf_token"]
        assert visitor.send(UNMASK, form=[("csrf_token", token)]).page.status_code == 403
    known.tell(
        "GET",
        f"/api/registry/customers/{story.WANG}",
        200,
        registry_view(story.WANG, erased_at="2026-10-01T00:00:00+00:00"),
    )
    visitor = browser(story.LI).open(f"/customers/{story.WANG}")
    assert UNMASK not in visitor.text
    assert "personal data were erased" in visitor.text


def test_k5_a_win_shows_all_that_it_brought(browser, known):
    visitor = browser(story.ZHANG).open("/customers/wins/l1")
    for told in ("华瑞纺织有限公司", "5 brought, 1 withdrawn", "4 of 6", "¥300.00", "孙*", "K1.payroll", "Withdrawn",
                 "The customer had the product before", "✓ in use", "The first 2 of 4 are listed", "张伟"):  # fmt: skip
        assert told in visitor.text, told
    assert 'href="/customers/opportunities/op-l8"' in visitor.text
    lines = visitor.open("/customers/wins/l1?as=csv").text.splitlines()
    assert len(lines) == 3
    assert "op-l8" in lines[1]
    known.tell("GET", "/api/linkage/leads/l1/brought", 200, BROUGHT | {"opportunities": [], "count": 0, "levels": []})
    assert "Nothing came of this win yet." in visitor.open("/customers/wins/l1").text


def test_k5_what_a_win_brought_comes_in_pages(browser, known):
    many = [opportunity(f"op-{n:03d}") for n in range(60)]
    known.tell("GET", "/api/linkage/leads/l1/brought", 200, BROUGHT | {"opportunities": many, "count": 60})
    visitor = browser(story.ZHANG).open("/customers/wins/l1?page=2")
    assert "op-025" in visitor.text
    assert "op-024" not in visitor.text
    assert "are listed;" not in visitor.text
    assert len(visitor.open("/customers/wins/l1?as=csv").text.splitlines()) == 61


def test_k5_an_opportunity_says_which_wins_led_to_it(browser, known):
    visitor = browser(story.LI).open("/customers/opportunities/op-l8")
    for told in ("华瑞纺织有限公司", "孙*", "employee", "K1.payroll", "张伟", "¥300.00"):
        assert told in visitor.text, told
    assert 'href="/customers/wins/l1"' in visitor.text
    assert 'href="/customers/wins/l8"' in visitor.text


@pytest.fixture(scope="module")
def big_company(bank):
    """A company of sixty people, on streams of its own."""
    number = "C0900"
    company = next(one for one in story.REGISTRY if getattr(one, "customer_id", "") == story.FOODS)
    named = type(company)(**{name: getattr(company, name) for name in company.__struct_fields__} | {"customer_id": number, "display_name": "大华集团", "manager_id": None})  # fmt: skip
    edges = [story.linked(number, f"P{n:04d}", "owner" if n == 959 else "employee") for n in range(900, 960)]
    store = bank.logs["registry"]
    store.append(list(story.commits("registry", [named, *edges], start=store.head(0) + 1)))
    bank.project()
    return number


def test_k4_a_company_of_many_is_paged_through(browser, big_company, known):
    known.tell(
        "GET", f"/api/registry/customers/{big_company}", 200, registry_view(big_company, display_name="大华集团")
    )
    visitor = browser(OFFICER).open(f"/customers/{big_company}")
    assert "The first 24 are drawn" in part(visitor, "links")
    assert "All 60 links by kind" in part(visitor, "links")
    visitor.open(f"/customers/{big_company}/links")
    table = visitor.text.split("</svg>")[1]
    assert table.count('role="rowheader"') == 24
    assert table.index("P0959") < table.index("P0900")
    assert "page=2" in visitor.text
    assert (
        visitor.open(f"/customers/{big_company}/links?page=3").text.split("</svg>")[1].count('role="rowheader"') == 12
    )
    assert "The list ends before this page." in visitor.open(f"/customers/{big_company}/links?page=9").text
    visitor.open(f"/customers/{big_company}/links?kind=owner")
    assert visitor.text.split("</svg>")[1].count('role="rowheader"') == 1
    assert len(visitor.open(f"/customers/{big_company}/links?as=csv").text.splitlines()) == 61
    assert len(visitor.open(f"/customers/{big_company}/links?kind=owner&as=csv").text.splitlines()) == 2


def test_who_is_linked_with_nobody_is_told_so(browser, known):
    assert "No link is known." in browser(OFFICER).open(f"/customers/{story.FOODS}/links").text


@pytest.mark.parametrize(
    ("of", "rows", "told"),
    [("ledger", 2, "Online banking"), ("composite", 2, "-12.5"), ("contacts", 2, "2026-11-20"), ("leads", 1, "l5"), ("opportunities", 1, "op-l5")],
)  # fmt: skip
def test_each_table_of_a_page_can_be_taken_along(browser, known, of, rows, told):
    visitor = browser(story.LI).open(f"/customers/{story.WANG}?of={of}&as=csv")
    assert visitor.page.headers["Content-Disposition"] == f'attachment; filename="{story.WANG}-{of}.csv"'
    lines = visitor.text.splitlines()
    assert len(lines) == rows + 1
    assert told in visitor.text
    assert visitor.open(f"/customers/{story.WANG}?of=other&as=csv").page.status_code == 404


PAGES = [
    (story.ZHANG, "/customers"), (story.CHEN, "/customers"), (OFFICER, "/customers?view=all&q=王"),
    (story.ZHANG, "/customers/C0001"), (story.LI, "/customers/P0001"), (PRODUCT, "/customers/P0001"),
    (OFFICER, "/customers/C0001/links"), (story.LI, "/customers/wins/l1"), (story.LI, "/customers/opportunities/op-l8"),
]  # fmt: skip


@LANGUAGES
@pytest.mark.parametrize(("staff_id", "path"), PAGES)
def test_each_page_speaks_one_language(browser, known, language, staff_id, path):
    visitor = browser(staff_id, language).open(path)
    page = visitor.text.split("<body>")[1]
    assert f'<html lang="{language}"' in visitor.text
    said = re.sub(r'<(\w+)[^>]*lang="[^"]*"[^>]*>[^<]*</\1>|<[^>]*>', " ", page)
    if language == "zh-CN":
        assert set(re.findall(r"[A-Za-z]{4,}", said)) <= {"payroll"}
        attributes = re.findall(r'(?:aria-label|data-label|placeholder)="([^"]*)"', page)
        assert [one for one in attributes if re.search(r"[A-Za-z]{4,}", one)] == []
    else:
        assert not re.search(r"客户|关系|商机|产品|机构", said.replace("客户经理", ""))


@pytest.mark.parametrize(("staff_id", "path"), PAGES)
def test_each_page_can_be_used_without_eyes_or_mouse(browser, known, staff_id, path):
    page = browser(staff_id).open(path).text
    assert page.count("<h1") == 1
    assert page.count("<main") == 1
    assert all("scope=" in cell for cell in re.findall(r"<th[ >][^>]*", page))
    assert page.count("<table") == page.count("<caption")
    labels = set(re.findall(r'<label for="([^"]+)"', page))
    for control in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
        hidden = 'type="hidden"' in control or 'type="checkbox"' in control
        assert hidden or re.search(r' id="([^"]+)"', control)[1] in labels
    identities = re.findall(r' id="([^"]+)"', page)
    assert len(identities) == len(set(identities))
    assert "style=" not in page
    assert "None" not in re.sub(r"<[^>]*>", " ", page).replace("None yet", "")


def test_r5_only_who_may_see_customers_gets_links_to_them(app):
    macro = "{% from 'macros.html' import customer_link with context %}{{ customer_link(names, 'C0001') }}"
    names = type("Names", (), {"customer": staticmethod(lambda number: f"name of {number}")})
    with app.test_request_context():
        for staff_id, linked in ((OFFICER, True), (HR, False)):
            pages = [] if not linked else [type("Page", (), {"endpoint": "customer.find"})]
            told = app.jinja_env.from_string(macro).render(names=names, pages=pages, url_for=app.url_for).strip()
            assert ("href=" in told, "name of C0001" in told) == (linked, True), staff_id


def test_a_condition_without_words_is_told_as_it_is(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert words.condition("new_account_within_days(now, mmda; 90 days)") == (
            "Opened in the last 90 days: NOW account, Money market deposit account"
        )
        assert words.condition("holds(online)") == "Holds at least one of: Online banking"
        assert (
            words.condition("lacks_one_of(online, mobile)") == "Lacks at least one of: Online banking, Mobile banking"
        )
        assert words.condition("not_active(online; 3 uses in 60 days)").startswith("None used 3 times in 60 days")
        assert words.condition("age_at_most(45 years)") == "At most 45 years old"
        assert words.condition("age_at_most()") is None
        assert words.condition("?") is None
        assert words.change(flip("something")) == "in English"
        for what in ("open", "close", "rest"):
            assert "Online banking" in words.change(flip(what, "online"))
        assert words.change(flip("kind", kind="person")) == "Kind of customer: Person"
        assert "is won" in words.change(flip("link"))
