"""The bank corrects which opening led to an account: it counts there, with all its uses, and nowhere else (I2, R1)."""

import pytest
from msgspec.structs import replace

from services.bundling import events as bundling
from services.incentives.claim_events import AccountPlaced
from services.incentives.domain.claim import PLACED, PlaceAccount
from services.incentives.domain.deal import DEAL, Note
from services.incentives.events import CreditPosted, PlanActivated
from services.incentives.reactions import note, note_claims, note_registry, release_claims
from services.incentives.reference import claims, differences, recompute
from services.registry.events import ActivityRecorded, HoldingRecorded
from shared.core.reaction import Intent
from tests.kit import given
from tests.services.bundling.examples import recorded
from tests.services.incentives.examples import (
    CORPORATE,
    LEAD,
    OPENING,
    PLANS,
    RETAIL,
    cleared,
    day,
    opening,
    split,
    vested,
)
from tests.services.incentives.test_deal import balance, history

PLANNED = tuple(PlanActivated(one.plan, one.plan_hash) for one in PLANS)
ELSEWHERE = "01j9other"
OTHER = f"{ELSEWHERE}.mobile.1"
WHOLE, NOTHING = {CORPORATE: 600, RETAIL: 900}, {CORPORATE: 0, RETAIL: 0}


class Bank:
    """Incentives beside registry's log: what its reactions wish is done at once, and what comes of it goes on."""

    def __init__(self):
        self.streams, self.registry, self.events = {}, {}, []
        for lead in (LEAD, ELSEWHERE):
            facts = (
                replace(split(), lead_id=lead),
                replace(opening(f"{lead}.mobile.1"), lead_id=lead),
                cleared(opening_id=f"{lead}.mobile.1"),
            )
            self._do([Intent(DEAL, lead, Note(facts, PLANS))])

    def holding(self, opening_ref, customer="P1", holding="H1", opened=0):
        self._record(
            f"holding-{holding}",
            HoldingRecorded(holding, customer, "mobile", "B01-O2", day(opened), None, opening_ref, day(opened)),
        )

    def used(self, opening_ref, *days, holding="H1"):
        for on in days:
            use = ActivityRecorded(holding, "P1", "mobile", opening_ref, 1, 1, day(on))
            self._record(f"activity-{holding}.{day(on)}", use)

    def points(self, lead):
        return balance(self.streams[f"deal-{lead}"])

    def differences(self):
        lines = [
            {name: getattr(one, name) for name in ("lead_id", "staff_id", "of_period", "points_milli")}
            for one in self.events
            if isinstance(one, CreditPosted)
        ]
        return (*differences(recompute([*PLANNED, *self.events]), lines), *claims(self.events))

    def _record(self, stream, event):
        told = self.registry.setdefault(stream, [])
        told.append(recorded(event, stream, len(told) + 1))
        self._do(note_registry(PLANS, self._uses, None)(told[-1]))

    def _uses(self, holding):
        return [
            one for stream, told in self.registry.items() if stream.startswith(f"activity-{holding}.") for one in told
        ]

    def _do(self, intents):
        for intent in intents:
            stream = self.streams.setdefault(intent.stream, [])
            for event in intent.decider.decide(intent.decider.fold(stream), intent.command):
                stream.append(event)
                self.events.append(event)
                said = recorded(event, intent.stream, len(stream), "incentives")
                self._do([*release_claims(PLANS)(said), *note_claims(PLANS)(said)])


@pytest.fixture
def bank():
    return Bank()


def test_i2_an_account_that_moves_to_another_opening_is_paid_there_and_not_twice(bank):
    bank.holding(OPENING)
    bank.used(OPENING, 2, 3, 4)
    assert (bank.points(LEAD), bank.points(ELSEWHERE)) == (WHOLE, {})
    bank.holding(OTHER)
    bank.used(OTHER, 41, 42, 43)
    assert (bank.points(LEAD), bank.points(ELSEWHERE)) == (NOTHING, WHOLE)
    assert bank.differences() == ()


def test_i2_its_uses_until_then_go_with_it(bank):
    bank.holding(OPENING)
    bank.used(OPENING, 2, 3, 4)
    bank.holding(OTHER)
    assert (bank.points(LEAD), bank.points(ELSEWHERE)) == (NOTHING, WHOLE)
    bank.holding(OPENING)
    assert (bank.points(LEAD), bank.points(ELSEWHERE)) == (WHOLE, NOTHING)
    assert bank.differences() == ()


def test_i2_an_account_of_which_the_opening_is_told_late_counts_with_its_uses(bank):
    bank.holding(None)
    bank.used(None, 2, 3, 4)
    assert bank.points(LEAD) == {}
    bank.holding(OPENING)
    assert bank.points(LEAD) == WHOLE
    assert bank.differences() == ()


@pytest.mark.parametrize("reference", [None, "made up by the bank's own system"])
def test_i2_an_account_that_no_opening_of_ours_led_to_after_all_is_not_paid(bank, reference):
    bank.holding(OPENING)
    bank.used(OPENING, 2, 3, 4)
    bank.holding(reference)
    assert bank.points(LEAD) == NOTHING
    bank.holding(OTHER, holding="H2", opened=1)
    bank.used(OTHER, 5, 6, 7, holding="H2")
    assert bank.points(ELSEWHERE) == WHOLE  # nothing stands in its way any more
    assert bank.differences() == ()


def test_i2_an_opening_without_its_account_does_not_earn_once_nothing_stands_in_its_way(bank):
    bank.holding("01j0first.mobile.1", holding="H0")
    bank.holding(OPENING, opened=1)
    bank.used(OPENING, 2, 3, 4)
    assert bank.points(LEAD) == NOTHING  # another account of the same product was there before
    bank.holding(OTHER, opened=1)
    bank.holding(None, holding="H0")
    assert (bank.points(LEAD), bank.points(ELSEWHERE)) == (NOTHING, WHOLE)
    assert bank.differences() == ()


def test_i2_an_account_moves_with_its_customer_and_its_opening_at_once(bank):
    bank.holding(OPENING)
    bank.used(OPENING, 2, 3, 4)
    bank.holding(OTHER, customer="P2")
    assert (bank.points(LEAD), bank.points(ELSEWHERE)) == (NOTHING, WHOLE)
    assert bank.differences() == ()


def test_r1_accounts_that_are_none_of_ours_leave_no_trace():
    given(PLACED).when(PlaceAccount("H1", "P1", "mobile", None, "registry/holding-H1@2")).nothing()
    old = AccountPlaced(
        "H1", "P1", "mobile", None, "registry/holding-H1@1", None, None
    )  # of before it named the opening
    placed = PlaceAccount("H1", "P1", "mobile", OPENING, "registry/holding-H1@2")
    known = AccountPlaced("H1", "P1", "mobile", ("P1", "mobile"), "registry/holding-H1@2", OPENING, None)
    given(PLACED, old).when(placed).then(known)


def test_i2_a_dormancy_that_late_uses_disprove_is_taken_back():
    """In whatever order the days of use and the close of the day come, the same is paid."""
    place = ("o1", LEAD, "mobile", OPENING)
    told = (bundling.ItemDormant(*place, day(62), "no use"), bundling.ItemActive(*place, day(62)))
    start, stream = history(*vested()), []
    for version, event in enumerate(told, 1):
        (intent,) = note(PLANS)(recorded(event, "offer-o1", version, "bundling"))
        stream += DEAL.decide(DEAL.fold([*start, *stream]), intent.command)
        assert balance([*start, *stream]) == (NOTHING if version == 1 else WHOLE)
    lines = [one for one in (*start, *stream) if isinstance(one, CreditPosted)]
    assert recompute([*PLANNED, *start, *stream]) == {
        (LEAD, person, "2026-10"): points for person, points in balance(lines).items()
    }


def test_i2_a_dormancy_told_again_of_the_day_on_which_it_was_withdrawn_counts_again():
    """The late uses were themselves wrong, and are corrected."""
    place = ("o1", LEAD, "mobile", OPENING)
    asleep = bundling.ItemDormant(*place, day(62), "no use")
    start, stream = history(*vested()), []
    for version, event in enumerate((asleep, bundling.ItemActive(*place, day(62)), asleep), 1):
        (intent,) = note(PLANS)(recorded(event, "offer-o1", version, "bundling"))
        stream += DEAL.decide(DEAL.fold([*start, *stream]), intent.command)
    assert balance([*start, *stream]) == NOTHING
    lines = [one for one in stream if isinstance(one, CreditPosted)]
    assert [one.entry for one in lines] == ["reversed", "reversed", "adjusted", "adjusted", "reversed", "reversed"]


def test_i2_to_become_active_again_later_brings_nothing_back():
    again = bundling.ItemActive("o1", LEAD, "mobile", OPENING, day(90))
    (intent,) = note(PLANS)(recorded(again, "offer-o1", 3, "bundling"))
    given(DEAL, *history(*vested())).when(intent.command).nothing()
