"""What a plan says, as pure functions: its hash, which one is in force, and how points are shared (rules I1, I3)."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec
import rfc8785

from services.incentives.events import Indicator, Plan, Share
from shared.core.errors import NotFound
from shared.core.months import following

WHOLE_BPS = 10_000


class ActivePlan(msgspec.Struct, frozen=True):
    """An active plan and the hash that its approval bound: what a command is told of the plans."""

    plan: Plan
    plan_hash: str


class Part(msgspec.Struct, frozen=True):
    """One person's part of an amount."""

    staff_id: str
    unit_id: str
    bps: int
    points_milli: int


def plan_hash(plan: Plan) -> str:
    """SHA-256, in hex, of the plan's RFC 8785 canonical JSON: what an approval binds (rule I1)."""
    return content_hash(plan)


def content_hash(content: object) -> str:
    """SHA-256, in hex, of the RFC 8785 canonical JSON of something: what a signature or an approval binds."""
    canonical: bytes = rfc8785.dumps(msgspec.to_builtins(content))
    return hashlib.sha256(canonical).hexdigest()


def in_force(plans: Iterable[ActivePlan], on: date) -> ActivePlan | None:
    """The plan of the year on a date: the latest that took effect by then, of equals the higher version (rule I1)."""
    return _newest(active for active in plans if active.plan.until is None and active.plan.effective_from <= on)


def running(plans: Iterable[ActivePlan], on: date) -> tuple[ActivePlan, ...]:
    """All that pays for what is opened on a date: the plan in force, and beside it each contest of that day."""
    known = tuple(plans)
    contests: dict[str, list[ActivePlan]] = {}
    for active in known:
        if active.plan.until is not None and active.plan.effective_from <= on <= active.plan.until:
            contests.setdefault(active.plan.plan_id, []).append(active)
    found = (in_force(known, on), *(_newest(contests[plan_id]) for plan_id in sorted(contests)))
    return tuple(active for active in found if active is not None)


def _newest(plans: Iterable[ActivePlan]) -> ActivePlan | None:
    return max(plans, key=lambda a: (a.plan.effective_from, a.plan.version, a.plan.plan_id), default=None)


def credited_as(plan: Plan, indicator: str) -> str:
    """What a line is called by: a contest's with its name before it, so that it counts for no target of the year."""
    return indicator if plan.until is None else f"{plan.plan_id}:{indicator}"


def is_of_contest(line: str) -> bool:
    """Whether a line that is called so is of a contest."""
    return ":" in line


def indicators_for(plan: Plan, product: str) -> tuple[Indicator, ...]:
    return tuple(indicator for indicator in plan.indicators if indicator.product == product)


def shared_out(points_milli: int, shares: Iterable[Share]) -> tuple[Part, ...]:
    """Parts that sum exactly to the whole: largest remainder, ties to the lower staff id (rule I3).

    Somebody who stands on both sides of a lead is one person with the sum of both shares.
    """
    people: dict[str, tuple[str, int]] = {}
    for share in shares:
        unit_id, bps = people.get(share.staff_id, (share.unit_id, 0))
        people[share.staff_id] = (unit_id, bps + share.bps)
    floors = {staff: divmod(points_milli * bps, WHOLE_BPS) for staff, (_, bps) in people.items()}
    left = points_milli - sum(floor for floor, _ in floors.values())
    first = sorted(floors, key=lambda staff: (-floors[staff][1], staff))[:left]
    return tuple(
        Part(staff, people[staff][0], people[staff][1], floors[staff][0] + (staff in first)) for staff in sorted(people)
    )


def period_of(day: date) -> str:
    """``2026-10-31`` → ``2026-10``."""
    return day.isoformat()[:7]


def month_of(text: str) -> str:
    """A month as it was given. Raises ``NotFound`` where it is none."""
    try:
        date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound("not_found", f"{text} is no month; one reads like 2026-10.") from None
    return text


def next_month(period: str) -> str:
    """``2026-12`` → ``2027-01``."""
    return following(period)


def periods(first: str, last: str) -> Iterator[str]:
    """The months from one to another, both included."""
    while first <= last:
        yield first
        first = following(first)


def lead_of(opening_id: str) -> str | None:
    """The lead behind ``<lead id>.<product>.<attempt>``, or None where the reference is not one of ours."""
    parts = opening_id.rsplit(".", 2)
    return parts[0] if len(parts) == 3 and all(parts) and parts[2].isdigit() else None
