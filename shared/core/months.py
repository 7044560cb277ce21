"""Months as the bank's books name them, ``YYYY-MM``."""

from datetime import date, timedelta


def last_day(month: str) -> date:
    """``2026-02`` → 28 February 2026."""
    return (date.fromisoformat(f"{month}-01") + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def month_over(day: date) -> str:
    """The newest month that is over once a day has closed."""
    following = day + timedelta(days=1)
    return f"{following.replace(day=1) - timedelta(days=1):%Y-%m}"
