"""When a holding counts as active (动户), from nothing but its authenticated uses by day."""

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

Uses = Mapping[date, int]


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


def remembered(uses: Uses, threshold: Threshold) -> dict[date, int]:
    """The uses worth keeping: two windows back from the newest, so that a day closed late still finds its facts."""
    kept = {day: count for day, count in uses.items() if count}
    horizon = max(kept, default=date.min.replace(year=1970)) - timedelta(days=2 * threshold.days)
    return {day: count for day, count in kept.items() if day > horizon}
