"""The bank's working days (rule L7): public holidays of mainland China, make-up working days included.

Source: the State Council's yearly notices, as ``chinese_calendar`` has them. For years that are not announced yet,
Monday to Friday.
"""

from calendar import monthrange
from datetime import date, timedelta

import chinese_calendar

DAY = timedelta(days=1)


def is_working(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def months_after(day: date, count: int) -> date:
    """The same day some months later, or that month's last."""
    months = day.year * 12 + day.month - 1 + count
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def working_days(month: str) -> int:
    """How many there are in a month (``YYYY-MM``)."""
    first = date.fromisoformat(f"{month}-01")
    return sum(is_working(first + n * DAY) for n in range(monthrange(first.year, first.month)[1]))


def working_day_before(day: date, count: int) -> date:
    """The ``count``-th working day before a day; the day itself for 0."""
    while count:
        day -= DAY
        count -= is_working(day)
    return day


def working_day_after(day: date, count: int) -> date:
    """The ``count``-th working day after a day; the day itself for 0."""
    while count:
        day += DAY
        count -= is_working(day)
    return day
