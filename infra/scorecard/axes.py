"""Bins. Numbers: fine bins of about equal size, then neighbours merged that tell the outcome apart too little.

A value that many records share, such as 0 or -1 for "never", keeps a bin of its own and is never merged.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infra.scorecard.table import is_numeric
from services.leads.scorecard.card import Axis, Groups, Numbers
from services.leads.scorecard.score import as_number

Codes = NDArray[np.int64]
Reals = NDArray[np.float64]

SPIKE = 0.05
"""The share of records from which on one value has a bin of its own."""
RARE = 30
"""A category with fewer records is told with the others."""
MAX_CATEGORIES = 100


class Column(msgspec.Struct, frozen=True):
    """An attribute's values: ``numbers`` (NaN is missing), or None where it is a category."""

    name: str
    texts: NDArray[Any]
    numbers: Reals | None

    def take(self, rows: Codes) -> "Column":
        return Column(self.name, self.texts[rows], None if self.numbers is None else self.numbers[rows])


class Binned(msgspec.Struct, frozen=True):
    """An axis and, for each of its slots, whether it is a number's bin that should resemble its neighbours."""

    axis: Axis
    smooth: tuple[bool, ...]


def column(name: str, texts: Sequence[str]) -> Column:
    numbers = np.array([as_number(text) for text in texts], dtype=float) if is_numeric(texts) else None
    return Column(name, np.array(texts), numbers)


def too_many(one: Column) -> bool:
    """A category of so many values is a name or a number of something, and tells nothing of new records."""
    return one.numbers is None and len(np.unique(one.texts)) > MAX_CATEGORIES


def binned(one: Column, bins: int, smallest: int) -> Binned:
    """At most about ``bins`` bins, each of about ``smallest`` records or more."""
    if one.numbers is None:
        values, counts = np.unique(one.texts[one.texts != ""], return_counts=True)
        groups = tuple((str(value),) for value, count in zip(values, counts, strict=True) if count >= RARE)
        axis = Groups(one.name, groups)
        return Binned(axis, (False,) * axis.slots)
    return _numbers(one.name, one.numbers[~np.isnan(one.numbers)], bins, smallest)


def _numbers(name: str, there: Reals, bins: int, smallest: int) -> Binned:
    values, counts = np.unique(there, return_counts=True)
    size, spike = max(len(there) / bins, smallest), SPIKE * len(there)
    starts: list[float] = []
    smooth: list[bool] = []
    filled = 0
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        alone = count >= spike
        if not starts or alone or not smooth[-1] or filled >= size:
            starts.append(value)
            smooth.append(not alone)
            filled = 0
        filled += count
    return Binned(Numbers(name, tuple(starts[1:])), (*(smooth or [True]), False))


def merged(fine: Binned, counts: NDArray[Any], ups: NDArray[Any], worth: float) -> Binned:
    """Neighbours joined, the least telling first, while that costs less than ``worth`` nats of likelihood.

    ChiMerge's idea, with the deviance. ``counts`` and ``ups``: records and positive ones of each slot.
    """
    if not isinstance(fine.axis, Numbers):
        return fine
    bins = [(float(n), float(up), soft) for n, up, soft in zip(counts[:-1], ups[:-1], fine.smooth, strict=False)]
    edges = list(fine.axis.edges)
    while edges:
        costs = [_cost(low, high) for low, high in pairwise(bins)]
        at = min(range(len(costs)), key=costs.__getitem__)
        if costs[at] >= worth:
            break
        bins[at : at + 2] = [(bins[at][0] + bins[at + 1][0], bins[at][1] + bins[at + 1][1], True)]
        del edges[at]
    return Binned(Numbers(fine.axis.attribute, tuple(edges)), (*(soft for _, _, soft in bins), False))


def _cost(low: tuple[float, float, bool], high: tuple[float, float, bool]) -> float:
    """What telling two bins apart is worth, in nats; spikes are never joined."""
    if not (low[2] and high[2]):
        return math.inf
    return _likelihood(*low[:2]) + _likelihood(*high[:2]) - _likelihood(low[0] + high[0], low[1] + high[1])


def _likelihood(n: float, up: float) -> float:
    """The best log-likelihood of ``up`` positive ones of ``n``."""
    return sum(part * math.log(part / n) for part in (up, n - up) if part > 0)


def codes(axis: Axis, one: Column) -> Codes:
    """Each record's slot: the same as ``score.slot`` gives, for a whole column at once."""
    if isinstance(axis, Numbers) and one.numbers is not None:
        found = np.searchsorted(np.array(axis.edges), one.numbers, side="right")
        return np.where(np.isnan(one.numbers), axis.slots - 1, found).astype(np.int64)
    at = {value: index for index, group in enumerate(getattr(axis, "groups", ())) for value in group}
    at[""] = axis.slots - 1
    known, inverse = np.unique(one.texts, return_inverse=True)
    return np.array([at.get(str(value), axis.slots - 2) for value in known], dtype=np.int64)[inverse]
