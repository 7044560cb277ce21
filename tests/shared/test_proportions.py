"""Two proportions compared: the intervals against published figures, and by how often they hold the truth (rules L12, B8)."""

import random

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from shared.core.proportions import Pairs, Proportion, difference, paired, wilson

# R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, table II: contrasts (a) to (h), method 10.
PUBLISHED = [
    (Proportion(70, 56), Proportion(80, 48), 0.2000, 0.0524, 0.3339),
    (Proportion(10, 9), Proportion(10, 3), 0.6000, 0.1705, 0.8090),
    (Proportion(7, 6), Proportion(7, 2), 0.5714, 0.0582, 0.8062),
    (Proportion(56, 5), Proportion(29, 0), 0.0893, -0.0381, 0.1926),
    (Proportion(10, 0), Proportion(20, 0), 0.0000, -0.1611, 0.2775),
    (Proportion(10, 0), Proportion(10, 0), 0.0000, -0.2775, 0.2775),
    (Proportion(10, 10), Proportion(20, 0), 1.0000, 0.6791, 1.0000),
    (Proportion(10, 10), Proportion(10, 0), 1.0000, 0.6075, 1.0000),
]


@pytest.mark.parametrize(("one", "other", "value", "low", "high"), PUBLISHED)
def test_the_interval_is_the_published_one(one, other, value, low, high):
    found = difference(one, other)
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (value, low, high)


def test_each_proportions_interval_is_wilsons():
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3: 81 of 263 and 15 of 148."""
    assert [round(end, 4) for end in wilson(Proportion(263, 81))] == [0.2553, 0.3662]
    assert [round(end, 4) for end in wilson(Proportion(148, 15))] == [0.0624, 0.1605]


PROPORTIONS = st.integers(1, 5_000).flatmap(lambda n: st.builds(Proportion, st.just(n), st.integers(0, n)))


@over(PROPORTIONS, PROPORTIONS)
def test_the_interval_holds_the_difference_and_turns_with_it(one, other):
    found, turned = difference(one, other), difference(other, one)
    assert -1 - 1e-9 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1 + 1e-9
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))


COUNTS = st.integers(0, 500)


@over(st.builds(Pairs, COUNTS, COUNTS, COUNTS, COUNTS).filter(lambda pairs: pairs.of))
def test_the_paired_interval_holds_the_difference_and_turns_with_it(pairs):
    found = paired(pairs)
    turned = paired(Pairs(pairs.both, pairs.second, pairs.first, pairs.neither))
    assert found.value == pytest.approx((pairs.first - pairs.second) / pairs.of)
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))


def test_the_paired_interval_is_the_published_one():
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 2635-2650: without correlation it is the one of two groups."""
    alone = paired(Pairs(both=0, first=10, second=0, neither=0))
    assert (alone.low, alone.high) == pytest.approx((difference(Proportion(10, 10), Proportion(10, 0)).low, 1.0))


@pytest.mark.parametrize(("both", "first", "second"), [(0.3, 0.1, 0.05), (0.05, 0.02, 0.02), (0.6, 0.0, 0.2)])
def test_the_paired_interval_holds_the_truth_as_often_as_it_says(both, first, second):
    chance, kept, tries = random.Random(1), 0, 2_000
    shares = (both, first, second, 1 - both - first - second)
    for _ in range(tries):
        drawn = chance.choices(range(4), shares, k=80)
        found = paired(Pairs(*(drawn.count(one) for one in range(4))))
        kept += found.low <= first - second <= found.high
    assert 0.93 <= kept / tries <= 0.995
