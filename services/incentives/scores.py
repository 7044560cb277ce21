"""Scores and rankings of a period, from lines of the ledger (rules I4, I6)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from services.incentives.events import Plan
from services.incentives.rules import WHOLE_BPS


class Score(msgspec.Struct, frozen=True):
    """One person's points by indicator in a period."""

    staff_id: str
    unit_id: str
    points: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.points.values())


class Completion(msgspec.Struct, frozen=True):
    """Done against the target, in basis points of the target: 1,744 reads 17.44 %."""

    indicator: str
    points_milli: int
    target_milli: int
    completion_bps: int


class Rank(msgspec.Struct, frozen=True):
    rank: int
    staff_id: str
    unit_id: str
    points_milli: int


def scores(lines: Iterable[Mapping[str, Any]]) -> list[Score]:
    """Everybody who has a line, by staff id. ``lines`` carry staff, unit, indicator and points."""
    points: dict[str, Counter[str]] = {}
    units: dict[str, str] = {}
    for line in lines:
        points.setdefault(line["staff_id"], Counter())[line["indicator"]] += line["points_milli"]
        units[line["staff_id"]] = line["unit_id"]
    return [Score(staff, units[staff], dict(points[staff])) for staff in sorted(points)]


def completion_bps(done: int, target: int) -> int:
    """Done ÷ target, to two decimals of a per cent, half to even (rule I4)."""
    whole, rest = divmod(done * WHOLE_BPS, target)
    return whole + (2 * rest > target or (2 * rest == target and whole % 2 == 1))


def per_cent(bps: int) -> str:
    """``1744`` → ``17.44 %``."""
    sign = "-" if bps < 0 else ""
    return f"{sign}{abs(bps) // 100}.{abs(bps) % 100:02} %"


def completions(score: Score, plan: Plan) -> list[Completion]:
    """Each indicator of the plan, the ones without points too."""
    return [
        Completion(i.indicator, done, i.target_milli, completion_bps(done, i.target_milli))
        for i in plan.indicators
        for done in [score.points.get(i.indicator, 0)]
    ]


def ranking(found: Iterable[Score], indicator: str | None = None) -> list[Rank]:
    """Most points first; equals share the rank and the next is skipped, as the plan's tie policy says (rule I6)."""
    by_points = sorted(
        ((score.total if indicator is None else score.points.get(indicator, 0), score) for score in found),
        key=lambda pair: (-pair[0], pair[1].staff_id),
    )
    ranks: list[Rank] = []
    for place, (points, score) in enumerate(by_points, start=1):
        shared = bool(ranks) and ranks[-1].points_milli == points
        ranks.append(Rank(ranks[-1].rank if shared else place, score.staff_id, score.unit_id, points))
    return ranks
