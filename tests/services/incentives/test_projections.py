"""Documents follow from events alone, whatever the interleaving of partitions and sources."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.incentives import projections
from services.incentives.domain.facts import gathered
from services.incentives.events import (
    CreditPosted,
    PeriodClosed,
    PeriodCompleted,
    PlanActivated,
    PlanApproved,
    PlanDrafted,
    PlanSubmitted,
)
from services.incentives.projections import DEALS, LEDGER, PERIODS, PLANS, PROJECTIONS, STANDINGS, UNITS
from services.registry.events import UnitRecorded
from tests.services.incentives.bank_events import recorded
from tests.services.incentives.examples import LEAD, active, day, plan, vested
from tests.services.incentives.strategies import deals
from tests.services.incentives.test_deal import history


def logged(events, stream=f"deal-{LEAD}"):
    return [recorded("incentives", stream, event, version, version) for version, event in enumerate(events, start=1)]


def fold(projection, events):
    documents = {}
    projection.fold(documents, events)
    return documents


def test_the_ledger_keeps_each_line_with_its_place():
    events = logged(history(*vested()))
    documents = fold(LEDGER, events)
    lines = [event for event in events if isinstance(event.event, CreditPosted)]
    assert len(documents) == len(lines) == 4
    last = documents[lines[-1].event.line_id]
    assert (last["position"], last["partition"], last["event"]) == (
        lines[-1].position,
        0,
        f"incentives/deal-{LEAD}@{lines[-1].version}",
    )
    assert (last["on"], last["of_period"], last["points_milli"]) == ("2026-10-13", "2026-10", 900)


def test_standings_sum_by_month_person_and_indicator():
    documents = fold(STANDINGS, logged(history(*vested())))
    assert documents["2026-10.S0042"]["points"] == {"mobile_active": 900}
    assert documents["2026-10.S0042"]["lines"] == 1


def test_a_deal_keeps_the_facts_that_rules_read():
    documents = fold(DEALS, logged(history(*vested())))
    assert projections.facts_of(documents[LEAD]) == gathered(vested())


def test_a_plan_on_its_way():
    content = active()
    steps = [
        PlanDrafted(content.plan, content.plan_hash, "D1"),
        PlanSubmitted("ebank-2026", 1, content.plan_hash, "D1"),
        PlanApproved("ebank-2026", 1, content.plan_hash, "A1", None),
        PlanActivated(content.plan, content.plan_hash),
    ]
    (document,) = fold(PLANS, logged(steps, "plan-ebank-2026.1")).values()
    assert (document["status"], document["approved_by"], document["version"]) == ("active", "A1", 4)
    assert document["event"] == "incentives/plan-ebank-2026.1@4"
    assert document["plan"]["effective_from"] == "2026-01-01"
    assert document["plan"]["indicators"][0]["points_milli"] == plan().indicators[0].points_milli


def test_a_period_complete_and_closed():
    events = logged([PeriodCompleted("2026-10", "x@1"), PeriodClosed("2026-10", 3, "HR")], "period-2026-10")
    assert fold(PERIODS, events[:1])["2026-10"] == {
        "period": "2026-10",
        "completed": True,
        "seq": None,
        "closed_by": None,
    }
    assert fold(PERIODS, events)["2026-10"]["seq"] == 3


def test_a_branch_sees_its_outlets():
    rows = (("H", None), ("B01", "H"), ("B02", "H"), ("B01-O1", "B01"), ("B01-O2", "B01"))
    units = [UnitRecorded(unit, unit, unit, "branch", parent, day(0)) for unit, parent in rows]
    documents = fold(UNITS, [recorded("registry", f"unit-{u.unit_id}", u) for u in units])
    assert projections.under("B01", documents.values()) == {"B01", "B01-O1", "B01-O2"}
    assert projections.under("H", documents.values()) == {unit for unit, _ in rows}
    assert projections.under("elsewhere", documents.values()) == {"elsewhere"}


@given(st.lists(deals(), min_size=2, max_size=3), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_any_interleaving_of_partitions_gives_the_same_documents(found, rng):
    partitions = [
        [recorded("incentives", f"deal-{n}", event, v, v) for v, event in enumerate(history(*facts), start=1)]
        for n, (facts, _) in enumerate(found)
    ]
    one = [event for part in partitions for event in part]
    other = _interleaved([list(part) for part in partitions], rng)
    for projection in PROJECTIONS:
        if projection is not LEDGER:  # these deals share one lead, and so their lines one name
            assert fold(projection, one) == fold(projection, other)


def _interleaved(partitions, rng: random.Random):
    mixed = []
    while any(partitions):
        mixed.append(rng.choice([part for part in partitions if part]).pop(0))
    return mixed
