"""What must hold for every history: the order never matters, both opinions agree, each line explains itself."""

import os
from collections import Counter

from hypothesis import given, settings

from services.incentives.claim_events import ClaimDecided
from services.incentives.domain.deal import DEAL, Note
from services.incentives.domain.entitlement import entitlement
from services.incentives.domain.facts import gathered
from services.incentives.events import AlertNoted, CheckNoted, ClaimNoted, CreditPosted, DisputeNoted, PlanActivated
from services.incentives.explain import explain
from services.incentives.reference import differences, recompute
from tests.services.incentives.examples import LEAD, PLANS, active, plan
from tests.services.incentives.strategies import deals
from tests.services.incentives.test_deal import history, lines

HISTORIES = int(os.environ.get("HISTORIES", "150"))
ROLLING = (active(plan(roll_up_bps=(1_000, 333))),)
TWO_PLANS = (
    *PLANS,
    active(
        plan(
            version=2,
            points=1_001,
            effective_from=PLANS[0].plan.effective_from.replace(month=10),
            roll_up_bps=(1_500, 1_500, 77),
        )
    ),
)


def claims_of(facts):
    """What was decided about the claims of which the deal has heard: the newest of each."""
    noted = sorted((fact for fact in facts if isinstance(fact, ClaimNoted)), key=lambda fact: fact.source)
    return [ClaimDecided("P1", "mobile", one.opening_id, one.because_of, one.on) for one in noted]


def net(recorded):
    """What each line changes, by everything that pay depends on."""
    total = Counter()
    for line in lines(recorded):
        total[line.opening_id, line.indicator, line.staff_id, line.of_period] += line.points_milli
    return {key: points for key, points in total.items() if points}


def standing(recorded):
    undone = {line.adjusts for line in lines(recorded) if line.entry == "adjusted"}
    return {
        (
            line.opening_id,
            line.indicator,
            line.staff_id,
            line.unit_id,
            line.entry,
            line.on,
            line.of_period,
            line.points_milli,
        )
        for line in lines(recorded)
        if line.line_id not in undone and line.entry != "adjusted"
    }


@given(deals())
@settings(max_examples=150)
def test_i2_any_order_with_any_duplicates_ends_in_the_same_ledger(deal):
    one, other = deal
    first, second = history(*one, plans=ROLLING), history(*other, plans=ROLLING)
    assert net(first) == net(second)
    assert standing(first) == standing(second)


@given(deals())
@settings(max_examples=150)
def test_i2_what_stands_is_exactly_what_the_facts_say(deal):
    _, facts = deal
    due = entitlement(gathered(facts), ROLLING)
    said = {(s.opening_id, s.indicator, s.staff_id, s.unit_id, s.entry, s.on, s.of_period, s.points_milli) for s in due}
    assert standing(history(*facts, plans=ROLLING)) == said


@given(deals())
@settings(max_examples=HISTORIES)
def test_i12_the_second_opinion_agrees(deal):
    _, facts = deal
    recorded = history(*facts, plans=TWO_PLANS)
    plans = [PlanActivated(known.plan, known.plan_hash) for known in TWO_PLANS]
    ledger = [
        {key: getattr(line, key) for key in ("lead_id", "staff_id", "of_period", "points_milli")}
        for line in lines(recorded)
    ]
    assert differences(recompute([*plans, *recorded, *claims_of(facts)]), ledger) == ()


@given(deals())
@settings(max_examples=150)
def test_i7_every_line_recomputes_from_its_own_evidence(deal):
    _, facts = deal
    recorded = history(*facts, plans=ROLLING)
    for line in lines(recorded):
        tree = explain(line.line_id, recorded, ROLLING[0], "incentives/plan-ebank-2026.1@4")
        assert tree["agrees"], (line, tree)


@given(deals())
@settings(max_examples=100)
def test_i2_nobody_is_ever_below_nothing_and_parts_conserve(deal):
    """At every moment each opening pays all of its points or none of them, and nobody owes; where a part is in dispute,
    the others may stand without it.
    """
    _, facts = deal
    disputed = {fact.opening_id for fact in facts if isinstance(fact, DisputeNoted)}
    recorded = history(*facts)
    total = Counter()
    for commit in _commits(recorded):
        for line in commit:
            total[line.opening_id, line.staff_id] += line.points_milli
        assert all(points >= 0 for points in total.values())
        for opening_id in {opening_id for opening_id, _ in total}:
            paid = sum(points for (which, _), points in total.items() if which == opening_id)
            assert paid in {0, 1_500} or (opening_id in disputed and paid > 0)


@given(deals())
@settings(max_examples=100)
def test_c4_no_order_of_clearing_refusing_alerting_and_using_leaves_a_credit_both_paid_and_refused(deal):
    """From the moment on at which it is known that compliance took an opening back, whatever came or comes besides."""
    _, facts = deal
    recorded, taken_back, paid = [], set(), Counter()
    for fact in facts:
        new = DEAL.decide(DEAL.fold(recorded), Note((fact,), PLANS))
        recorded += new
        for line in lines(new):
            paid[line.opening_id] += line.points_milli
        if (isinstance(fact, CheckNoted) and not fact.cleared) or (
            isinstance(fact, AlertNoted) and fact.state == "confirmed"
        ):
            taken_back.add(fact.opening_id)
        assert {paid[opening_id] for opening_id in taken_back} <= {0}


def _commits(recorded):
    commit = []
    for event in recorded:
        if isinstance(event, CreditPosted):
            commit.append(event)
        elif commit:
            yield commit
            commit = []
    yield commit


@given(deals())
@settings(max_examples=150)
def test_i11_whatever_happens_a_manager_has_one_credit_per_deal_and_never_more_than_their_rate_of_the_whole(deal):
    """At most a rate of all that the deal pays, however many people and ways lead to them, and nothing where the deal
    pays nothing; what is reversed is reversed for all.
    """
    _, facts = deal
    recorded = history(*facts, plans=ROLLING)
    disputed = {fact.opening_id for fact in facts if isinstance(fact, DisputeNoted)}
    own, over = Counter(), Counter()
    for line in lines(recorded):
        if line.indicator.endswith(".team"):
            over[line.opening_id, line.staff_id] += line.points_milli
        else:
            own[line.opening_id] += line.points_milli
    for (opening_id, _), points in over.items():
        assert points >= 0
        if opening_id not in disputed:
            assert points <= min(150, (own[opening_id] + 5) // 10)
    for line in DEAL.fold(recorded).standing.values():
        if line.entry == "vested" and line.indicator.endswith(".team"):
            same = [one for one in DEAL.fold(recorded).standing.values()
                    if (one.opening_id, one.indicator, one.staff_id, one.entry)
                    == (line.opening_id, line.indicator, line.staff_id, "vested")]  # fmt: skip
            assert same == [line]


@given(deals())
@settings(max_examples=100)
def test_decide_is_idempotent_on_every_history(deal):
    _, facts = deal
    state = DEAL.fold(history(*facts))
    for fact in facts:
        assert DEAL.decide(state, Note((fact,), PLANS)) == []
    assert all(line.lead_id == LEAD for line in state.standing.values())
