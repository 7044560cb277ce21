"""Two proportions compared, with intervals that keep their level for rare events and small groups.

The interval of one is Wilson's. That of a difference is Newcombe's hybrid of two such: of independent groups by R. G.
Newcombe, *Statistics in Medicine* 17 (1998) 873-890, method 10; of two answers about the same individuals by R. G.
Newcombe, *Statistics in Medicine* 17 (1998) 2635-2650, method 10.
"""

from math import sqrt
from statistics import NormalDist

import msgspec

Z = NormalDist().inv_cdf(0.975)
FULL_BPS = 10_000


class Proportion(msgspec.Struct, frozen=True):
    """``count`` of ``of``."""

    of: int
    count: int

    @property
    def rate(self) -> float:
        return self.count / self.of

    @property
    def bps(self) -> int | None:
        """None of nobody."""
        return round(self.rate * FULL_BPS) if self.of else None


class Pairs(msgspec.Struct, frozen=True):
    """Individuals by two answers: yes to both, to the first or the second only, to neither."""

    both: int = 0
    first: int = 0
    second: int = 0
    neither: int = 0

    @property
    def of(self) -> int:
        return self.both + self.first + self.second + self.neither


class Difference(msgspec.Struct, frozen=True):
    """Of two rates, with its 95 % interval; each from -1 to 1."""

    value: float
    low: float
    high: float


def wilson(one: Proportion, z: float = Z) -> tuple[float, float]:
    """The score interval of a proportion (E. B. Wilson, 1927)."""
    n, p = one.of, one.rate
    middle, wide = 2 * n * p + z * z, z * sqrt(z * z + 4 * n * p * (1 - p))
    return (middle - wide) / (2 * (n + z * z)), (middle + wide) / (2 * (n + z * z))


def difference(one: Proportion, other: Proportion) -> Difference:
    """Of independent groups; both must have somebody."""
    return _hybrid(one, other, 0.0)


def paired(pairs: Pairs) -> Difference:
    """Of the first answer's rate and the second's; there must be somebody."""
    first = Proportion(pairs.of, pairs.both + pairs.first)
    second = Proportion(pairs.of, pairs.both + pairs.second)
    return _hybrid(first, second, _correlation(pairs))


def _hybrid(one: Proportion, other: Proportion, phi: float) -> Difference:
    (low_1, high_1), (low_2, high_2) = wilson(one), wilson(other)
    value = one.rate - other.rate
    below = _root(one.rate - low_1, high_2 - other.rate, phi)
    return Difference(value, value - below, value + _root(high_1 - one.rate, other.rate - low_2, phi))


def _root(one: float, other: float, phi: float) -> float:
    return sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _correlation(pairs: Pairs) -> float:
    """Of the two answers, drawn towards 0 by the paper's correction for continuity."""
    both, first, second, neither = pairs.both, pairs.first, pairs.second, pairs.neither
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    if not margins:
        return 0.0
    crossed = both * neither - first * second
    corrected = max(crossed - pairs.of / 2, 0.0) if crossed > 0 else crossed
    return corrected / sqrt(margins)
