"""A scorecard as data: terms over one attribute or two, an integer of points for each bin; and its content hash.

``log2(odds) = (points - even_odds_at) / points_to_double_odds``: what a card's points say of the chance.
"""

import hashlib
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
import rfc8785

FORMAT = "liandong-scorecard/1"

KNOWN_AFTER: Mapping[str, str] = dict.fromkeys(
    ("duration", "call_duration", "last_contact_duration", "duration_sec", "duration_seconds", "talk_time"),
    "it is known only once the contact is over",
)
"""Attributes that no card may look at (rule L5): a score is wanted before the contact. Compared in lower case."""


class Numbers(msgspec.Struct, frozen=True, tag="numbers", forbid_unknown_fields=True):
    """Bins of a number: below the first edge, from each edge (inclusive) to the next, from the last; then missing."""

    attribute: str
    edges: tuple[float, ...]

    @property
    def slots(self) -> int:
        return len(self.edges) + 2


class Groups(msgspec.Struct, frozen=True, tag="groups", forbid_unknown_fields=True):
    """Bins of a category: each group of values, then any other value, then missing."""

    attribute: str
    groups: tuple[tuple[str, ...], ...]

    @property
    def slots(self) -> int:
        return len(self.groups) + 2


Axis = Numbers | Groups


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``points`` has one integer a bin; with two axes the second one's bins run fastest."""

    axes: tuple[Axis, ...]
    points: tuple[int, ...]

    @property
    def name(self) -> str:
        return " × ".join(axis.attribute for axis in self.axes)


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scorecard's version. ``target`` and ``positive``: the column and value it foretells; ``note``: where from."""

    name: str
    version: int
    target: str
    positive: str
    base: int
    even_odds_at: int
    points_to_double_odds: int
    terms: tuple[Term, ...]
    note: str = ""

    @property
    def attributes(self) -> tuple[str, ...]:
        """Every attribute that the card looks at, once, in the card's order."""
        return tuple(dict.fromkeys(axis.attribute for term in self.terms for axis in term.axes))


def known_after(attribute: str) -> str | None:
    """Why an attribute may not be a predictor; None where it may."""
    return KNOWN_AFTER.get(attribute.strip().lower())


@lru_cache(maxsize=16)
def card_hash(card: Card) -> str:
    """SHA-256, in hex, of the card's RFC 8785 canonical JSON: what a stored score names."""
    return _hash(msgspec.to_builtins(card))


def _hash(content: Any) -> str:
    canonical: bytes = rfc8785.dumps(content)
    return hashlib.sha256(canonical).hexdigest()


def dump_card(card: Card) -> bytes:
    """The card's file: its content, and the hash that seals it. The same card gives the same bytes."""
    file = {"format": FORMAT, "sha256": card_hash(card), "card": msgspec.to_builtins(card)}
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def chance(card: Card, points: int) -> float:
    """The probability of the positive outcome that a card's points stand for."""
    doublings = (card.even_odds_at - points) / card.points_to_double_odds
    return 1 / (1 + math.exp2(min(doublings, 1000)))
