"""I11: what rolls up to managers: once per deal, across hierarchies, as of the day on which the account was opened."""

from datetime import date

import pytest
from msgspec.structs import replace

from services.incentives.domain.deal import DEAL, Reckon
from services.incentives.domain.facts import Fact, gathered
from services.incentives.domain.hierarchy import Post, leads, managers_noted, rolled_up
from services.incentives.domain.plan import PLAN, DraftPlan
from services.incentives.events import CreditPosted, ManagerNoted, PlanActivated, PlanDrafted, Share
from services.incentives.explain import explain
from services.incentives.projections import STAFF
from services.incentives.reactions import managers_of, note_managers
from services.incentives.reference import recompute
from services.incentives.rules import plan_hash
from services.incentives.verify import lines_explain_themselves
from services.registry.events import StaffRecorded
from tests.kit import given
from tests.services.incentives.bank_events import recorded
from tests.services.incentives.examples import (
    CORPORATE,
    LEAD,
    OPENING,
    PLANS,
    RETAIL,
    account,
    active,
    alert,
    day,
    dormant,
    led,
    plan,
    split,
    vested,
)
from tests.services.incentives.test_deal import balance, history, lines
from tests.services.incentives.test_verify import log_of

HEAD, OVER_CORPORATE, OVER_RETAIL = "S0001", "S0010", "S0020"
ROLLING = (active(plan(roll_up_bps=(1_000, 500))),)
TWO_LINES = (
    led(CORPORATE, OVER_CORPORATE),
    led(RETAIL, OVER_RETAIL),
    led(OVER_CORPORATE, HEAD),
    led(OVER_RETAIL, HEAD),
    led(HEAD, None, unit_id="H"),
)


def shares(**bps):
    return [Share("retail", staff_id, "B01", part) for staff_id, part in bps.items()]


def test_i11_a_manager_is_credited_once_however_many_of_theirs_share_the_deal():
    alone = leads(shares(S1=10_000), {"S1": led("S1", "M"), "M": led("M", None)})
    both = leads(shares(S1=4_000, S2=6_000), {"S1": led("S1", "M"), "S2": led("S2", "M"), "M": led("M", None)})
    assert [(one.staff_id, one.level, one.basis_bps) for one in alone] == [("M", 1, 10_000)]
    assert [(one.staff_id, one.level, one.basis_bps) for one in both] == [("M", 1, 10_000)]


def test_i11_across_hierarchies_the_one_over_both_lines_is_credited_once():
    recorded = history(*vested(), *TWO_LINES, plans=ROLLING)
    assert balance(recorded) == {CORPORATE: 600, RETAIL: 900, OVER_CORPORATE: 60, OVER_RETAIL: 90, HEAD: 75}
    assert [x.staff_id for x in lines(recorded) if x.entry == "vested" and x.staff_id == HEAD] == [HEAD]


def test_i11_the_nearest_of_their_people_says_the_rate():
    """Over one directly and over another through a manager: one credit, of both shares, at the first level."""
    links = {"S1": led("S1", "M"), "S2": led("S2", "N"), "N": led("N", "M"), "M": led("M", None)}
    (m, n) = leads(shares(S1=3_000, S2=7_000), links)
    assert (m.staff_id, m.level, m.basis_bps) == ("M", 1, 10_000)
    assert (n.staff_id, n.level, n.basis_bps) == ("N", 1, 7_000)


def test_i11_nobody_is_credited_for_leading_themselves():
    links = {"S1": led("S1", "M"), "M": led("M", None)}
    (m,) = leads(shares(S1=4_000, M=6_000), links)
    assert m.basis_bps == 4_000
    ring = {"S1": led("S1", "S2"), "S2": led("S2", "S1")}
    assert {one.staff_id: one.basis_bps for one in leads(shares(S1=4_000, S2=6_000), ring)} == {
        "S1": 6_000,
        "S2": 4_000,
    }


@pytest.mark.parametrize(
    ("points", "basis", "rate", "credit"),
    [(1_500, 10_000, 1_000, 150), (1_505, 10_000, 1_000, 150), (1_515, 10_000, 1_000, 152), (1_500, 3_333, 1_000, 50)],
)
def test_i11_a_rate_of_a_part_half_to_even(points, basis, rate, credit):
    assert rolled_up(points, basis, rate) == credit


def test_i11_a_plan_without_roll_up_credits_no_manager_and_keeps_its_hash():
    assert balance(history(*vested(), *TWO_LINES)) == {CORPORATE: 600, RETAIL: 900}
    assert plan_hash(plan()) == plan_hash(plan(roll_up_bps=()))
    assert plan_hash(plan()) != plan_hash(plan(roll_up_bps=(1_000,)))


def test_i11_what_is_held_and_taken_back_is_so_for_managers_too():
    held = history(*vested(), *TWO_LINES, alert("open", 20), plans=ROLLING)
    assert set(balance(held).values()) == {0}
    reversed_ = history(*vested(), *TWO_LINES, dormant(80), plans=ROLLING)
    assert set(balance(reversed_).values()) == {0}
    assert [line.entry for line in lines(reversed_) if line.staff_id == HEAD] == ["pending", "vested", "reversed"]


def test_i11_a_reorganisation_after_the_opening_moves_nothing():
    before = history(*vested(), *TWO_LINES, plans=ROLLING)
    later = history(led(RETAIL, OVER_CORPORATE, on=40, version=2), start=before, plans=ROLLING)
    assert balance(later) == balance(before)
    assert balance(history(dormant(80), start=later, plans=ROLLING)) == dict.fromkeys(balance(before), 0)


def test_i11_a_handover_before_vesting_moves_the_managers_credit_along():
    other = "S0099"
    moved = history(*vested()[:-1], *TWO_LINES, plans=ROLLING)
    moved = history(
        split(proposal=2, on=8, retail_id=other), led(other, OVER_CORPORATE), vested()[-1], start=moved, plans=ROLLING
    )
    assert {who: points for who, points in balance(moved).items() if points} == {
        CORPORATE: 600,
        other: 900,
        OVER_CORPORATE: 150,
        HEAD: 75,
    }


def test_i11_the_managers_line_explains_itself_and_the_second_opinion_agrees():
    events = history(*vested(), *TWO_LINES, plans=ROLLING)
    line = next(one for one in lines(events) if one.staff_id == HEAD and one.entry == "vested")
    assert (line.indicator, line.points_milli, line.unit_id) == ("mobile_active.team", 75, "H")
    assert "mobile_active 1,500 × 10,000 bps of their people × 500 bps at level 2 = 75" in line.computation
    tree = explain(line.line_id, events, ROLLING[0], "incentives/plan-ebank-2026.1@4")
    assert tree["agrees"]
    said = [node["said"] for node in tree["because"] if node["what"] == "hierarchy"]
    assert f"{OVER_RETAIL}, of B01, reported to {HEAD} on 2026-10-01" in said
    assert "of it, managers are credited 1,000 bps at level 1, 500 bps at level 2" in tree["because"][0]["said"]
    plans = [PlanActivated(one.plan, one.plan_hash) for one in ROLLING]
    assert recompute([*plans, *events])[LEAD, HEAD, "2026-10"] == 75


def test_i11_higher_levels_never_have_the_higher_rate():
    given(PLAN).when(DraftPlan(plan(roll_up_bps=(500, 1_000)), "D1")).refused("roll_up_rises", rule="I11")
    fine = plan(roll_up_bps=(1_000, 1_000, 500))
    given(PLAN).when(DraftPlan(fine, "D1")).then(PlanDrafted(fine, plan_hash(fine), "D1"))


POSTS = {
    "S1": [Post(date(2026, 1, 1), None, "B01", "M1", "registry/staff-S1@1"),
           Post(date(2026, 10, 1), None, "B02", "M2", "registry/staff-S1@2")],
    "M1": [Post(date(2026, 1, 1), date(2026, 8, 31), "B01", "H1", "registry/staff-M1@2")],
    "M2": [Post(date(2026, 1, 1), None, "B02", "H1", "registry/staff-M2@1")],
    "H1": [Post(date(2026, 1, 1), None, "H", None, "registry/staff-H1@1")],
}  # fmt: skip


def chain_on(on):
    found = managers_noted(OPENING, ["S1"], on, lambda staff_id: POSTS.get(staff_id, []))
    return [(one.staff_id, one.unit_id, one.manager_id) for one in found]


def test_i11_the_hierarchy_of_the_day():
    assert chain_on(date(2026, 8, 31)) == [("S1", "B01", "M1"), ("M1", "B01", "H1"), ("H1", "H", None)]
    assert chain_on(date(2026, 10, 1)) == [("S1", "B02", "M2"), ("M2", "B02", "H1"), ("H1", "H", None)]
    assert chain_on(date(2025, 6, 1)) == [("S1", "B01", None)]  # nobody above was in post yet


def test_i11_a_manager_who_has_left_is_passed_over():
    assert chain_on(date(2026, 9, 30)) == [("S1", "B01", "H1"), ("H1", "H", None)]


def test_i11_somebody_unknown_has_nobody_above():
    assert list(managers_noted(OPENING, ["S9"], day(0), lambda _: [])) == []


def row(unit_id="B01", manager_id="M1", since=date(2026, 1, 1), on=date(2026, 1, 5), until=None):
    return StaffRecorded("S1", "李", unit_id, "retail", "manager", manager_id, since, until, on)


def posts_after(*rows):
    document = None
    for version, one in enumerate(rows, 1):
        document = STAFF.step(document, recorded("registry", "staff-S1", one, version))
    return [(one["since"], one["unit_id"], one["manager_id"]) for one in document["posts"]]


def test_i11_posts_by_the_rows_that_came():
    assert posts_after(row()) == [("2026-01-01", "B01", "M1")]
    moved = row("B02", "M2", since=date(2026, 10, 1))
    assert posts_after(row(), moved) == [("2026-01-01", "B01", "M1"), ("2026-10-01", "B02", "M2")]
    same_day = row(manager_id="M3", on=date(2026, 6, 1))  # still tells when the person came
    assert posts_after(row(), same_day) == [("2026-01-01", "B01", "M1"), ("2026-06-01", "B01", "M3")]
    corrected = row("B03", "M2", since=date(2026, 10, 1), on=date(2026, 9, 30))
    assert posts_after(row(), moved, corrected)[-1] == ("2026-10-01", "B03", "M2")


def facts(*told):
    return gathered(event for event in history(*told) if isinstance(event, Fact))


@pytest.mark.parametrize("order", [(split(), account()), (account(), split())])
def test_i11_an_account_or_a_split_has_the_hierarchy_noted_whatever_comes_first(order):
    posts = {RETAIL: [Post(day(-9), None, "B01-O2", "M1", "registry/staff-S0042@1")],
             "M1": [Post(day(-9), None, "B01", None, "registry/staff-M1@1")]}  # fmt: skip
    known = facts(order[0])
    react = note_managers(lambda _lead: known, lambda staff_id: posts.get(staff_id, []), PLANS)
    assert react(recorded("incentives", f"deal-{LEAD}", order[0])) == []
    known = facts(*order)
    (intent,) = react(recorded("incentives", f"deal-{LEAD}", order[1]))
    assert intent.stream == f"deal-{LEAD}"
    assert intent.command.facts == (
        ManagerNoted(OPENING, RETAIL, "B01-O2", "M1", day(0), "registry/staff-S0042@1", ("registry/staff-M1@1",)),
        ManagerNoted(OPENING, "M1", "B01", None, day(0), "registry/staff-M1@1"),
    )
    assert managers_of({}, lambda _: []) == ()


def test_i11_a_managers_row_that_comes_late_is_seen_when_the_deal_is_reckoned_again():
    """Whether it came before or after the account, the same manager is credited."""
    late = Post(day(-9), day(-1), "B01", "M2", "registry/staff-M1@2")
    posts = {RETAIL: [Post(day(-9), None, "B01-O2", "M1", "registry/staff-S0042@1")],
             "M1": [Post(day(-9), None, "B01", "M2", "registry/staff-M1@1")],
             "M2": [Post(day(-9), None, "B01", None, "registry/staff-M2@1")]}  # fmt: skip
    known = facts(*vested())
    before = managers_of(known, lambda staff_id: posts.get(staff_id, []))
    after = managers_of(known, lambda staff_id: [late] if staff_id == "M1" else posts.get(staff_id, []))
    paid = history(*vested(), *before, plans=ROLLING)
    assert balance(paid)["M1"] == 90
    again = [*paid, *DEAL.decide(DEAL.fold(paid), Reckon(LEAD, ROLLING, after))]
    anew = history(*vested(), *after, plans=ROLLING)
    assert {who: points for who, points in balance(again).items() if points} == balance(anew)
    assert balance(anew)["M2"] == 90
    assert DEAL.decide(DEAL.fold(again), Reckon(LEAD, ROLLING, before)) == []
    plans = [PlanActivated(one.plan, one.plan_hash) for one in ROLLING]
    assert recompute([*plans, *again]) == recompute([*plans, *anew])


ROW, GONE, BACK = "registry/staff-S0010@1", "registry/staff-S0020@1", "registry/staff-S0020@2"
PASSED_OVER = (led(RETAIL, OVER_CORPORATE, through=(GONE, ROW)), led(OVER_CORPORATE, None))
IN_POST = (led(RETAIL, OVER_RETAIL, through=(BACK,)), led(OVER_RETAIL, OVER_CORPORATE, version=2, through=(ROW,)))
"""A late row of the manager between the two: the person's own row, by which their word is known, stays the same."""


def named_before(event):
    """A line as it was posted before rows of those above were named in it."""
    if not isinstance(event, CreditPosted):
        return event
    return replace(event, evidence=tuple(one for one in event.evidence if one != GONE))


@pytest.mark.parametrize("as_posted", [lambda event: event, named_before])
def test_i7_i11_lines_explain_themselves_by_the_hierarchy_that_they_followed(as_posted):
    events = [as_posted(one) for one in history(*vested(), *PASSED_OVER, *IN_POST, dormant(80), plans=ROLLING)]
    paid = {who: points for who, points in balance(events).items() if who.startswith("S00")}
    assert set(paid.values()) == {0}
    assert {one.staff_id for one in lines(events) if one.entry == "vested"} >= {OVER_CORPORATE, OVER_RETAIL}
    for line in lines(events):
        assert explain(line.line_id, events, ROLLING[0], "incentives/plan-ebank-2026.1@4")["agrees"], line
    plan_stream = ("plan-ebank-2026.1", [PlanActivated(ROLLING[0].plan, ROLLING[0].plan_hash)])
    assert list(lines_explain_themselves(log_of(plan_stream, (f"deal-{LEAD}", events)))) == []


def test_i7_a_managers_line_names_the_rows_of_those_who_were_passed_over():
    events = history(*vested(), *PASSED_OVER, *IN_POST, plans=ROLLING)
    (first, again) = (one for one in lines(events) if one.entry == "vested" and one.staff_id == OVER_CORPORATE)
    assert {GONE, ROW} <= set(first.evidence)
    assert {BACK, ROW} <= set(again.evidence)
    undone = next(one for one in lines(events) if one.adjusts == first.line_id and one.entry == "adjusted")
    assert BACK in undone.evidence
