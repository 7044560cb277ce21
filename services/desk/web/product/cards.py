"""A scorecard (rule L5) as people read it: its parts, and the points of each bin."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from services.desk.web.labels import label
from services.desk.web.words import text

VALUES = {"source": "source", "value_tier": "card_tier", "fit": "card_fit"}
"""By attribute, what its values are called by."""
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Term:
    """One part of a score: its points by bin, in the card's order."""

    name: str
    bins: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Card:
    """``reach`` is the greatest number of points, either way, that one bin gives."""

    name: str
    base: int
    even_odds_at: int
    points_to_double_odds: int
    note: str
    terms: Sequence[Term]

    @property
    def reach(self) -> int:
        return max((abs(points) for term in self.terms for _, points in term.bins), default=0)


def card_of(content: str) -> Card:
    """From a card's file."""
    told = json.loads(content)["card"]
    return Card(
        name=f"{told['name']}@{told['version']}",
        base=told["base"],
        even_odds_at=told["even_odds_at"],
        points_to_double_odds=told["points_to_double_odds"],
        note=told.get("note", ""),
        terms=[_term(one) for one in told["terms"]],
    )


def _term(told: Json) -> Term:
    """With two axes the second one's bins run fastest."""
    name = text(" and ").join(label("card_attribute", axis["attribute"]) for axis in told["axes"])
    bins = [text(", ").join(cell) for cell in product(*(_bins(axis) for axis in told["axes"]))]
    return Term(name, list(zip(bins, told["points"], strict=True)))


def _bins(axis: Json) -> list[str]:
    found = _numbers(axis["edges"]) if "edges" in axis else _groups(axis)
    return [*found, text("not known")]


def _numbers(edges: Sequence[float]) -> list[str]:
    """Below the first edge, from each edge to the next, from the last."""
    if not edges:
        return [text("any number")]
    told = [str(int(edge) if edge == int(edge) else edge) for edge in edges]
    between = [text("from %(low)s, below %(high)s", low=low, high=high) for low, high in pairwise(told)]
    return [text("below %(high)s", high=told[0]), *between, text("%(low)s and more", low=told[-1])]


def _groups(axis: Json) -> list[str]:
    kind = VALUES.get(axis["attribute"])
    groups = [text(", ").join(label(kind, one) if kind else one for one in group) for group in axis["groups"]]
    return [*groups, text("another value")]
