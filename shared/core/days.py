"""Days as the bank has them, and arithmetic that stays inside the calendar: a bank's file may say 9999-12-31."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
"""Where the bank is."""


def bank_day(moment: datetime) -> date:
    """The day that a moment falls on where the bank is."""
    return moment.astimezone(ZONE).date()


def later(day: date, days: int) -> date:
    """So many days after, or the last day there is."""
    return day + timedelta(days=days) if days <= (date.max - day).days else date.max
