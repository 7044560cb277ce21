"""Staffing of a unit and of those below it, as of a day (rule R7): who was in post then, whom they look after now."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import msgspec

from services.registry.projections import CUSTOMERS, POSTINGS, UNITS, in_post
from services.registry.rules.staffing import Base, Staffing, in_force, staffing, total
from shared.core.errors import NotFound
from shared.core.projection import Projection

EVERY = 0
KEPT_SECONDS = 60.0
COUNTED: Sequence[Mapping[str, Any]] = ({}, {"tier": "key"}, {"corporate_customer": True})
"""What is counted of a unit's customers, in the order of ``Base``; an index of the projection stands behind each."""
Json = dict[str, Any]


class Shown(Protocol):
    """What of ``shared.runtime.app.Reader`` is needed."""

    def documents(self, projection: Projection, query: Mapping[str, Any], *, limit: int = 100) -> list[Json]: ...

    def live(self, projection: Projection) -> Any: ...


def staffing_of(shown: Shown, bases: "Bases", unit_id: str, on: date, *, anew: bool) -> Json:
    """The unit's own figures, those of each unit below it, and all together. Customers and their tiers are those of
    today: what a unit kept on a day that is gone, nobody needs. Raises ``NotFound``.
    """
    units = list(_with_below(shown, unit_id))
    ids = [unit["unit_id"] for unit in units]
    roles, kept, rules = _roles(shown, ids, on), bases.of(shown, ids, anew=anew), in_force(on)
    figures = [staffing(rules, unit["kind"], roles[unit["unit_id"]], kept[unit["unit_id"]]) for unit in units]
    own, *below = [_told(unit, one) for unit, one in zip(units, figures, strict=True)]
    more = {"on": on.isoformat(), "rules_version": rules.version, "total": msgspec.to_builtins(total(figures))}
    return {**own, **more, "below": below}


def _told(unit: Json, figures: Staffing) -> Json:
    named: Json = {name: unit[name] for name in ("unit_id", "name", "name_en", "kind")}
    return {**named, **msgspec.to_builtins(figures)}


def _with_below(shown: Shown, unit_id: str) -> Iterator[Json]:
    """The unit, then those below it, level by level."""
    level = shown.documents(UNITS, {"_id": unit_id}, limit=1)
    if not level:
        raise NotFound("not_found", f"There is no unit {unit_id}.")
    while level:
        yield from level
        level = shown.documents(UNITS, {"parent_id": {"$in": [one["unit_id"] for one in level]}}, limit=EVERY)


def _roles(shown: Shown, unit_ids: Sequence[str], on: date) -> dict[str, list[str]]:
    """By unit, the roles of everybody who is in post there on a day."""
    roles: dict[str, list[str]] = {unit_id: [] for unit_id in unit_ids}
    for person in shown.documents(POSTINGS, {"postings.unit_id": {"$in": list(unit_ids)}}, limit=EVERY):
        post = in_post(person, on)
        if post is not None and post.unit_id in roles:
            roles[post.unit_id].append(post.role)
    return roles


class Bases:
    """The customers that units keep, counted anew at most once in ``KEPT_SECONDS``: of hundreds of thousands, counting
    takes a moment even in indexes alone.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, Base]] = {}

    def of(self, shown: Shown, unit_ids: Sequence[str], *, anew: bool) -> dict[str, Base]:
        """``anew`` for whoever is to see what they have just done."""
        now = self._clock()
        known = {one: base for one, (at, base) in self._kept.items() if now - at < KEPT_SECONDS and not anew}
        if missing := [one for one in unit_ids if one not in known]:
            counted = _counted(shown, missing)
            self._kept |= {one: (now, base) for one, base in counted.items()}
            known |= counted
        return {one: known[one] for one in unit_ids}


def _counted(shown: Shown, unit_ids: Sequence[str]) -> dict[str, Base]:
    """The erased, who are few, are taken away again."""
    customers = shown.live(CUSTOMERS)
    all_of = {one: [_count(customers, {"outlet_id": one, **which}) for which in COUNTED] for one in unit_ids}
    erased = customers.find({"outlet_id": {"$in": list(unit_ids)}, "erased_at": {"$gt": ""}})
    for one in erased:
        gone = [all(one.get(name) == value for name, value in which.items()) for which in COUNTED]
        counts = all_of[one["outlet_id"]]
        all_of[one["outlet_id"]] = [count - left for count, left in zip(counts, gone, strict=True)]
    return {unit_id: Base(*counts) for unit_id, counts in all_of.items()}


def _count(collection: Any, query: Mapping[str, Any]) -> int:
    """By the command ``count``, which reads no document where an index has all of the query."""
    return int(collection.database.command("count", collection.name, query=query)["n"])
