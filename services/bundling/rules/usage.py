"""When a holding counts as active (动户), from nothing but its authenticated uses by day."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Literal

import msgspec

Uses = Mapping[date, int]
Turn = tuple[Literal["active", "dormant"], date]

WINDOWS_KEPT = 3
"""Windows of uses worth keeping: the close of a day may lag so far behind the facts of later days."""


class Threshold(msgspec.Struct, frozen=True):
    """Active: at least ``uses`` authenticated uses in the last ``days`` days, the day of the question included."""

    uses: int
    days: int


def used(uses: Uses, days: int, on: date) -> int:
    """Authenticated uses in the ``days`` days that end with ``on``."""
    before = on - timedelta(days=days)
    return sum(count for day, count in uses.items() if before < day <= on)


def is_active(uses: Uses, threshold: Threshold, on: date) -> bool:
    return used(uses, threshold.days, on) >= threshold.uses


def first_use(uses: Uses, since: date) -> date | None:
    return min((day for day, count in uses.items() if count and day >= since), default=None)


def first_active(uses: Uses, threshold: Threshold, since: date) -> date | None:
    """The first day from ``since`` on that counts as active. Only a day of use can be it, or ``since`` itself."""
    days = sorted({since, *(day for day in uses if day > since)})
    return next((day for day in days if is_active(uses, threshold, day)), None)


def first_quiet(uses: Uses, threshold: Threshold, since: date) -> date:
    """The first day from ``since`` on that no longer counts as active, if nothing more is used.

    Only a day on which a use falls out of the window can be it, or ``since`` itself.
    """
    length = timedelta(days=threshold.days)
    days = sorted({since, *(day + length for day in uses if day + length > since)})
    return next(day for day in days if not is_active(uses, threshold, day))


def turns(uses: Uses, threshold: Threshold, since: date, *, active: bool) -> Iterator[Turn]:
    """How a holding becomes active and dormant by turns, from its standing on ``since`` on, if nothing more is used.

    It ends: a day is either the one or the other, so each turn comes at least a day after the one before.
    """
    while True:
        if not active:
            woke = first_active(uses, threshold, since)
            if woke is None:
                return
            yield "active", woke
            since = woke
        since, active = first_quiet(uses, threshold, since), False
        yield "dormant", since


def remembered(uses: Uses, threshold: Threshold) -> dict[date, int]:
    """The uses that are kept: those of the last few windows, counted back from the newest."""
    kept = {day: count for day, count in uses.items() if count}
    if not kept:
        return kept
    horizon = max(kept) - timedelta(days=WINDOWS_KEPT * threshold.days)
    return {day: count for day, count in kept.items() if day > horizon}
