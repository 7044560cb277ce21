"""Many rows of an extract become one: the last of a month, and counts by day."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise

from infra.mappings.sources import Record, Where, holds
from infra.mappings.transforms import Value

MONTH_END = ["month_end.month", "month_end.last_day"]
DAILY = ["daily.date"]
Key = tuple[str, ...]


def month_end(
    records: Iterable[Record], by: Sequence[str], on: Callable[[Record], Value], until: str | None
) -> Iterator[Record]:
    """The last row of each group and month; of two on one day, the later one in the file. Months without a row have
    that of the month before them, up to ``until``.
    """
    last: dict[Key, dict[str, tuple[str, Record]]] = {}
    for record in records:
        day = on(record) or ""
        months = last.setdefault(_key(record, by), {})
        month = day[:7] if _is_day(day) else day
        if month not in months or months[month][0] <= day:
            months[month] = (day, record)
    for key in sorted(last):
        yield from _carried(last[key], until)


def _carried(months: dict[str, tuple[str, Record]], until: str | None) -> Iterator[Record]:
    known = sorted(months)
    for month, following in pairwise([*known, _next_month(until) if until else ""]):
        record = months[month][1]
        yield record | _at(month)
        if _is_day(f"{month}-01") and _is_day(f"{following}-01"):
            carried = _next_month(month)
            while carried < following:
                yield record | _at(carried)
                carried = _next_month(carried)


def _at(month: str) -> Record:
    """A month that is none stays as it is, so that the feed's own check names it."""
    if not _is_day(f"{month}-01"):
        return {"month_end.month": month, "month_end.last_day": month}
    year, number = int(month[:4]), int(month[5:])
    return {"month_end.month": month, "month_end.last_day": date(year, number, monthrange(year, number)[1]).isoformat()}


def _next_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def daily(
    records: Iterable[Record], by: Sequence[str], on: Callable[[Record], Value], counts: dict[str, Where]
) -> Iterator[Record]:
    """The first row of each group and day, with how many of its rows hold each condition; days with none are left."""
    found: dict[tuple[str, Key], tuple[Record, dict[str, int]]] = {}
    for record in records:
        key = (on(record) or "", _key(record, by))
        _, totals = found.setdefault(key, (record, dict.fromkeys(counts, 0)))
        for name, where in counts.items():
            totals[name] += holds(record, where)
    for (day, _), (record, totals) in sorted(found.items(), key=lambda item: item[0]):
        if any(totals.values()):
            yield record | {"daily.date": day} | {f"daily.{name}": str(total) for name, total in totals.items()}


def _key(record: Record, by: Sequence[str]) -> Key:
    return tuple(record[name] or "" for name in by)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
