"""What the product screens send, and why it is not done: in place, with what was typed."""

import io
import re

import pytest
import yaml

from services.desk.web.product.rule_file import RuleFile, Unreadable, written
from services.desk.web.wish import Trouble
from tests.services.desk.product import told

pytestmark = pytest.mark.stack
RULES = f"/product/rules/{'d' * 64}"
API_RULES = f"/api/bundling/rules/{'d' * 64}"
CARD = f"/product/scorecards/{told.CARD['card_hash']}"
API_CARD = f"/api/leads/scorecards/{told.CARD['card_hash']}"
CAMPAIGN = "/product/campaigns/c1"
API_CAMPAIGN = "/api/leads/campaigns/c1"
DONE = {"id": "c1", "version": 2, "position": "leads/campaign-c1@2"}


def commands(front):
    return [(path, body) for method, path, body, _, _ in front.asked if method == "POST"]


def without(form, *names):
    return [field for field in form if field[0] not in names]


def test_b2_a_second_person_publishes_a_draft(browser, front):
    front.tell("POST", f"{API_RULES}/publish", 200, DONE | {"id": "d" * 64, "position": "bundling/rulebook-bank@2"})
    visitor = browser(told.HE).open(RULES).send(f"{RULES}/publish")
    assert commands(front) == [(f"{API_RULES}/publish", {})]
    assert "The rules are published." in visitor.text
    assert (API_RULES, {"after": "bundling/rulebook-bank@2"}) in front.queries


def test_b2_who_drafted_does_not_publish(browser, front):
    page = browser(told.LIN).open(RULES).text
    assert "You drafted this version. Another product manager must publish it" in page
    assert "Publish</button>" not in page
    assert "Withdraw</button>" in page


def test_b2_a_refusal_to_publish_is_told_in_place_and_in_chinese(browser, front):
    front.refuse(
        "POST", f"{API_RULES}/publish", 409, code="backdated", detail="They would hold from then on.", rule="B2"
    )
    visitor = browser(told.HE, "zh-CN").open(RULES).send(f"{RULES}/publish")
    assert visitor.page.status_code == 409
    assert "未办理：规则 B2" in visitor.text
    assert "生效日已到或已过" in visitor.text
    assert 'lang="en"><small>They would hold' in visitor.text


def test_b2_a_draft_is_rejected_with_its_reason(browser, front):
    front.tell("POST", f"{API_RULES}/reject", 200, DONE | {"id": "d" * 64})
    visitor = browser(told.HE).open(RULES).send(f"{RULES}/reject", ("reason", " Too wide "))
    assert commands(front) == [(f"{API_RULES}/reject", {"reason": "Too wide"})]
    assert "The draft is rejected." in visitor.text
    front.refuse(
        "POST",
        f"{API_RULES}/reject",
        422,
        code="invalid",
        detail="No.",
        errors={"reason": ["Missing data for required field."]},
    )
    visitor.open(RULES).send(f"{RULES}/reject", ("reason", ""))
    assert visitor.page.status_code == 422
    assert 'id="reason-error">Fill this in.' in visitor.text


def test_only_product_managers_decide_on_rules(browser, front):
    visitor = browser(told.GAO).open(CARD)
    token = [field for field in visitor.form(f"{CARD}/approve") if field[0] == "csrf_token"]
    for path in (f"{RULES}/publish", f"{RULES}/reject", "/product/rules/new"):
        assert visitor.send(path, form=token).page.status_code == 403
    assert commands(front) == []


def test_b2_a_draft_begins_with_the_set_in_force(browser, front):
    page = browser(told.LIN).open("/product/rules/new").text
    typed = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)[1]
    begun = yaml.safe_load(typed.replace("&#39;", "'"))
    assert begun["version"] == 2
    assert [one["code"] for one in begun["bundles"]] == [one["code"] for one in told.IN_FORCE["bundles"]]
    other = browser(told.LIN).open(f"/product/rules/new?from={'d' * 64}").text
    assert "effective_from: 2027-01-02" in other
    assert "version: 3" in other


def test_b2_a_draft_is_sent_as_the_api_takes_it(browser, front):
    front.tell("POST", "/api/bundling/rules", 201, DONE | {"id": "d" * 64, "position": "bundling/rulebook-bank@1"})
    visitor = browser(told.LIN).open("/product/rules/new").send("/product/rules/new", ("content", written(told.DRAFT)))
    ((path, body),) = commands(front)
    assert path == "/api/bundling/rules"
    assert body == {name: told.DRAFT[name] for name in body}
    assert set(body) == {"version", "effective_from", "active", "bundles", "products", "hold_out_bps"}
    assert "The draft is kept. Somebody else must publish it." in visitor.text


def test_b2_a_file_takes_the_place_of_the_text(app, browser, front):
    front.tell("POST", "/api/bundling/rules", 201, DONE | {"id": "d" * 64})
    visitor = browser(told.LIN).open("/product/rules/new")
    form = dict(visitor.form("/product/rules/new"))
    for content, status in ((b"\xef\xbb\xbfversion: 7", 302), (b"\xff\xfe", 422)):
        data = form | {"content": "version: 1", "file": (io.BytesIO(content), "rules.yaml")}
        answer = visitor.client.post(
            "/product/rules/new", data=data, content_type="multipart/form-data", headers={"Accept-Language": "en"}
        )
        assert answer.status_code == status
    assert commands(front) == [("/api/bundling/rules", {"version": 7})]
    assert "not in UTF-8" in answer.get_data(as_text=True)


FAULTY = """version: 1
effective_from: 2027-01-01
active: {uses: 3, days: 60}
bundles:
  - code: young
    name_zh: 年轻
    name_en: Young
    conditions:
      - {type: holds, any_of: [nothing]}
      - type: age_at_most
        years: 0
    items: [mobile]
"""


def test_b2_each_fault_is_told_with_its_line_and_what_was_typed_stays(browser, front):
    detail = ("version must be over 1, the newest there is; bundles[0].conditions[0].any_of nothing is not in the catalogue"
              " of 2027-01-01; bundles[0].conditions[1].years must be 1 to 3660")  # fmt: skip
    front.refuse("POST", "/api/bundling/rules", 409, code="rules_faulty", detail=detail, rule="B2")
    visitor = browser(told.LIN).open("/product/rules/new").send("/product/rules/new", ("content", FAULTY))
    assert visitor.page.status_code == 409
    assert "There are 3 faults in the file." in visitor.text
    found = re.findall(r">Line (\d+)</a> <code>([^<]+)</code> <span lang=\"en\">([^<]+)<", visitor.text)
    assert [(line, place) for line, place, _ in found] == [
        ("1", "version"), ("9", "bundles[0].conditions[0].any_of"), ("11", "bundles[0].conditions[1].years"),
    ]  # fmt: skip
    assert found[2][2] == "must be 1 to 3660"
    assert FAULTY.splitlines()[8] in visitor.text.split("<textarea")[1]
    assert ">years: 0</code>" in visitor.text


@pytest.mark.parametrize(
    ("problem", "line", "place"),
    [
        ({"code": "rules_faulty", "detail": "Expected `int`, got `str` - at `$.bundles[0].conditions[1].years`. See `liandong rules check`."},
         11, "bundles[0].conditions[1].years"),
        ({"code": "rules_faulty", "detail": "Object missing required field `x` - at `$.active`. See `liandong rules check`."}, 3, "active"),
        ({"code": "invalid", "detail": "No.", "errors": {"bundles.0": "Not a valid mapping type."}}, 5, "bundles[0]"),
        ({"code": "invalid", "detail": "No.", "errors": {"hold_out_bps": "Not a valid integer."}}, 1, "hold_out_bps"),
    ],
)  # fmt: skip
def test_b2_whatever_the_api_says_finds_its_line(app, problem, line, place):
    with app.test_request_context():
        (fault,) = RuleFile(FAULTY).faults(Trouble("draft", **problem))
    assert (fault.line, fault.place) == (line, place)


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("version: [", 1, "This is not YAML."),
        ("version: 1\nversion: 2", 2, "version stands here a second time."),
        ("a: &x [1]\nb: [*x, *x]", 2, "References (*) are not taken."),
        ("- 1", 1, "Begin with the version"),
        ("", 1, "Begin with the version"),
        ("version: 1\nactive: {uses: 1.5}", 2, "whole numbers"),
        ("[" * 50_000, None, "The brackets stand too deep"),
        ("version: \x01", None, "This is not YAML."),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_said(app, content, line, says):
    with app.test_request_context(headers={"Accept-Language": "en"}), pytest.raises(Unreadable) as refused:
        RuleFile(content)
    if line is not None:
        assert refused.value.fault.line == line
    assert says in str(refused.value)


def test_a_set_as_a_file_reads_back_the_same(app, browser, front):
    with app.test_request_context():
        read = RuleFile(written(told.DRAFT)).data
    assert read == {name: told.DRAFT[name] for name in read}
    answer = browser(told.HE).open(f"{RULES}/file").page
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rules-2.yaml"'
    assert answer.get_data(as_text=True) == written(told.DRAFT)


def test_an_unknown_outcome_keeps_everything_and_is_sent_again_under_the_same_key(browser, front, running_front):
    visitor = browser(told.HE).open(RULES)
    key = dict(visitor.form(f"{RULES}/reject"))["key"]
    running_front.reset()
    for method, path in (("GET", API_RULES), ("POST", f"{API_RULES}/reject"), ("GET", "/api/bundling/catalogue")):
        running_front.tell(method, path, 503, {})
    visitor.send(f"{RULES}/reject", ("reason", "Too wide"))
    assert visitor.page.status_code == 503
    assert "it is not known whether this was done" in visitor.text
    again = visitor.form(f"{RULES}/reject")
    assert ("reason", "Too wide") in again
    assert ("key", key) in again
    told.tell_all(running_front)
    running_front.tell("POST", f"{API_RULES}/reject", 200, DONE | {"id": "d" * 64})
    visitor.send(f"{RULES}/reject")
    assert "The draft is rejected." in visitor.text
    assert {sent[3] for sent in running_front.asked if sent[0] == "POST"} == {key}


def test_too_much_at_once_is_said(browser, front):
    visitor = browser(told.LIN).open("/product/rules/new")
    visitor.send("/product/rules/new", ("content", "x" * 70_000))
    assert visitor.page.status_code == 413
    assert "at most 60 KB" in visitor.text


def test_l5_a_card_is_proposed_and_refused_in_place(browser, front):
    front.tell("POST", "/api/leads/scorecards", 201, DONE | {"id": told.CARD["card_hash"]})
    visitor = browser(told.LIN).open("/product/scorecards/new")
    visitor.send("/product/scorecards/new", ("content", told.CARD["content"]))
    ((path, body),) = commands(front)
    assert path == "/api/leads/scorecards"
    assert set(body) == {"format", "sha256", "card"}
    assert "The card is proposed." in visitor.text
    visitor.open("/product/scorecards/new").send("/product/scorecards/new", ("content", '{\n"card": oops}'))
    assert visitor.page.status_code == 422
    assert ">Line 2</a>" in visitor.text
    front.refuse("POST", "/api/leads/scorecards", 409, code="not_better", detail="AUC 0.5", rule="L5")
    visitor.open("/product/scorecards/new").send("/product/scorecards/new", ("content", told.CARD["content"]))
    assert visitor.page.status_code == 409
    assert "Not done: rule L5" in visitor.text
    assert "learned on 900 leads" in visitor.text


def test_l5_a_second_person_puts_a_card_in_force_or_rejects_it(browser, front):
    front.tell("POST", f"{API_CARD}/approve", 200, DONE)
    front.tell("POST", f"{API_CARD}/reject", 200, DONE)
    visitor = browser(told.GAO).open(CARD).send(f"{CARD}/approve")
    assert "The card is in force." in visitor.text
    visitor.open(CARD).send(f"{CARD}/refuse", ("reason", "Looks odd"))
    assert commands(front) == [(f"{API_CARD}/approve", {}), (f"{API_CARD}/reject", {"reason": "Looks odd"})]
    front.refuse("POST", f"{API_CARD}/approve", 409, code="two_persons", detail="You submitted it yourself.", rule="L5")
    visitor.open(CARD).send(f"{CARD}/approve")
    assert visitor.page.status_code == 409
    assert "You submitted it yourself." in visitor.text
    assert "put in force</button>" not in browser(told.LIN).open(CARD).text


def test_l12_a_campaign_is_steered(browser, front):
    front.tell("GET", "/api/leads/campaigns/c1", 200, told.STARTED)
    visitor = browser(told.GAO)
    for name, fields, body in [
        ("pause", [("pause_reason", "Holidays")], {"reason": "Holidays"}),
        ("finish", [("finish_reason", "target_reached")], {"reason": "target_reached"}),
        ("cancel", [("cancel_reason", "budget"), ("cancel_text", "Spent")], {"reason": "budget", "text": "Spent"}),
    ]:
        front.tell("POST", f"{API_CAMPAIGN}/{name}", 200, DONE)
        visitor.open(CAMPAIGN)
        visitor.send(
            f"{CAMPAIGN}/{name}", *fields, form=without(visitor.form(f"{CAMPAIGN}/{name}"), fields[0][0], "cancel_text")
        )
        assert commands(front)[-1] == (f"{API_CAMPAIGN}/{name}", body)
        assert visitor.page.status_code == 200
    assert (API_CAMPAIGN, {"after": "leads/campaign-c1@2"}) in front.queries
    front.tell("POST", "/api/leads/campaigns/c0/start", 200, DONE | {"id": "c0"})
    visitor.open("/product/campaigns/c0").send("/product/campaigns/c0/start")
    assert commands(front)[-1] == ("/api/leads/campaigns/c0/start", {})
    assert "The campaign is started." in visitor.text


def test_l12_a_paused_campaign_goes_on(browser, front):
    front.tell("GET", API_CAMPAIGN, 200, told.STARTED | {"status": "paused"})
    front.tell("POST", f"{API_CAMPAIGN}/resume", 200, DONE)
    visitor = browser(told.GAO).open(CAMPAIGN)
    assert "hx-trigger" not in visitor.text.split('id="far"')[1].split(">")[0]
    assert "The campaign goes on." in visitor.send(f"{CAMPAIGN}/resume").text


def test_l12_a_refusal_is_told_at_the_wish(browser, front):
    front.refuse(
        "POST",
        f"{API_CAMPAIGN}/pause",
        422,
        code="invalid",
        detail="No.",
        errors={"reason": ["Missing data for required field."]},
    )
    visitor = browser(told.GAO).open(CAMPAIGN).send(f"{CAMPAIGN}/pause")
    assert visitor.page.status_code == 422
    assert 'id="pause_reason-error">Fill this in.' in visitor.text
    assert 'id="cancel_reason-error"' not in visitor.text
    front.refuse("POST", f"{API_CAMPAIGN}/pause", 409, code="other_units_campaign", detail="It is B02's.", rule="L12")
    visitor.open(CAMPAIGN).send(f"{CAMPAIGN}/pause", ("pause_reason", "Rain"))
    assert visitor.page.status_code == 409
    assert "It is B02&#39;s." in visitor.text


TYPED = [
    ("name", "Autumn"), ("unit_id", "B01"), ("need", "mobile"), ("value", "1,500.50"), ("opened_on", "2026-10-10"),
    ("until", "2026-11-30"), ("tiers", "key"), ("holds", "online"), ("lacks", "mobile"), ("products", "mobile"),
    ("products", "debit_card"),
]  # fmt: skip
FIELDS = ("name", "unit_id", "need", "value", "opened_on", "until")


def drafted(visitor, *typed, line="retail"):
    visitor.open(f"/product/campaigns/new?line={line}")
    return visitor.send("/product/campaigns/new", *typed, form=without(visitor.form("/product/campaigns/new"), *FIELDS))


def test_l12_a_campaign_is_drafted(browser, front):
    front.tell("POST", "/api/leads/campaigns", 201, DONE)
    visitor = drafted(browser(told.GAO), *TYPED)
    group = {"line": "retail", "unit_id": "B01", "tiers": ["key"], "holds": ["online"], "lacks": ["mobile"]}
    assert commands(front) == [
        ("/api/leads/campaigns", {"name": "Autumn", "group": group, "need": "mobile", "products": ["mobile", "debit_card"],
         "value_minor": 150_050, "opened_on": "2026-10-10", "until": "2026-11-30"}),
    ]  # fmt: skip
    assert "The campaign is drafted." in visitor.text
    assert visitor.path == "/product/campaigns/c1"


def test_l12_the_form_begins_with_ones_own_unit(browser, front):
    assert re.search(r'id="unit_id"[^>]*value="B01"', browser(told.GAO).open("/product/campaigns/new").text)
    assert re.search(r'id="unit_id"[^>]*value=""', browser(told.LIN).open("/product/campaigns/new").text)
    assert "Payroll service" in browser(told.LIN).open("/product/campaigns/new?line=corporate").text


@pytest.mark.parametrize(
    ("problem", "field", "said"),
    [
        ({"code": "invalid", "detail": "No.", "errors": {"group": {"unit_id": ["Missing data for required field."]}}}, "unit_id", "Fill this in."),
        ({"code": "invalid", "detail": "No.", "errors": {"products": {"0": ["Not a valid string."]}}}, "products", "Give this in words."),
        ({"code": "unknown_unit", "detail": "No unit B01.", "rule": "L12"}, "unit_id", "No such unit is known."),
        ({"code": "ends_before_it_opens", "detail": "It ends.", "rule": "L12"}, "until", "The last day lies before the first."),
    ],
)  # fmt: skip
def test_l12_what_is_wrong_with_a_draft_is_told_at_its_field(browser, front, problem, field, said):
    front.refuse("POST", "/api/leads/campaigns", 409, **problem)
    visitor = drafted(browser(told.GAO), *TYPED)
    assert visitor.page.status_code == 409
    assert re.search(rf'id="{field}-error">{said}', visitor.text)
    assert 'value="Autumn"' in visitor.text
    assert visitor.text.count(" checked>") == 5
    assert re.search(r'id="value"[^>]*value="1,500.50"', visitor.text)


def test_l12_an_amount_that_is_none_is_said_before_anything_is_sent(browser, front):
    visitor = drafted(browser(told.GAO), *[one for one in TYPED if one[0] != "value"], ("value", "much"))
    assert visitor.page.status_code == 422
    assert 'id="value-error">Give an amount in yuan' in visitor.text
    assert commands(front) == []
