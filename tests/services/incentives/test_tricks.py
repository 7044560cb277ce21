"""Fraud is expensive: each trick by its name, and that it earns nothing more (rules I2, I3). Two leads for one product, and
closing to open again, are in ``test_claim``; a visit logged twice in ``tests/services/leads``, a ring of wins in
``tests/services/linkage``.
"""

from collections import Counter

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.incentives.domain.entitlement import entitlement
from services.incentives.domain.facts import gathered
from services.incentives.events import Share, SplitNoted
from services.incentives.rules import period_of
from tests.services.incentives.examples import (
    LEAD,
    PLANS,
    RETAIL,
    account,
    cleared,
    day,
    dormant,
    opened,
    opening,
    split,
    use,
    vested,
)

WHOLE = 1_500


def earned(facts):
    """Points by person, and by the month in which they count."""
    people, months = Counter(), Counter()
    for step in entitlement(gathered(facts), PLANS):
        people[step.staff_id] += step.points_milli
        months[step.of_period] += step.points_milli
    return {who: points for who, points in people.items() if points}, {m: p for m, p in months.items() if p}


def sold(on, uses):
    """An opening on a day, with uses so many days later."""
    return [split(), opening(on=on), account(opened=on), cleared(on), *(use(on + n) for n in uses)]


@over(st.integers(0, 60))
def test_trick_opening_on_the_last_day_of_the_month(on):
    """Whenever it is opened, it earns once, in the month in which its use vested it: the rush brings nothing forward."""
    people, months = earned(sold(on, (1, 2, 3)))
    assert sum(people.values()) == WHOLE
    assert months == {period_of(day(on + 3)): WHOLE}


@over(st.lists(st.integers(1, 500), min_size=1, max_size=2))
def test_trick_many_uses_on_few_days(counts):
    facts = [*opened(), *(use(n + 1, count=count) for n, count in enumerate(counts))]
    assert earned(facts) == ({}, {})


@over(st.sets(st.integers(0, 29), min_size=3, max_size=30))
def test_trick_more_use_than_is_asked(days):
    assert sum(earned([*opened(), *map(use, days)])[0].values()) == WHOLE


@over(st.integers(13, 190), st.sets(st.integers(0, 60), min_size=3, max_size=20))
def test_trick_waking_what_fell_asleep(asleep, again):
    """What dormancy took back is gone, however much it is used afterwards."""
    facts = [*vested(), dormant(asleep), *(use(asleep + 1 + n) for n in again)]
    assert earned(facts) == (({}, {}) if asleep <= 192 else earned(vested()))


@over(st.integers(0, 10_000))
def test_trick_standing_on_both_sides_of_the_split(bps):
    both = (Share("corporate", RETAIL, "B01", bps), Share("retail", RETAIL, "B01", 10_000 - bps))
    facts = [SplitNoted(LEAD, 1, both, day(0), f"leads/lead-{LEAD}@5"), *vested()[1:]]
    assert earned(facts)[0] == {RETAIL: WHOLE}


@settings(max_examples=50)
@over(st.lists(st.tuples(st.integers(12, 300), st.integers(0, 10_000)), max_size=5))
def test_trick_settling_on_other_shares_once_it_is_earned(later):
    splits = [split(proposal, on, corporate) for proposal, (on, corporate) in enumerate(later, start=2)]
    assert earned([*vested(), *splits]) == earned(vested())


@over(st.integers(1, 4))
def test_trick_asking_for_the_same_opening_again(times):
    again = [opening(f"{LEAD}.mobile.{n + 1}", n) for n in range(1, times + 1)]
    assert earned([*vested(), *again]) == earned(vested())
