"""Rule B5 after the opening: activated, active and dormant by turns, closed, from facts in any order."""

from hypothesis import given as over
from hypothesis import strategies as st

from services.bundling.domain import OFFER, NoteCheck, NoteDayClosed, NoteHolding, NoteUse, status
from services.bundling.events import ItemActive, ItemDormant
from tests.kit import given
from tests.services.bundling.examples import (
    AWAKE,
    OPEN,
    OPENING,
    UNDER_WAY,
    activated,
    active,
    cleared,
    closed,
    day,
    dormant,
    opened,
    used,
)


def hold(n=0, *, holding="H1", until=None):
    return NoteHolding(OPENING, holding, day(n), None if until is None else day(until))


def use(n, times=1):
    return NoteUse(OPENING, times, day(n))


def close_of(n):
    return NoteDayClosed((OPENING,), day(n))


def play(commands, history=UNDER_WAY):
    """The events that a list of commands makes, one after the other."""
    events = list(history)
    for command in commands:
        events += OFFER.decide(OFFER.fold(events), command)
    return events[len(history) :]


def where(events):
    return status(OFFER.fold(events).items["mobile"])


def test_b5_a_holding_of_the_banks_core_opens_the_item():
    given(OFFER, *UNDER_WAY, cleared()).when(hold()).then(opened())
    given(OFFER, *OPEN).when(hold()).nothing()


def test_b5_a_corrected_opening_is_said_again():
    given(OFFER, *OPEN).when(hold(2)).then(opened(2))


def test_b5_first_authenticated_use_activates():
    given(OFFER, *OPEN).when(use(4)).then(used(4), activated(4))
    given(OFFER, *OPEN, used(4), activated(4)).when(use(9)).then(used(9))
    assert where([*OPEN, used(4), activated(4)]) == "activated"


def test_b5_uses_that_the_customer_did_not_authenticate_count_for_nothing():
    given(OFFER, *OPEN).when(use(4, times=0)).nothing()


def test_b5_enough_uses_in_the_window_make_it_active():
    given(OFFER, *OPEN, used(4), activated(4), used(9)).when(use(30)).then(used(30), active(30))
    given(OFFER, *OPEN).when(use(4, times=3)).then(used(4, 3), activated(4), active(4))
    given(OFFER, *OPEN, used(4), activated(4), used(9)).when(use(64)).then(used(64))


def test_b5_uses_from_before_the_opening_do_not_count():
    given(OFFER, *OPEN).when(use(-1, times=5)).then(used(-1, 5))


def test_b5_activity_may_be_known_before_the_opening():
    given(OFFER, *UNDER_WAY).when(use(4, times=3)).then(used(4, 3))
    given(OFFER, *UNDER_WAY, used(4, 3)).when(hold()).then(opened(), activated(4), active(4))


def test_b5_a_later_fact_for_the_day_replaces_the_earlier():
    given(OFFER, *OPEN, used(4), activated(4)).when(use(4)).nothing()
    given(OFFER, *OPEN, used(4), activated(4)).when(use(4, times=3)).then(used(4, 3), active(4))
    corrected = [*AWAKE, used(1, 0)]
    given(OFFER, *corrected).when(close_of(1)).then(dormant(1))


def test_b5_dormant_on_the_day_on_which_the_window_has_run_out():
    given(OFFER, *AWAKE).when(close_of(60)).nothing()
    given(OFFER, *AWAKE).when(close_of(61)).then(dormant(61))
    given(OFFER, *AWAKE, dormant(61)).when(close_of(61)).nothing()
    assert where([*AWAKE, dormant(61)]) == "dormant"


def test_b5_dormancy_has_its_own_date_however_late_one_looks():
    given(OFFER, *AWAKE).when(close_of(90)).then(dormant(61))


def test_b5_only_the_close_of_the_day_makes_dormant():
    given(OFFER, *AWAKE).when(use(70)).then(used(70))
    given(OFFER, *AWAKE, used(70)).when(close_of(70)).then(dormant(61))


def test_b5_a_dormant_item_wakes_again():
    given(OFFER, *AWAKE, dormant(61)).when(use(70, times=3)).then(used(70, 3), active(70))
    assert where([*AWAKE, dormant(61), used(70, 3), active(70)]) == "active"


def test_b5_a_late_fact_takes_dormancy_back_from_its_day():
    given(OFFER, *AWAKE, dormant(61)).when(use(20, times=3)).then(used(20, 3), active(61))


def test_b5_a_close_that_comes_late_notes_every_turn_in_between():
    history = [*AWAKE, used(70, 3), used(140, 3)]
    given(OFFER, *history).when(close_of(150)).then(dormant(61), active(70), dormant(130), active(140))


def test_b5_what_was_never_active_is_not_dormant():
    given(OFFER, *OPEN, used(4), activated(4)).when(close_of(300)).nothing()


def test_b5_closed_is_the_end_unless_the_bank_takes_it_back():
    given(OFFER, *AWAKE).when(hold(until=9)).then(closed(9))
    history = [*AWAKE, closed(9)]
    given(OFFER, *history).when(hold(until=9)).nothing()
    given(OFFER, *history).when(close_of(300)).nothing()
    given(OFFER, *history).when(use(8, times=3)).then(used(8, 3))
    given(OFFER, *history).when(hold()).then(opened())
    assert where(history) == "closed"
    assert where([*history, opened()]) == "active"


def test_b5_opened_and_closed_in_one_fact():
    given(OFFER, *UNDER_WAY).when(hold(until=3)).then(opened(), closed(3))


def test_b5_an_opening_in_spite_of_a_refusal_shows_as_refused_whichever_is_known_first():
    said = NoteCheck(OPENING, cleared=False, rule="C1.two_operators", reason="one operator")
    for commands in ([said, hold()], [hold(), said]):
        assert where([*UNDER_WAY, *play(commands)]) == "refused"


FACTS = [NoteCheck(OPENING, cleared=True), hold(), *(use(n, 1 + n % 2) for n in (3, 9, 11, 30, 75, 80, 81))]


@over(st.permutations([*FACTS, *FACTS]))
def test_b5_facts_in_any_order_and_twice_come_to_the_same(shuffled):
    def end(commands):
        opening = OFFER.fold([*UNDER_WAY, *play([*commands, close_of(200)])]).items["mobile"].openings[0]
        return opening.uses, opening.standing, opening.since, opening.check, opening.holding_id

    assert end(shuffled) == end(FACTS)


facts_in_order = st.lists(
    st.one_of(
        st.builds(use, st.integers(-5, 260), st.integers(0, 4)),
        st.builds(hold, st.integers(0, 3)),
        st.builds(close_of, st.integers(0, 260)),
    ),
    max_size=25,
)


@over(facts_in_order)
def test_b5_noting_twice_changes_nothing_more(commands):
    events = list(OPEN)
    for command in commands:
        events += OFFER.decide(OFFER.fold(events), command)
        assert OFFER.decide(OFFER.fold(events), command) == []


@over(facts_in_order)
def test_b5_active_and_dormant_take_turns_forward_in_time(commands):
    turns = [event for event in play(commands, OPEN) if isinstance(event, ItemActive | ItemDormant)]
    for n, turn in enumerate(turns):
        assert isinstance(turn, ItemActive if n % 2 == 0 else ItemDormant)
        assert n == 0 or turn.on >= turns[n - 1].on


@over(st.lists(st.integers(0, 150), max_size=12), st.lists(st.integers(0, 200), max_size=6))
def test_b5_it_does_not_matter_how_often_one_looks(days, looks):
    """With facts and closes in the order of their days, each turn is the same as with a look at every close."""
    last = 200

    def told(closes):
        work = sorted(
            [(n, 0, use(n)) for n in set(days)] + [(n, 1, close_of(n)) for n in closes], key=lambda one: one[:2]
        )
        return [e for e in play([one[2] for one in work], OPEN) if isinstance(e, ItemActive | ItemDormant)]

    assert told([*looks, last]) == told(range(last + 1))
