"""I6: a contest is a plan that runs beside the plan of the year, from a day to a day, and pays besides."""

from collections import Counter
from datetime import date

from hypothesis import given as over
from hypothesis import settings

from services.incentives.books import Books
from services.incentives.domain.facts import gathered
from services.incentives.domain.plan import PLAN, ActivatePlan, DraftPlan
from services.incentives.events import (
    Indicator,
    PeriodScore,
    PlanActivated,
    PlanApproved,
    PlanDrafted,
    PlanSubmitted,
)
from services.incentives.explain import explain
from services.incentives.reference import differences, recompute
from services.incentives.rules import in_force, plan_hash, running
from services.incentives.what_if import what_if
from tests.kit import given
from tests.services.incentives.examples import (
    CORPORATE,
    LEAD,
    PLANS,
    RETAIL,
    account,
    active,
    day,
    dormant,
    plan,
    vested,
)
from tests.services.incentives.shelf import Shelf
from tests.services.incentives.strategies import deals
from tests.services.incentives.test_deal import balance, history, lines
from tests.services.incentives.test_deal_properties import claims_of


def contest(begins=0, ends=91, plan_id="autumn", version=1, points=500, **changes):
    indicators = (Indicator("mobile_active", "mobile", points, 10_000, 15_000, 15_000),)
    return plan(
        version=version, plan_id=plan_id, effective_from=day(begins), until=day(ends), indicators=indicators, **changes
    )


BOTH = (*PLANS, active(contest()))


def test_i6_a_contest_pays_beside_the_year():
    recorded = history(*vested(), plans=BOTH)
    assert balance(recorded) == {CORPORATE: 600 + 200, RETAIL: 900 + 300}
    told = {(one.indicator, one.staff_id, one.points_milli) for one in lines(recorded) if one.entry == "vested"}
    assert ("autumn:mobile_active", RETAIL, 300) in told
    assert ("mobile_active", RETAIL, 900) in told


def test_i6_what_is_opened_before_or_after_it_is_in_no_contest():
    for begins, ends in ((1, 20), (-30, -1)):
        recorded = history(*vested(), plans=(*PLANS, active(contest(begins, ends))))
        assert balance(recorded) == {CORPORATE: 600, RETAIL: 900}
    for begins, ends in ((0, 0), (-5, 5)):
        recorded = history(*vested(), plans=(*PLANS, active(contest(begins, ends))))
        assert balance(recorded) == {CORPORATE: 800, RETAIL: 1_200}


def test_i6_which_plans_run_on_a_day():
    newer, other = active(contest(version=2, points=700)), active(contest(plan_id="branches", begins=5))
    plans = (*BOTH, newer, other)
    assert running(plans, day(0)) == (PLANS[0], newer)
    assert running(plans, day(5)) == (PLANS[0], newer, other)
    assert running(plans, day(92)) == (PLANS[0],) == (in_force(plans, day(92)),)
    assert running((newer,), day(1)) == (newer,)
    assert in_force((newer,), day(1)) is None


def test_i6_what_is_taken_back_is_so_in_the_contest_too():
    assert set(balance(history(*vested(), dormant(80), plans=BOTH)).values()) == {0}


def test_i6_a_contest_ends_after_it_begins_and_scores_no_month():
    given(PLAN).when(DraftPlan(contest(5, 4), "D1")).refused("contest_ends_before_it_begins", rule="I6")
    scoring = contest(score=PeriodScore(1, 0))
    given(PLAN).when(DraftPlan(scoring, "D1")).refused("contest_with_score", rule="I6")
    assert plan_hash(plan()) == plan_hash(plan(until=None)) != plan_hash(plan(until=date(2026, 12, 31)))


def test_i6_a_contest_is_activated_where_a_plan_of_the_year_is_in_force():
    """Its lines count in months, and without a plan of the year none of those could be closed."""
    content = contest()
    approved = (
        PlanDrafted(content, plan_hash(content), "D1"),
        PlanSubmitted("autumn", 1, plan_hash(content), "D1"),
        PlanApproved("autumn", 1, plan_hash(content), "A1", None),
    )
    given(PLAN, *approved).when(ActivatePlan(None, planned=False)).refused("contest_without_plan", rule="I6")
    activated = PlanActivated(content, plan_hash(content))
    given(PLAN, *approved).when(ActivatePlan(None, planned=True)).then(activated)
    given(PLAN, *approved, activated).when(ActivatePlan(None, planned=False)).nothing()


def test_i7_lines_of_a_contest_explain_themselves():
    recorded = history(*vested(), dormant(80), plans=BOTH)
    for line in lines(recorded):
        known = next(one for one in BOTH if one.plan_hash == line.plan_hash)
        tree = explain(line.line_id, recorded, known, "incentives/plan-x.1@4")
        assert tree["agrees"], line
    assert "mobile_active earns 500" in tree["because"][0]["said"]


@settings(max_examples=120)
@over(deals())
def test_i6_i12_the_second_opinion_agrees_with_contests_beside_the_year(deal):
    _, facts = deal
    short = active(contest(0, 1, plan_id="two-days", points=333, roll_up_bps=(1_000,)))
    plans = (*BOTH, short)
    recorded = history(*facts, plans=plans)
    told = [PlanActivated(one.plan, one.plan_hash) for one in plans]
    names = ("lead_id", "staff_id", "of_period", "points_milli")
    ledger = [{name: getattr(line, name) for name in names} for line in lines(recorded)]
    assert differences(recompute([*told, *recorded, *claims_of(facts)]), ledger) == ()
    for line in lines(recorded):
        known = next(one for one in plans if one.plan_hash == line.plan_hash)
        assert explain(line.line_id, recorded, known, "x")["agrees"], line


def test_i8_a_contest_is_tried_beside_the_plans_that_there_are():
    facts = [gathered(vested())]
    found = what_if(facts, PLANS, contest())
    assert {one.staff_id: one.difference_milli for one in found.people} == {CORPORATE: 200, RETAIL: 300}
    assert what_if(facts, BOTH, contest(version=2, points=1_000)).cost_milli == 500
    doubled = what_if(facts, BOTH, plan(version=2, points=3_000))
    assert Counter({one.staff_id: one.new_milli for one in doubled.people}) == {CORPORATE: 1_400, RETAIL: 2_100}


def test_i6_what_is_taken_back_because_it_was_opened_later_is_taken_back_from_the_contest():
    """Its ranking adds up the lines that name it: the correction is one of them."""
    short = (*PLANS, active(contest(0, 1)))
    recorded = history(*vested(), account(opened=2, version=2), plans=short)
    points = dict.fromkeys(("autumn", "ebank-2026"), 0)
    for line in lines(recorded):
        points[line.plan_id] += line.points_milli
    assert points == {"autumn": 0, "ebank-2026": 1_500}


def test_i8_a_next_version_of_a_contest_is_tried_beside_the_one_before():
    """What is opened before it begins is paid by the version of that day, then as now: nobody loses by it."""
    facts = [gathered(vested())]
    assert what_if(facts, BOTH, contest(begins=31, version=2, points=1_000)).cost_milli == 0
    assert what_if(facts, BOTH, contest(begins=0, version=2, points=1_000)).cost_milli == 500
    assert what_if(facts, BOTH, contest(points=400)).cost_milli == -100  # another content of the version that there is


def test_i8_a_contest_with_the_name_of_the_year_s_plan_is_tried_beside_it():
    facts = [gathered(vested())]
    draft = contest(plan_id=PLANS[0].plan.plan_id, version=2)
    assert what_if(facts, PLANS, draft).cost_milli == 500


def test_i6_a_contest_with_the_name_of_the_year_s_plan_ranks_by_its_own_lines():
    named = active(contest(plan_id=PLANS[0].plan.plan_id, version=2))
    shelf = Shelf().keep(f"deal-{LEAD}", *history(*vested(), plans=(*PLANS, named)))
    found = Books(shelf).contest_scores(PLANS[0].plan.plan_id, None, None)
    assert {one.staff_id: one.total for one in found} == {CORPORATE: 200, RETAIL: 300}
