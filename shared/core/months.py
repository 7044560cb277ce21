"""Months as the bank's books name them, ``YYYY-MM``."""

from calendar import monthrange
from datetime import date


def last_day(month: str) -> date:
    """``2026-02`` → 28 February 2026."""
    first = date.fromisoformat(f"{month}-01")
    return first.replace(day=monthrange(first.year, first.month)[1])


def following(month: str) -> str:
    """``2026-12`` → ``2027-01``."""
    return _shifted(month, 1)


def month_over(day: date) -> str:
    """The newest month that is over once a day has closed."""
    month = day.isoformat()[:7]
    return month if day == last_day(month) else _shifted(month, -1)


def _shifted(month: str, months: int) -> str:
    year, number = divmod(12 * int(month[:4]) + int(month[5:]) - 1 + months, 12)
    return f"{year:04}-{number + 1:02}"
