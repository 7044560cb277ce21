"""Scores and rankings of a period, from lines of the ledger (rules I4, I6)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from services.incentives.events import Plan
from services.incentives.rules import WHOLE_BPS
from shared.core.months import last_day


class Score(msgspec.Struct, frozen=True):
    """One person's points by indicator in a period."""

    staff_id: str
    unit_id: str
    points: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.points.values())


class Completion(msgspec.Struct, frozen=True):
    """Done against the target, in basis points of the target: 1,744 reads 17.44 %. ``behind``: less than the share of
    the period that is over.
    """

    indicator: str
    points_milli: int
    target_milli: int
    completion_bps: int
    behind: bool


class Rank(msgspec.Struct, frozen=True):
    """``staff_id`` is None where units are ranked."""

    rank: int
    staff_id: str | None
    unit_id: str
    points_milli: int


def scores(lines: Iterable[Mapping[str, Any]], period: str | None = None) -> list[Score]:
    """Everybody who has a line, by staff id. ``lines`` carry staff, unit, indicator and points, and their place in time
    (``unit_line``); ``period`` is the month that they are paid with, where it is one.
    """
    points: dict[str, Counter[str]] = {}
    last: dict[str, Mapping[str, Any]] = {}
    for line in lines:
        who = line["staff_id"]
        points.setdefault(who, Counter())[line["indicator"]] += line["points_milli"]
        last[who] = unit_line([last[who], line], period) if who in last else line
    return [Score(staff, last[staff]["unit_id"], dict(points[staff])) for staff in sorted(points)]


def unit_line(lines: Iterable[Mapping[str, Any]], period: str | None = None) -> Mapping[str, Any]:
    """The line that says of which unit somebody is: that of the latest business date, whatever came to be known when.
    What is late of a month before says it only of those who have nothing in ``period``.
    """
    return max(lines, key=lambda line: (line["of_period"] == period, line["on"], line["line_id"]))


def completion_bps(done: int, target: int) -> int:
    """Done ÷ target, to two decimals of a per cent, half to even (rule I4)."""
    whole, rest = divmod(done * WHOLE_BPS, target)
    return whole + (2 * rest > target or (2 * rest == target and whole % 2 == 1))


def elapsed_bps(period: str, on: date) -> int:
    """The share of a month that is over at the end of a day, of 10,000."""
    last = last_day(period)
    if on >= last:
        return WHOLE_BPS
    over = (on - last.replace(day=1)).days + 1
    return max(over, 0) * WHOLE_BPS // last.day


def per_cent(bps: int) -> str:
    """``1744`` → ``17.44 %``."""
    sign = "-" if bps < 0 else ""
    return f"{sign}{abs(bps) // 100}.{abs(bps) % 100:02} %"


def completions(score: Score, plan: Plan, elapsed: int) -> list[Completion]:
    """Each indicator of the plan, the ones without points too; ``elapsed`` is the share of the period that is over."""
    found = []
    for i in plan.indicators:
        done = score.points.get(i.indicator, 0)
        share = completion_bps(done, i.target_milli)
        found.append(Completion(i.indicator, done, i.target_milli, share, share < elapsed))
    return found


def ranking(found: Iterable[Score], indicator: str | None = None) -> list[Rank]:
    """People, most points first (rule I6)."""
    return _ranked((_points(score, indicator), score.staff_id, score.unit_id) for score in found)


def unit_ranking(found: Iterable[Score], above: Mapping[str, str], indicator: str | None = None) -> list[Rank]:
    """Units of one level by the points of their people, those beneath them included. ``above``: by unit, the one of
    that level over it; whoever stands over that level counts nowhere.
    """
    points: Counter[str] = Counter()
    for score in found:
        if score.unit_id in above:
            points[above[score.unit_id]] += _points(score, indicator)
    return _ranked((many, None, unit) for unit, many in points.items())


def _points(score: Score, indicator: str | None) -> int:
    return score.total if indicator is None else score.points.get(indicator, 0)


def _ranked(found: Iterable[tuple[int, str | None, str]]) -> list[Rank]:
    """Equals share the rank and the next is skipped, as the plan's tie policy says; they stand in the order of ids."""
    ranks: list[Rank] = []
    ordered = sorted(found, key=lambda one: (-one[0], one[1] or one[2]))
    for place, (points, staff_id, unit_id) in enumerate(ordered, start=1):
        shared = bool(ranks) and ranks[-1].points_milli == points
        ranks.append(Rank(ranks[-1].rank if shared else place, staff_id, unit_id, points))
    return ranks
