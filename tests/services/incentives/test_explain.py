"""I7: a line explains itself down to the event ids, and recomputes from those alone."""

import msgspec
import pytest

from services.incentives.domain.deal import DEAL, Reckon
from services.incentives.explain import explain
from tests.services.incentives.examples import (
    CORPORATE,
    LEAD,
    PLANS,
    active,
    alert,
    day,
    dormant,
    opened,
    plan,
    split,
    use,
    vested,
)
from tests.services.incentives.test_deal import history, lines

PLAN_EVENT = "incentives/plan-ebank-2026.1@4"


def last(recorded, entry):
    return [line for line in lines(recorded) if line.entry == entry and line.staff_id == CORPORATE][-1]


@pytest.mark.parametrize("entry", ["pending", "vested", "held", "released", "reversed"])
def test_i7_each_entry_agrees_to_the_thousandth(entry):
    recorded = history(*vested(), alert("open", 20), alert("dismissed", 25), dormant(80))
    line = last(recorded, entry)
    tree = explain(line.line_id, recorded, PLANS[0], PLAN_EVENT)
    assert tree["agrees"]
    assert tree["recomputed_milli"] == tree["points_milli"] == line.points_milli


def test_i7_the_tree_leads_to_the_events_and_names_the_rule():
    recorded = history(*vested())
    tree = explain(last(recorded, "vested").line_id, recorded, PLANS[0], PLAN_EVENT)
    assert [node["event"] for node in tree["because"]] == [PLAN_EVENT, *(fact.source for fact in vested())]
    assert tree["rule"] == {"plan_id": "ebank-2026", "version": 1, "hash": PLANS[0].plan_hash}
    assert tree["because"][1]["said"] == "agreed on 2026-10-01: S0007 4,000 bps, S0042 6,000 bps"
    assert "mobile_active 1,500 × 4,000 bps = 600" in tree["computation"]


def test_i7_a_correction_agrees_and_names_what_it_adjusts():
    recorded = history(*vested(), use(12, count=0, version=2))
    line = last(recorded, "adjusted")
    tree = explain(line.line_id, recorded, PLANS[0], PLAN_EVENT)
    assert tree["agrees"]
    assert tree["adjusts"] == last(recorded, "vested").line_id
    assert "registry/activity-H1.2026-10-13@2" in {node["event"] for node in tree["because"]}


def test_i7_a_change_of_plan_agrees_under_the_plan_that_it_names():
    recorded = history(*vested())
    newer = active(plan(version=2, points=2_000))
    recorded += DEAL.decide(DEAL.fold(recorded), Reckon(LEAD, (*PLANS, newer)))
    for line in lines(recorded):
        known = newer if line.plan_version == 2 else PLANS[0]
        assert explain(line.line_id, recorded, known, PLAN_EVENT)["agrees"]


def test_i7_what_moves_along_with_its_vesting_agrees():
    recorded = history(*vested(), alert("open", 20), use(4))
    assert len(lines(recorded)) == 14
    for line in lines(recorded):
        assert explain(line.line_id, recorded, PLANS[0], PLAN_EVENT)["agrees"]


def test_i7_a_split_dated_before_the_first_agrees():
    recorded = history(split(on=15), split(proposal=2, on=3), *opened()[1:], use(2), use(5), use(12))
    line = last(recorded, "vested")
    assert line.on == day(15)
    assert explain(line.line_id, recorded, PLANS[0], PLAN_EVENT)["agrees"]


def test_i7_a_forged_line_does_not_agree():
    recorded = history(*vested())
    line = last(recorded, "vested")
    for forged in ({"points_milli": 601}, {"evidence": line.evidence[:-1]}, {"on": day(13)}):
        events = [msgspec.structs.replace(e, **forged) if e == line else e for e in recorded]
        assert not explain(line.line_id, events, PLANS[0], PLAN_EVENT)["agrees"]
