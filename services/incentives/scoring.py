"""What the scores of months that are over rest on (rule I5), looked up."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from services.incentives.domain.score import Paid, ReckonScore, is_term
from services.incentives.events import PeriodCompleted, WorkNoted
from services.incentives.projections import LEDGER, STANDINGS, WORK
from services.incentives.rules import ActivePlan, in_force
from services.incentives.scores import scores
from services.incentives.shelf import ALL, SERVICE, Stock
from services.incentives.what_if import Months
from shared.core.months import last_day

RECKON_SCORES = "incentives.reckon_scores"
"""The subscription by which scores follow what they rest on."""


class Scoring(Stock):
    """One look: the plans are read once."""

    @cached_property
    def _plans(self) -> tuple[ActivePlan, ...]:
        return self.plans()

    def any(self) -> bool:
        """Whether any plan scores months at all."""
        return any(known.plan.score for known in self._plans)

    def completed(self) -> frozenset[str]:
        """The months that are over, straight from the log."""
        return frozenset(stream.removeprefix("period-") for stream in self._streams("period", PeriodCompleted))

    def before(self, month: str) -> frozenset[str]:
        """The months before one in which somebody has points, or contacts that count."""
        points = self._shelf.documents(STANDINGS, {"period": {"$lt": month}}, limit=ALL)
        return frozenset(
            (*(one["period"] for one in points), *(one.month for one in self._work({"month": {"$lt": month}})))
        )

    def reckonings(self, period: str, staff_id: str | None) -> list[ReckonScore]:
        """The scores of a month that is over, of one person or of everybody, from all that is in the log by now."""
        active = in_force(self._plans, last_day(period))
        if active is None or not self.any():
            return []
        self._shelf.level(LEDGER)
        self._shelf.level(WORK)
        one = {"staff_id": staff_id} if staff_id else {}
        lines = self._pay_lines({"of_period": period, **one})
        lines.sort(key=lambda line: (line["partition"], line["position"]))
        units = {work.staff_id: work.unit_id for work in self._work({"month": period, **one})}
        paid: dict[str, list[Paid]] = {who: [] for who in units}
        rested_on = [line for line in lines if not is_term(line["indicator"])]
        units |= {score.staff_id: score.unit_id for score in scores(rested_on)}
        for line in rested_on:
            paid.setdefault(line["staff_id"], []).append(Paid(line["indicator"], line["points_milli"], line["event"]))
        return [ReckonScore(who, units[who], period, tuple(paid[who]), active) for who in sorted(paid)]

    def have_seen(self, heads: Mapping[int, int]) -> bool:
        """Whether the scores are made of all up to there; trivially so where no plan knows any."""
        if not self.any():
            return True
        return all(self._shelf.reached(RECKON_SCORES, SERVICE, part) >= head for part, head in heads.items())

    def months(self) -> Months:
        """What a plan's scores rest on besides the deals."""
        return Months(self.completed(), {(one.staff_id, one.month): one for one in self._work({})})

    def worked(self, period: str) -> dict[str, WorkNoted]:
        """By person, what their contacts of a month came to."""
        return {one.staff_id: one for one in self._work({"month": period})}

    def _work(self, query: Mapping[str, Any]) -> list[WorkNoted]:
        return [msgspec.convert(one, WorkNoted) for one in self._shelf.documents(WORK, query, limit=ALL)]
