"""A card's file, read strictly: every fault is named with its place and what to do."""

import math
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from services.leads.scorecard.card import FORMAT, Axis, Card, Groups, Numbers, Term, card_hash, known_after
from shared.core.errors import LiandongError

MAX_AXES = 2


class CardRefused(LiandongError):
    """A file that is no card, or a card that may not be used."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    sha256: str
    card: msgspec.Raw


def load_card(content: bytes, where: str) -> Card:
    """The card of a file's content; ``where`` is the file's name in errors. Raises ``CardRefused``."""
    try:
        file = msgspec.json.decode(content, type=_File)
        if file.format != FORMAT:
            raise CardRefused("card_format", f"{where}: format {file.format!r} is not known here, only {FORMAT!r}")
        card = msgspec.json.decode(file.card, type=Card)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CardRefused(
            "not_a_card", f"{where}: not a scorecard ({error}): give a file that `liandong scorecard learn` wrote"
        ) from None
    check_card(card, where)
    if card_hash(card) != file.sha256:
        raise CardRefused(
            "card_changed",
            f"{where}: changed after it was sealed (sha256 does not fit): take the original, or learn anew",
        )
    return card


def check_card(card: Card, where: str) -> None:
    """Raises ``CardRefused`` with the first fault."""
    for place, fault in faults(card):
        raise CardRefused("card_faulty", f"{where}: {place}: {fault}")


def faults(card: Card) -> Iterator[tuple[str, str]]:
    """What is wrong, each with its place in the card."""
    if card.points_to_double_odds < 1:
        yield "points_to_double_odds", "must be 1 or more"
    for number, term in enumerate(card.terms):
        place = f"terms[{number}] ({term.name})"
        for axis in term.axes:
            yield from ((place, fault) for fault in _of_axis(axis))
        yield from ((place, fault) for fault in _of_term(term))


def _of_term(term: Term) -> Iterator[str]:
    if not 1 <= len(term.axes) <= MAX_AXES:
        yield f"has {len(term.axes)} axes: give it one attribute, or two"
    if len({axis.attribute for axis in term.axes}) < len(term.axes):
        yield "names the same attribute twice: give a pair two different ones"
    cells = math.prod(axis.slots for axis in term.axes)
    if len(term.points) != cells:
        yield f"has {len(term.points)} points for {cells} bins: give each bin one, missing (and other) values included"


def _of_axis(axis: Axis) -> Iterator[str]:
    if reason := known_after(axis.attribute):
        yield f"{axis.attribute!r} is refused as a predictor: {reason} (rule L5): take its term out and learn anew"
    match axis:
        case Numbers(edges=edges):
            if not all(low < high for low, high in pairwise(edges)):
                yield "edges must rise: sort them, each once"
        case Groups(groups=groups):
            values = [value for group in groups for value in group]
            if len(set(values)) < len(values):
                yield "a value stands in two groups: leave it in one"
            if any(value != value.strip() or not value for value in values):
                yield "a value is empty or has spaces around it: an empty value is the missing bin's"
