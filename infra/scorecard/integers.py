"""From weights to a card: integers of points, monotone ones exactly so, and bins of equal points joined."""

import math
from collections.abc import Sequence
from itertools import pairwise

from infra.scorecard.fit import Block, Weights
from services.leads.scorecard.card import Axis, Card, Groups, Numbers, Term

DOUBLING = 40
"""Points that double the odds: one point is 1.7 % of the odds."""
EVEN = 500
"""The score at which the odds are even."""


def as_card(
    name: str, version: int, target: str, positive: str, blocks: Sequence[Block], weights: Weights, note: str
) -> Card:
    terms = [_term(one, own.tolist()) for one, own in zip(blocks, weights.terms, strict=True)]
    told = tuple(term for term in terms if any(term.points))
    return Card(name, version, target, positive, EVEN + _points(weights.base), EVEN, DOUBLING, told, note)


def _points(weight: float) -> int:
    return round(weight * DOUBLING / math.log(2))


def _term(one: Block, weights: Sequence[float]) -> Term:
    points = [_points(weight) for weight in weights]
    axes = tuple(binned.axis for binned in one.axes)
    if len(axes) > 1:
        return Term(axes, tuple(points))
    if one.direction:
        points[:-1] = [one.direction * best for best in _rising([one.direction * point for point in points[:-1]])]
    return _joined(axes[0], points)


def _rising(points: Sequence[int]) -> list[int]:
    """What rounding or the last trace of a penalised step leaves: a bin is never under the one before it."""
    best: list[int] = []
    for point in points:
        best.append(max(point, best[-1]) if best else point)
    return best


def _joined(axis: Axis, points: Sequence[int]) -> Term:
    match axis:
        case Numbers(attribute=attribute, edges=edges):
            differs = [low != high for low, high in pairwise(points[:-1])]
            kept = tuple(edge for edge, yes in zip(edges, differs, strict=True) if yes)
            own = [point for point, yes in zip(points[1:-1], differs, strict=True) if yes]
            return Term((Numbers(attribute, kept),), (points[0], *own, points[-1]))
        case Groups(attribute=attribute, groups=groups):
            at: dict[int, list[str]] = {}
            for group, point in sorted(zip(groups, points, strict=False), key=lambda pair: -pair[1]):
                at.setdefault(point, []).extend(group)
            return Term((Groups(attribute, tuple(tuple(group) for group in at.values())),), (*at, *points[-2:]))
