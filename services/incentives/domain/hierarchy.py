"""Who leads whom on a day, and what a manager is credited for a deal of their people (rule I11).

Chosen where the domain is silent: the hierarchy of the day on which the account was opened counts, as the plan of that
day does; a reorganisation afterwards moves nothing. A manager who was not in post is passed over. A manager is credited
once per deal, with the rate of the nearest of their people in it, on the shares of all of them, by whatever ways and
through however many levels they report; never on a share of their own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

import msgspec

from services.incentives.events import ManagerNoted, Share
from services.incentives.rules import WHOLE_BPS

TEAM = ".team"
"""Ends the name of the indicator under which a manager is credited: ``mobile_active.team``."""


class Post(msgspec.Struct, frozen=True):
    """Where somebody stood from ``since`` until the next post, or up to ``until``, included. ``source``: the row."""

    since: date
    until: date | None
    unit_id: str
    manager_id: str | None
    source: str


Posts = Callable[[str], Sequence[Post]]
"""By staff id, their posts in order of time; none of somebody unknown."""


def managers_noted(opening_id: str, people: Iterable[str], on: date, posts: Posts) -> Iterator[ManagerNoted]:
    """Who led each of ``people`` on a day, and who led those, up to the top."""
    seen: set[str] = set()
    waiting = sorted(set(people))
    while waiting:
        staff_id = waiting.pop(0)
        post = _on(posts(staff_id), on)
        if staff_id in seen or post is None:
            continue
        seen.add(staff_id)
        manager_id, through = _in_post(post.manager_id, on, posts)
        yield ManagerNoted(opening_id, staff_id, post.unit_id, manager_id, on, post.source, through)
        waiting += [manager_id] if manager_id else []


def _on(posts: Sequence[Post], on: date) -> Post | None:
    """The post of a day; before the first of all, that one."""
    return next((post for post in reversed(posts) if post.since <= on), posts[0] if posts else None)


def _in_post(manager_id: str | None, on: date, posts: Posts) -> tuple[str | None, tuple[str, ...]]:
    """The first of those above who was in post on a day, and the rows that were looked at."""
    passed: dict[str, str] = {}
    while manager_id is not None and manager_id not in passed:
        post = _on(posts(manager_id), on)
        if post is None:
            return None, tuple(passed.values())
        passed[manager_id] = post.source
        if post.since <= on and (post.until is None or on <= post.until):
            return manager_id, tuple(passed.values())
        manager_id = post.manager_id
    return None, tuple(passed.values())


class Lead(msgspec.Struct, frozen=True):
    """A manager's part in a deal: ``basis_bps`` are the shares of their people, ``level`` is how far above the nearest
    of them they stand, ``through`` those from whom it follows.
    """

    staff_id: str
    unit_id: str
    level: int
    basis_bps: int
    through: frozenset[str]


def leads(shares: Iterable[Share], links: Mapping[str, ManagerNoted]) -> tuple[Lead, ...]:
    """Every manager over somebody in the split, by staff id."""
    found: dict[str, Lead] = {}
    for staff_id, bps in sorted(_by_person(shares).items()):
        path = _path(staff_id, links)
        for level, manager_id in enumerate(path[1:], start=1):
            if manager_id not in links:
                continue
            new = Lead(manager_id, links[manager_id].unit_id, level, bps, frozenset(path[:level]) | {manager_id})
            old = found.get(manager_id)
            found[manager_id] = _both(old, new) if old else new
    return tuple(found[staff_id] for staff_id in sorted(found))


def _by_person(shares: Iterable[Share]) -> dict[str, int]:
    """Somebody who stands in a split twice is one person with the sum of both shares."""
    bps: dict[str, int] = {}
    for share in shares:
        bps[share.staff_id] = bps.get(share.staff_id, 0) + share.bps
    return bps


def _path(staff_id: str, links: Mapping[str, ManagerNoted]) -> list[str]:
    path = [staff_id]
    while (link := links.get(path[-1])) and link.manager_id and link.manager_id not in path:
        path.append(link.manager_id)
    return path


def _both(one: Lead, other: Lead) -> Lead:
    return Lead(
        staff_id=one.staff_id,
        unit_id=one.unit_id,
        level=min(one.level, other.level),
        basis_bps=one.basis_bps + other.basis_bps,
        through=one.through | other.through,
    )


def rolled_up(points_milli: int, basis_bps: int, rate_bps: int) -> int:
    """A rate of the part of some points; half to even."""
    return round(Fraction(points_milli * basis_bps * rate_bps, WHOLE_BPS * WHOLE_BPS))
