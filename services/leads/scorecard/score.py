"""Scoring a record: named parts that add up to the score, each with its bin, its integer points and a reason."""

import math
from bisect import bisect_right
from collections.abc import Mapping

import msgspec

from services.leads.score_events import Part
from services.leads.scorecard.card import Axis, Card, Groups, Numbers, Term, card_hash

Value = str | int | float | None
Row = Mapping[str, Value]
"""A record by attribute. An attribute that is absent is missing, just as None, an empty text or NaN."""


class Score(msgspec.Struct, frozen=True):
    """What is stored: with ``card_hash`` and the record, anyone can compute it again."""

    card: str
    card_hash: str
    points: int
    parts: tuple[Part, ...]


def score(card: Card, row: Row) -> Score:
    parts = (Part("base", "every record", card.base, "Every record begins with the base points."), *_parts(card, row))
    return Score(f"{card.name}@{card.version}", card_hash(card), sum(part.points for part in parts), parts)


def points_of(card: Card, row: Row) -> int:
    """The score alone, without its parts: the same number."""
    return card.base + sum(term.points[cell(term, row)] for term in card.terms)


def _parts(card: Card, row: Row) -> tuple[Part, ...]:
    return tuple(_part(term, row) for term in card.terms)


def _part(term: Term, row: Row) -> Part:
    points = term.points[cell(term, row)]
    bins = ", ".join(described(axis, slot(axis, row.get(axis.attribute))) for axis in term.axes)
    effect = "adds" if points > 0 else "takes" if points < 0 else "changes"
    return Part(term.name, bins, points, f"{bins}: {effect} {abs(points) or 'nothing'}.")


def cell(term: Term, row: Row) -> int:
    """Which of the term's points a record gets."""
    index = 0
    for axis in term.axes:
        index = index * axis.slots + slot(axis, row.get(axis.attribute))
    return index


def slot(axis: Axis, value: Value) -> int:
    """The bin of a value: a number that cannot be read is missing, a category that no group names is other."""
    match axis:
        case Numbers(edges=edges):
            number = as_number(value)
            return axis.slots - 1 if number is None else bisect_right(edges, number)
        case Groups(groups=groups):
            text = "" if value is None else str(value).strip()
            if not text:
                return axis.slots - 1
            return next((index for index, group in enumerate(groups) if text in group), axis.slots - 2)


def as_number(value: Value) -> float | None:
    """None where it is no finite number."""
    try:
        number = float(value) if value is not None else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def described(axis: Axis, index: int) -> str:
    """A bin in words, such as ``age 30 to below 40`` or ``month mar or dec``."""
    name = axis.attribute
    if index == axis.slots - 1:
        return f"{name} missing"
    match axis:
        case Numbers(edges=()):
            return f"{name} any"
        case Numbers(edges=edges) if index == 0:
            return f"{name} below {_said(edges[0])}"
        case Numbers(edges=edges) if index == len(edges):
            return f"{name} {_said(edges[-1])} or more"
        case Numbers(edges=edges):
            return f"{name} {_said(edges[index - 1])} to below {_said(edges[index])}"
        case Groups(groups=groups):
            return f"{name} {' or '.join(groups[index])}" if index < len(groups) else f"{name} other"


def _said(edge: float) -> str:
    return str(int(edge)) if edge == int(edge) else repr(edge)
