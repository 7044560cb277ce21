"""Which unit a board is of: one's own, or one below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from services.desk.projections import UNITS
from services.desk.web.reading import Desk

DEEPEST = 4
"""Head office, branch, outlet, and one to spare."""
MANY = 5_000
BY_ID = (("_id", 1),)


@dataclass(frozen=True)
class Place:
    """``unit_ids`` are the unit and all below it; ``choices`` are those that the reader may look at, with how deep each
    lies below their own.
    """

    unit_id: str
    unit_ids: Sequence[str]
    choices: Mapping[str, int]


def place_of(desk: Desk, own: str | None, asked: str | None) -> Place | None:
    """None for a unit that is not the reader's own nor below it."""
    if own is None:
        return None
    choices = _below(desk, own)
    unit_id = asked or own
    if unit_id not in choices:
        return None
    return Place(unit_id, _beneath(choices, unit_id), choices)


def _beneath(choices: Mapping[str, int], unit_id: str) -> tuple[str, ...]:
    """The unit and all below it: what follows it, as long as that lies deeper."""
    units = list(choices)
    first = units.index(unit_id)
    return (unit_id, *takewhile(lambda one: choices[one] > choices[unit_id], units[first + 1 :]))


def _below(desk: Desk, unit_id: str) -> dict[str, int]:
    """The unit and all below it, each after the one that it belongs to, with its depth."""
    children: dict[str, list[str]] = {}
    level = [unit_id]
    for _ in range(DEEPEST):
        found = desk.listed(UNITS, {"parent_id": {"$in": level}}, BY_ID, size=MANY).documents if level else ()
        for unit in found:
            children.setdefault(unit["parent_id"], []).append(unit["_id"])
        level = [unit["_id"] for unit in found]
    return dict(_walk(unit_id, children, 0))


def _walk(unit_id: str, children: Mapping[str, Sequence[str]], depth: int) -> list[tuple[str, int]]:
    below = [one for child in children.get(unit_id, ()) if depth < DEEPEST for one in _walk(child, children, depth + 1)]
    return [(unit_id, depth), *below]
