"""What counts as active (动户): at least N authenticated uses in the last D days."""

from datetime import timedelta
from itertools import islice

from hypothesis import given as over
from hypothesis import strategies as st

from services.bundling.rules import usage
from services.bundling.rules.usage import Threshold
from tests.services.bundling.examples import TODAY, day, uses

BAR = Threshold(uses=3, days=60)
SMALL = Threshold(uses=2, days=5)
some_uses = st.dictionaries(st.integers(0, 30).map(day), st.integers(0, 3), max_size=12)


def test_three_uses_in_sixty_days_are_active_and_two_are_not():
    assert usage.is_active(uses(d0=1, d30=1, d59=1), BAR, day(59))
    assert not usage.is_active(uses(d30=1, d59=1), BAR, day(59))


def test_the_window_holds_sixty_days_the_day_of_the_question_included():
    assert usage.is_active(uses(d0=3), BAR, day(59))
    assert not usage.is_active(uses(d0=3), BAR, day(60))


def test_uses_after_the_day_of_the_question_do_not_count():
    assert not usage.is_active(uses(d0=1, d5=2), BAR, day(4))


@over(some_uses, st.integers(0, 20))
def test_first_active_and_first_quiet_are_the_first_days_by_looking_at_each(given_uses, since):
    every = [day(n) for n in range(since, 60)]
    first = next((one for one in every if usage.is_active(given_uses, SMALL, one)), None)
    assert usage.first_active(given_uses, SMALL, day(since)) == first
    quiet = next(one for one in every if not usage.is_active(given_uses, SMALL, one))
    assert usage.first_quiet(given_uses, SMALL, day(since)) == quiet


@over(some_uses)
def test_turns_say_of_each_day_what_that_day_is(given_uses):
    turns = {at: turn for turn, at in usage.turns(given_uses, SMALL, TODAY, active=False)}
    standing = "dormant"
    for n in range(60):
        standing = turns.get(day(n), standing)
        assert (standing == "active") == usage.is_active(given_uses, SMALL, day(n))


def test_turns_end():
    assert list(islice(usage.turns({}, BAR, TODAY, active=False), 3)) == []
    assert list(usage.turns({}, BAR, TODAY, active=True)) == [("dormant", TODAY)]


@over(st.dictionaries(st.integers(0, 600).map(day), st.integers(0, 3)))
def test_what_is_remembered_is_bounded_and_answers_the_recent_as_before(given_uses):
    kept = usage.remembered(given_uses, BAR)
    assert len(kept) <= 3 * BAR.days
    newest = max((one for one, count in given_uses.items() if count), default=TODAY)
    for back in range(2 * BAR.days):
        on = newest - timedelta(days=back)
        assert usage.is_active(kept, BAR, on) == usage.is_active(given_uses, BAR, on)
