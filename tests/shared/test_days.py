"""Days and months stay inside the calendar, whatever a bank's file says."""

from datetime import UTC, date, datetime

import pytest

from shared.core.days import bank_day, later
from shared.core.months import following, last_day, month_over


def test_the_banks_day_begins_eight_hours_before_that_of_greenwich():
    assert bank_day(datetime(2026, 10, 31, 15, 59, tzinfo=UTC)) == date(2026, 10, 31)
    assert bank_day(datetime(2026, 10, 31, 16, 0, tzinfo=UTC)) == date(2026, 11, 1)


def test_no_day_is_later_than_the_last():
    assert later(date(2026, 12, 31), 1) == date(2027, 1, 1)
    assert later(date(9999, 12, 30), 1) == later(date.max, 180) == date.max


@pytest.mark.parametrize(
    ("month", "last", "next_one"),
    [("2026-12", 31, "2027-01"), ("2028-02", 29, "2028-03"), ("2026-02", 28, "2026-03"), ("9999-12", 31, "10000-01")],
)
def test_months(month, last, next_one):
    assert (last_day(month).day, following(month)) == (last, next_one)
    assert month_over(last_day(month)) == month
    assert following(month_over(last_day(month).replace(day=1))) == month
