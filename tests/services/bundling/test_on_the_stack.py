"""The life of an offer over real HTTP, MongoDB and RabbitMQ: from its reasons to dormancy and a burst."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from infra.stack.servers import Servers
from infra.verify import projection_holds
from services.leads.events import LeadActivated, LeadOpened, LeadRouted, LeadWon, Share
from services.registry.events import (
    ActivityRecorded,
    BalanceRecorded,
    CustomerRecorded,
    DayClosed,
    HoldingRecorded,
    StaffRecorded,
    TransferRecorded,
)
from tests.services.bundling.examples import day
from tests.services.bundling.stack import OURS, Stack

pytestmark = pytest.mark.stack

PERSON, LEAD, WON = "P0001", "01jlead", "01jwon"
FIRST, SECOND, THIRD = "01jfirst", "01jsecond", "01jthird"
OTHER = "P0002"
OPENING = f"{LEAD}.mobile.2"
OFFER = f"/api/bundling/offers/{LEAD}"
ON = day(0).isoformat()
SHARES = (Share("corporate", "C0003", "O011", 3_000), Share("retail", "R0007", "O011", 7_000))
WISH = {"lead_id": LEAD, "customer_id": PERSON, "bundle": "precise_mobile", "on": ON}
EVIDENCE = {
    "papers": ["application", "id_card"],
    "maker_id": "S0101",
    "checker_id": "S0102",
    "certificate_handed_to": "none",
    "daily_limit_minor": 5_000_000,
    "on": ON,
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    directory = tmp_path_factory.mktemp("bundling")
    with Servers(directory / "servers") as servers:
        running = Stack(servers, directory)
        try:
            a_bank(running)
            yield running
        finally:
            running.stop()


def a_bank(stack):
    for staff_id, manager in (
        ("S0101", "M1"),
        ("S0102", "M1"),
        ("K0001", "K0000"),
        ("K0002", "R0007"),
        ("K0003", "K0000"),
        ("R0007", None),
    ):
        row = StaffRecorded(staff_id, "王", "O011", "retail", "clerk", manager, day(-9), None, day(-9))
        stack.say("registry", f"staff-{staff_id}", row)
    for customer_id in (PERSON, OTHER):
        row = CustomerRecorded(customer_id, "person", "李**", "x", 1990, "O011", None, True, False, day(-9))
        stack.say("registry", f"customer-{customer_id}", row)
    stack.say("registry", "holding-H-now", HoldingRecorded("H-now", OTHER, "now", "O012", day(-9), None, None, day(-9)))
    for product in ("debit_card", "online"):
        held = HoldingRecorded(f"H-{product}", PERSON, product, "O011", day(-200), None, None, day(-200))
        stack.say("registry", f"holding-H-{product}", held)
    for lead_id, customer_id in ((LEAD, PERSON), (WON, PERSON), *((lead, OTHER) for lead in (FIRST, SECOND, THIRD))):
        a_lead(stack, lead_id, customer_id)


def a_lead(stack, lead_id, customer_id):
    opened = LeadOpened(
        *(lead_id, customer_id, "person", "mobile", ("mobile",), "branch", "R0007", "retail", "O011", "O011"),
        *(0, day(-1)),
    )
    routed = LeadRouted(lead_id, "retail", "R0007", "O011", None, "outlet", "L3.outlet", 1, day(-1))
    stack.say("leads", f"lead-{lead_id}", opened, routed, LeadActivated(lead_id, customer_id, 1, SHARES, day(-1)))


def answers(stack):
    found = stack.get(f"/api/bundling/customers/{PERSON}/answers", on=ON)
    return {one["bundle"]: one for one in found.json()["answers"]} if found.is_success else {}


def use(stack, holding, n, times, ref=None):
    row = ActivityRecorded(holding, PERSON, holding.removeprefix("H-"), ref, times, times, day(n))
    stack.say("registry", f"activity-{holding}.{day(n)}", row)


def statuses(shown):
    return {one["product"]: one["status"] for one in shown["items"]}


def item(stack, status):
    shown = stack.get(OFFER).json()
    return shown if shown["items"][0]["status"] == status else None


def in_compliance(stack, path, status):
    found = stack.get(f"/api/compliance/{path}", "compliance", "K0001")
    return found.json() if found.is_success and found.json()["status"] == status else None


def problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def test_b1_the_catalogue_is_shown_in_both_languages(stack):
    shown = stack.get("/api/bundling/catalogue", on=ON).json()
    mobile = next(product for product in shown["products"] if product["code"] == "mobile")
    assert (mobile["name_zh"], mobile["name_en"], mobile["version"]) == ("手机银行", "Mobile banking", 1)
    assert shown["bundles"][0]["code"] == "new_corporate_account"


def test_b3_b5_c1_c2_c3_c4_an_offer_from_its_reasons_to_the_end(stack):
    b3_reasons_and_what_would_flip_a_no(stack)
    b5_begun_in_a_branch_accepted_on_line(stack)
    c1_one_operator_is_refused_and_an_independent_officer_clears(stack)
    b5_opened_and_used(stack)
    c3_c4_a_burst_is_seen_and_dismissed(stack)
    c5_the_months_sample_is_inspected_and_a_finding_goes_overdue(stack)
    b5_dormant_when_its_day_is_closed(stack)


def b3_reasons_and_what_would_flip_a_no(stack):
    stack.until(partial(answers, stack))
    stack.until(lambda: answers(stack)["precise_mobile"]["flip"][0]["what"] == "use")
    told = answers(stack)["precise_mobile"]
    assert (told["yes"], [one["text"] for one in told["flip"]]) == (False, ["3 more authenticated uses of online"])
    stack.until(lambda: stack.post("/api/bundling/offers", **WISH).status_code == 409)
    assert problem(stack.post("/api/bundling/offers", **WISH), 409, "bundle_not_for_customer")["rule"] == "B2"

    use(stack, "H-online", -1, 3)
    stack.until(lambda: answers(stack)["precise_mobile"]["yes"])
    problem(stack.post("/api/bundling/offers", staff="R0099", **WISH), 403, "not_on_the_team")
    problem(stack.post("/api/bundling/offers", **WISH | {"bundle": "magic"}), 404, "unknown_bundle")
    problem(stack.post("/api/bundling/offers", **WISH | {"lead_id": "nobody"}), 404, "not_found")


def b5_begun_in_a_branch_accepted_on_line(stack):
    made = stack.post("/api/bundling/offers", **WISH)
    assert (made.status_code, made.json()["id"]) == (201, LEAD)
    shown = stack.get(OFFER, after=made.json()["position"]).json()
    assert shown["proposals"][0]["reasons"][-1]["fact"] == "36 years old in 2026, by the birth year"

    problem(stack.post(f"{OFFER}/items/mobile/accept", channel="branch", on=ON), 409, "not_presented")
    assert stack.post(f"{OFFER}/present", channel="branch", on=ON).is_success
    assert stack.post(f"{OFFER}/items/mobile/accept", "ops", "online-bank", channel="online", on=ON).is_success
    bad = stack.post(f"{OFFER}/items/mobile/opening", maker_id="S0101")
    assert set(problem(bad, 422, "invalid")["errors"]) == {
        *("papers", "checker_id", "certificate_handed_to", "daily_limit_minor")
    }


def c1_one_operator_is_refused_and_an_independent_officer_clears(stack):
    path = f"{OFFER}/items/mobile/opening"
    assert stack.post(path, **EVIDENCE | {"checker_id": "S0101"}).is_success
    refused = stack.until(partial(in_compliance, stack, f"openings/{LEAD}.mobile.1", "refused"))
    assert refused["rule"] == "C1.two_operators"
    shown = stack.until(partial(item, stack, "refused"))
    assert shown["items"][0]["openings"][0]["refused_by_rule"] == "C1.two_operators"

    assert stack.post(path, **EVIDENCE).is_success
    stack.until(partial(in_compliance, stack, f"openings/{OPENING}", "waiting"))
    queue = stack.get("/api/compliance/openings", "compliance", "K0001", status="waiting").json()["openings"]
    assert [one["opening_id"] for one in queue] == [OPENING]
    decide = f"/api/compliance/openings/{OPENING}/clear"
    problem(stack.post(decide, "compliance", "K0002", on=ON), 409, "officer_reports_to_seller")
    problem(stack.post(decide, "compliance", "K9999", on=ON), 409, "officer_unknown")
    assert stack.post(decide, "compliance", "K0001", on=ON).is_success
    stack.until(partial(item, stack, "cleared"))


def b5_opened_and_used(stack):
    held = HoldingRecorded("H-mobile", PERSON, "mobile", "O011", day(1), None, OPENING, day(1))
    stack.say("registry", "holding-H-mobile", held)
    for n in (2, 3, 4):
        use(stack, "H-mobile", n, 1, OPENING)
    stack.until(partial(item, stack, "active"))


def c3_c4_a_burst_is_seen_and_dismissed(stack):
    for n in range(5):
        at = datetime.fromisoformat("2026-03-20T09:00:00+00:00") + timedelta(minutes=n)
        told = ("H-mobile", PERSON, OPENING, 2_000_000, 2_000_000, "CNY", at, "out", None, at.date())
        moved = TransferRecorded(f"T{n}", *told)
        stack.say("registry", f"transfer-T{n}", moved)
    alert = stack.until(partial(in_compliance, stack, "alerts/H-mobile.burst.1", "open"))
    assert (alert["openings"], len(alert["evidence"])) == ([OPENING], 5)
    judge = "/api/compliance/alerts/H-mobile.burst.1/dismiss"
    problem(stack.post(judge, "compliance", "R0007", reason="mine"), 409, "officer_is_seller")
    assert stack.post(judge, "compliance", "K0001", reason="school fees", on=day(20).isoformat()).is_success
    stack.until(partial(in_compliance, stack, "alerts/H-mobile.burst.1", "dismissed"))


def c5_the_months_sample_is_inspected_and_a_finding_goes_overdue(stack):
    stack.say("registry", f"day-{day(30)}", DayClosed(day(30)))
    sample = stack.until(partial(in_samples, stack, lambda _found: True))
    assert (sample["openings_total"], [one["opening_id"] for one in sample["openings"]]) == (1, [OPENING])
    path = f"/api/compliance/samples/O011.2026-03/openings/{OPENING}"
    found = {"finding": "no copy of the identity card", "remedy_due": "2026-04-20", "on": "2026-04-02"}
    problem(stack.post(f"{path}/inspect", "compliance", "K0001", **found), 409, "officer_took_part")
    assert stack.post(f"{path}/inspect", "compliance", "K0003", **found).is_success
    stack.until(partial(in_samples, stack, lambda sample: sample["overdue"] == 1))
    assert stack.post(f"{path}/remedy", "branch", "B0001", remedy="copy taken and filed").is_success
    stack.until(partial(in_samples, stack, lambda sample: sample["openings"][0]["status"] == "remedied"))


def in_samples(stack, holds):
    found = stack.get("/api/compliance/samples", "branch", unit_id="O011", month="2026-03").json()["samples"]
    return found[0] if found and holds(found[0]) else None


def b5_dormant_when_its_day_is_closed(stack):
    for n in (61, 62, 63):
        stack.say("registry", f"day-{day(n)}", DayClosed(day(n)))
    shown = stack.until(partial(item, stack, "dormant"))
    assert shown["items"][0]["openings"][1]["standing_since"] == day(62).isoformat()


def test_b5_a_win_is_on_its_offer_and_ready_to_be_opened(stack):
    won = LeadWon(WON, PERSON, "person", "retail", ("mobile", "online"), SHARES, "R0007", "O011", "O011", 0, day(0))
    stack.say("leads", f"lead-{WON}", won)
    path = f"/api/bundling/offers/{WON}"
    accepted = {"mobile": "accepted", "online": "accepted"}
    stack.until(lambda: (found := stack.get(path)).is_success and statuses(found.json()) == accepted)
    assert stack.post(f"{path}/items/mobile/opening", **EVIDENCE).is_success
    found = stack.get("/api/bundling/offers", lead_id=WON).json()["offers"]
    assert [one["offer_id"] for one in found] == [WON]


def contacts(stack):
    return stack.get(f"/api/bundling/customers/{OTHER}/contacts", on=ON).json()


def approach(stack, lead_id, **said):
    return stack.post(f"/api/bundling/offers/{lead_id}/present", channel="phone", on=ON, **said)


def test_b6_two_who_call_at_the_same_moment_make_one_contact_of_the_last_that_is_left(stack):
    for lead_id in (FIRST, SECOND, THIRD):
        wish = {"lead_id": lead_id, "customer_id": OTHER, "bundle": "new_personal_account", "on": ON}
        stack.until(lambda wish=wish: stack.post("/api/bundling/offers", **wish).is_success)
    assert approach(stack, FIRST).is_success
    assert (contacts(stack)["left"], contacts(stack)["consent"]) == (1, True)
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(partial(approach, stack), (SECOND, THIRD)))
    assert sorted(one.status_code for one in said) == [200, 409]
    (refused,) = (one for one in said if not one.is_success)
    assert (refused.json()["code"], refused.json()["rule"]) == ("contact_limit", "B6")
    assert [len(contacts(stack)[name]) for name in ("made", "declined")] == [2, 0]

    late = THIRD if said[0].is_success else SECOND
    assert approach(stack, late, asked_for=True).is_success
    no = stack.post(f"/api/bundling/offers/{late}/items/online/decline", channel="phone", reason="no need", on=ON)
    assert no.is_success
    shown = stack.until(lambda: (found := contacts(stack))["declined"] and found)
    assert (shown["left"], shown["declined"][0]["again_from"]) == (0, day(61).isoformat())


def test_b2_rules_are_drafted_by_one_published_by_another_and_hold_from_their_day_on(stack):
    shown = stack.get("/api/bundling/catalogue", on=ON).json()["bundles"]
    young = {
        "code": "young", "name_zh": "年轻客户", "name_en": "Young", "items": ["mobile"],
        "conditions": [{"type": "kind_is", "kind": "person"}, {"type": "age_at_most", "years": 30}],
    }  # fmt: skip
    bank = {"code": "mobile", "version": 2, "name_zh": "手机银行", "name_en": "Mobile banking", "line": "ebanking",
            "kind": "channel", "electronic": True, "effective_from": "2099-01-01"}  # fmt: skip
    body = {
        "version": 2, "effective_from": "2099-01-01", "active": {"uses": 2, "days": 30}, "bundles": [young],
        "products": [bank], "hold_out_bps": 5_000,
    }  # fmt: skip
    faulty = body | {"bundles": [young | {"items": ["teleportation"]}]}
    refused = problem(stack.post("/api/bundling/rules", "product", "S0095", **faulty), 409, "rules_faulty")
    assert "bundles[0].items teleportation is not in the catalogue" in refused["detail"]
    made = stack.post("/api/bundling/rules", "product", "S0095", **body)
    assert made.status_code == 201, made.text
    path = f"/api/bundling/rules/{made.json()['id']}"
    tried = stack.get(f"/api/bundling/customers/{PERSON}/answers", on=ON, rules=made.json()["id"]).json()["answers"]
    assert [(one["bundle"], one["rules_version"]) for one in tried] == [("young", 2)]
    problem(stack.get(f"/api/bundling/customers/{PERSON}/answers", on=ON, rules="none"), 404, "not_found")
    problem(stack.post(f"{path}/publish", "product", "S0095"), 409, "two_persons")
    problem(stack.post(f"{path}/publish", "corporate", "C0003"), 403, "wrong_role")
    done = stack.post(f"{path}/publish", "product", "S0096")
    assert done.is_success, done.text
    assert stack.get(path, after=done.json()["position"]).json()["status"] == "published"
    later = stack.get("/api/bundling/catalogue", on="2099-01-01").json()
    assert (later["rules_version"], [one["code"] for one in later["bundles"]]) == (2, ["young"])
    assert mobile_of(later) == (2, [])
    before = stack.get("/api/bundling/catalogue", on="2098-12-31").json()
    assert (before["bundles"], mobile_of(before)[0]) == (shown, 1)
    whole = stack.get("/api/bundling/rules/in-force", on="2099-01-01").json()
    assert (whole["rules_hash"], whole["bundles"]) == (made.json()["id"], [young])
    shipped = stack.get("/api/bundling/rules/in-force", on=ON).json()
    assert (shipped["version"], shipped["hold_out_bps"], shipped["bundles"][0]["conditions"][0]) == (
        1, 0, {"type": "kind_is", "kind": "company"},
    )  # fmt: skip


def mobile_of(catalogue):
    """Its version and what it asks for."""
    return next((one["version"], one["prerequisites"]) for one in catalogue["products"] if one["code"] == "mobile")


def composite(stack, month):
    found = stack.get(f"/api/bundling/customers/{PERSON}/composite")
    months = found.json()["months"] if found.is_success else []
    return next((one for one in months if one["month"] == month), None)


def balance(stack, product, minor, n):
    row = BalanceRecorded(f"H-{product}", PERSON, product, "2026-04", minor, "CNY", day(n))
    stack.say("registry", f"balance-H-{product}.2026-04.{n}", row)


def fee_runs(stack):
    return stack.get("/api/bundling/fee-runs", "ops").json()["runs"]


def test_b4_a_month_is_charged_at_its_close_and_a_late_balance_posts_the_difference(stack):
    balance(stack, "now", 600_000, 58)
    balance(stack, "personal_loan", 399_999, 58)
    balance(stack, "mortgage", 90_000_000, 58)
    stack.until(lambda: (found := composite(stack, "2026-04")) and found["to_next_minor"] == 1)
    stack.say("registry", f"day-{day(64)}", DayClosed(day(64)))
    shown = stack.until(lambda: (found := composite(stack, "2026-04")) and found["charged"] and found)
    assert (shown["tier"], shown["charged"]["fee_minor"], shown["to_next_minor"]) == ("basic", 2_000, 1)
    balance(stack, "personal_loan", 400_000, 65)
    stack.say("registry", f"day-{day(65)}", DayClosed(day(65)))
    shown = stack.until(lambda: (found := composite(stack, "2026-04")) and found["adjustments"] and found)
    assert (shown["charged"]["fee_minor"], shown["adjustments"][0]["adjustment_minor"]) == (2_000, -1_250)
    assert (shown["total_minor"], shown["tier"], shown["perks"]["no_atm_fee"]) == (750, "middle", True)
    runs = stack.until(lambda: (runs := fee_runs(stack))[0]["day"] == day(65).isoformat() and runs[0]["done"] and runs)
    assert runs[0]["upto"] == "2026-04"
    charged = [one for one in runs if one["upto"] == "2026-04" and one["total"]["fees"]]
    assert [(one["done"], one["total"]) for one in charged] == [
        (True, {"customers": 1, "fees": 1, "charged_minor": -1_250}),
        (True, {"customers": 1, "fees": 1, "charged_minor": 2_000}),
    ]
    assert (
        charged[1]["day"] <= day(64).isoformat()
    )  # the run of a day before may still have been under way, and took it


def test_b7_the_ledger_shows_what_is_held_beside_what_is_used(stack):
    on = {"on": day(63).isoformat()}
    held = stack.get(f"/api/bundling/customers/{PERSON}/ledger", **on).json()
    standings = {one["holding_id"]: one["standing"] for one in held["holdings"]}
    assert (standings["H-mobile"], standings["H-debit_card"]) == ("dormant", "opened")
    assert (held["counts"]["opened"], held["counts"]["activated"], held["warning"]) == (3, 2, False)
    unit = stack.get("/api/bundling/units/O011/ledger", "branch", **on).json()
    assert (unit["customers"], unit["opened_per_customer"], unit["activated_per_customer"]) == (1, "3.00", "2.00")
    (asleep,) = (one for one in stack.get("/api/bundling/units/O011/dormant", **on).json()["dormant"]
                 if one["product"] == "mobile")  # fmt: skip
    assert (asleep["customer_id"], asleep["last_used_on"]) == (PERSON, day(4).isoformat())
    assert asleep["reason"].startswith("1 authenticated uses in the 60 days")


def test_b8_a_rule_is_judged_by_what_its_customers_use_against_those_held_out(stack):
    """Under the rules that were published above: half of the customers are not offered what the rule picks for them."""
    begun, month_later = date(2099, 1, 1), date(2099, 1, 31)
    people = [f"P9{number:03}" for number in range(12)]
    for person in people:
        row = CustomerRecorded(person, "person", "赵**", "x", 2075, "O011", None, True, False, begun)
        stack.say("registry", f"customer-{person}", row)
        a_lead(stack, f"01j{person.lower()}", person)
    card = HoldingRecorded("H9-card", people[0], "debit_card", "O011", date(2098, 1, 1), None, None, begun)
    stack.say("registry", "holding-H9-card", card)
    stack.say("registry", "day-2098-12-31", DayClosed(date(2098, 12, 31)))
    stack.until(lambda: stack.client["bundling"].popularity.count_documents({"month": "2098-12"}))
    wish = {"bundle": "young", "on": begun.isoformat()}
    for person in people:
        offer = {"lead_id": f"01j{person.lower()}", "customer_id": person, **wish}
        stack.until(partial(lambda offer: stack.post("/api/bundling/offers", **offer).is_success, offer))
    (result,) = stack.until(
        lambda: (found := young(stack))[0]["offered"] + found[0]["held_out"] == len(people) and found
    )
    assert 0 < result["held_out"] < len(people)
    assert result["items"]["offered"] == result["offered"], "who is held out is offered nothing"
    for person in people:
        path = f"/api/bundling/offers/01j{person.lower()}"
        shown = stack.until(lambda path=path: (found := stack.get(path)).is_success and found.json())
        assert (shown["held_out"], len(shown["items"])) in ((["young"], 0), ([], 1))
        if shown["items"]:
            used = ActivityRecorded(f"H9-{person}", person, "mobile", None, 2, 2, date(2099, 1, 20))
            stack.say("registry", f"activity-H9-{person}", used)
    stack.say("registry", f"day-{month_later}", DayClosed(month_later))
    (result,) = stack.until(lambda: (found := young(stack)) and measured(found[0]) == len(people) and found)
    active = result["horizons"][0]["active"]
    assert active["offered"]["count"] == active["offered"]["customers"] == result["offered"]
    assert (active["held_out"]["count"], active["held_out"]["customers"]) == (0, result["held_out"])
    assert result["horizons"][0]["against_popular"]["effect"] == "too_few"
    assert not result["worse_than_popular"]


def measured(result):
    """How many customers of both arms were looked at by now."""
    return sum(arm["customers"] for arm in result["horizons"][0]["active"].values())


def young(stack):
    found = stack.get("/api/bundling/results", "product", "S0095", bundle="young").json()["results"]
    return found or [{"offered": 0, "held_out": 0}]


def test_nothing_is_parked_and_everything_equals_a_refold(stack):
    for owner, owned in OURS.items():
        assert stack.client[owner].parked.count_documents({}) == 0
        for projection in owned:
            assert list(projection_holds(stack.client, stack.logs, owner, projection)) == []
