"""The ledger of a deal: after each fact, the difference between what the facts say and what stands."""

from datetime import date

import pytest
from msgspec.structs import replace

from services.incentives.domain.deal import DEAL, Note, Reckon
from services.incentives.events import CreditPosted, SplitNoted
from shared.core.errors import NotYetVisible
from shared.runtime.failures import is_outage
from tests.kit import given
from tests.services.incentives import examples as e
from tests.services.incentives.examples import (
    CORPORATE,
    LEAD,
    PLANS,
    RETAIL,
    account,
    active,
    alert,
    cleared,
    day,
    dormant,
    opened,
    opening,
    plan,
    refused,
    split,
    use,
    vested,
)


def history(*facts, plans=PLANS, start=()):
    """Everything that is recorded when these facts come in this order."""
    recorded = list(start)
    for fact in facts:
        recorded += DEAL.decide(DEAL.fold(recorded), Note((fact,), plans))
    return recorded


def lines(recorded):
    return [event for event in recorded if isinstance(event, CreditPosted)]


def told(recorded, staff=CORPORATE):
    return [(line.entry, line.points_milli, line.of_period) for line in lines(recorded) if line.staff_id == staff]


def balance(recorded):
    total = {}
    for line in lines(recorded):
        total[line.staff_id] = total.get(line.staff_id, 0) + line.points_milli
    return total


def test_i2_lines_follow_the_fact_that_made_them_possible():
    *before, last = opened()
    made = given(DEAL, *history(*before)).when(Note((last,), PLANS)).decide()
    assert made == [last]
    made = given(DEAL, *history(split(), *opened()[1:2])).when(Note((account(),), PLANS)).decide()
    assert [type(event).__name__ for event in made] == ["AccountNoted", "CreditPosted", "CreditPosted"]
    assert told(made) == [("pending", 0, "2026-10")]


def test_i2_vesting_pays_both_sides():
    assert balance(history(*vested())) == {CORPORATE: 600, RETAIL: 900}


def test_i2_the_same_fact_twice_changes_nothing():
    for fact in vested():
        given(DEAL, *history(*vested())).when(Note((fact,), PLANS)).nothing()


def test_i2_an_older_word_after_a_newer_one_changes_nothing():
    recorded = history(*vested(), use(12, count=0, version=2))
    given(DEAL, *recorded).when(Note((use(12),), PLANS)).nothing()


def test_i2_reversal_is_capped_final_and_once():
    recorded = history(*vested(), dormant(80), refused(90), account(closed=95, version=2))
    assert [entry for entry, _, _ in told(recorded)] == ["pending", "vested", "reversed"]
    assert balance(recorded) == {CORPORATE: 0, RETAIL: 0}


def test_i9_a_corrected_fact_adjusts_the_line_in_its_period_and_leaves_the_line():
    recorded = history(*vested(), use(12, count=0, version=2))
    vest, back = [line for line in lines(recorded) if line.staff_id == RETAIL][1:]
    assert (vest.entry, vest.points_milli) == ("vested", 900)
    assert (back.entry, back.points_milli, back.adjusts, back.of_period) == ("adjusted", -900, vest.line_id, "2026-10")
    assert back.reason == "corrected after registry/activity-H1.2026-10-13@2"


def test_i9_what_replaces_a_corrected_line_stands_in_its_own_period():
    recorded = history(*opened(), use(4), use(5), use(31), use(32))
    assert told(recorded)[-1] == ("vested", 600, "2026-11")
    recorded = history(use(12), start=recorded)
    assert told(recorded)[-2:] == [("adjusted", -600, "2026-11"), ("vested", 600, "2026-10")]


def test_i9_what_changes_vested_credit_names_its_line_and_counts_in_its_month():
    recorded = history(*vested(), alert("open", 40), alert("dismissed", 50), dormant(80))
    vesting, *later = [line for line in lines(recorded) if line.staff_id == RETAIL][1:]
    assert [line.entry for line in later] == ["held", "released", "reversed"]
    assert {(line.adjusts, line.of_period) for line in later} == {(vesting.line_id, "2026-10")}
    assert [f"{line.on:%Y-%m}" for line in later] == ["2026-11", "2026-11", "2026-12"]


def test_i9_a_vesting_that_moves_takes_what_changed_it_along():
    recorded = history(*vested(), alert("open", 20))
    recorded = history(use(4), start=recorded)
    assert told(recorded)[-4:] == [
        ("adjusted", -600, "2026-10"),
        ("adjusted", 600, "2026-10"),
        ("vested", 600, "2026-10"),
        ("held", -600, "2026-10"),
    ]
    held, vesting = [line for line in lines(recorded) if line.staff_id == RETAIL][:-3:-1]
    assert held.adjusts == vesting.line_id


def test_i3_a_changed_split_moves_the_pending_and_pays_by_the_new_shares():
    recorded = history(*opened(), use(2), split(proposal=2, on=8, corporate=5_000), use(5), use(12))
    assert balance(recorded) == {CORPORATE: 750, RETAIL: 750}


def test_i3_a_split_changed_after_vesting_changes_nothing():
    recorded = history(*vested())
    later = split(proposal=2, on=40, corporate=9_000)
    given(DEAL, *recorded).when(Note((later,), PLANS)).then(later)


def test_i3_shares_that_are_not_whole_are_refused():
    broken = SplitNoted(LEAD, 1, split().shares[:1], day(0), "leads/lead-x@1")
    given(DEAL).when(Note((broken,), PLANS)).refused("split_not_whole", rule="I3")


def test_i1_a_plan_that_comes_later_is_reckoned_and_named():
    recorded = history(*vested(), plans=())
    assert lines(recorded) == []
    made = given(DEAL, *recorded).when(Reckon(LEAD, PLANS)).decide()
    assert balance(made) == {CORPORATE: 600, RETAIL: 900}
    newer = active(plan(version=2, points=2_000))
    changed = given(DEAL, *recorded, *made).when(Reckon(LEAD, (*PLANS, newer))).decide()
    assert balance([*made, *changed]) == {CORPORATE: 800, RETAIL: 1_200}
    assert {line.plan_version for line in changed} == {2}


def test_i1_reckoning_again_changes_nothing():
    given(DEAL, *history(*vested())).when(Reckon(LEAD, PLANS)).nothing()


def test_line_ids_are_derived_and_never_repeat():
    facts = [*vested(), use(12, count=0, version=2), use(12, version=3), alert("open", 20), dormant(80)]
    ids = [line.line_id for line in lines(history(*facts))]
    assert len(set(ids)) == len(ids)
    assert ids == [line.line_id for line in lines(history(*facts))]


def test_c4_a_hold_touches_exactly_its_opening():
    other = f"{LEAD}.mobile.2"
    both = [*vested(), *_of(other), alert("open", 20)]
    recorded = history(*both)
    held = {line.opening_id for line in lines(recorded) if line.entry == "held"}
    assert held == {f"{LEAD}.mobile.1"}
    assert balance(recorded) == {CORPORATE: 600, RETAIL: 900}


def _of(opening_id):
    yield e.opening(opening_id)
    yield e.account(opening_id=opening_id, holding="H2")
    yield e.cleared(opening_id=opening_id)
    for on in (2, 5, 12):
        yield e.use(on, opening_id=opening_id, holding="H2")


@pytest.mark.parametrize("entry", ["pending", "vested"])
def test_i7_every_line_names_plan_computation_and_evidence(entry):
    line = next(line for line in lines(history(*vested())) if line.entry == entry)
    assert line.plan_hash == PLANS[0].plan_hash
    assert "bps" in line.computation
    assert all("@" in source for source in line.evidence)


def test_i2_the_last_day_of_the_calendar_stops_no_deal():
    """What a bank's file says of a day that never comes is taken as it is."""
    end = date.max
    forever = (
        replace(split(), on=end),
        opening(),
        account(),
        cleared(),
        use(2),
        use(5),
        use(12),
        replace(use(13), on=end),
    )
    assert balance(history(*forever)) == {CORPORATE: 600, RETAIL: 900}


NEWER = active(plan(version=2, points=3_000, effective_from=date(2026, 2, 1)))
WITHOUT = active(plan(version=2, effective_from=date(2026, 2, 1), indicators=plan().indicators[1:]))


@pytest.mark.parametrize("newer", [NEWER, WITHOUT])
def test_i1_plans_that_were_read_before_an_activation_take_nothing_back(newer):
    """Whoever read them waits, and reads them again: so the subscription, and so an officer who is asked to."""
    recorded = history(*vested())
    recorded += DEAL.decide(DEAL.fold(recorded), Reckon(LEAD, (*PLANS, newer)))
    paid = balance(recorded)
    for stale in (Note((use(15),), PLANS), Reckon(LEAD, PLANS)):
        with pytest.raises(NotYetVisible) as caught:
            given(DEAL, *recorded).when(stale).decide()
        assert (caught.value.code, is_outage(caught.value)) == ("plans_behind", True)
    given(DEAL, *recorded).when(Note((use(12),), PLANS)).nothing()
    recorded += given(DEAL, *recorded).when(Note((use(15),), (*PLANS, newer))).decide()
    assert balance(recorded) == paid
