"""The tree of a line (rule I7), looked up in the log: its deal, its score, or what people said."""

from collections.abc import Sequence

import msgspec

from services.incentives.domain.deal import DEAL
from services.incentives.domain.score import SCORE
from services.incentives.events import CreditPosted, Plan
from services.incentives.explain import explain, explain_given, explain_term
from services.incentives.projections import LEDGER, PLANS
from services.incentives.rules import ActivePlan, plan_hash
from services.incentives.shelf import SERVICE, Json, Stock
from shared.core.event import Event


class Trees(Stock):
    def explain(self, line_id: str) -> Json:
        """The tree of a line, from the log alone."""
        line = self._shelf.document(LEDGER, line_id)
        stream = line["event"].rpartition("@")[0].removeprefix(f"{SERVICE}/")
        category = stream.partition("-")[0]
        if category == DEAL.category:
            return explain(line_id, self._events(stream), *self._plan_named(line))
        if category == SCORE.category:
            month = self._pay_lines({"staff_id": line["staff_id"], "of_period": line["of_period"]})
            return explain_term(line_id, self._events(stream), month, *self._plan_named(line))
        given = [one for commit in self._log.load(stream) for one in commit.recorded()]
        return explain_given(next(one.event for one in given if isinstance(one.event, CreditPosted)), given)

    def explain_total(self, period: str, staff_id: str, line_ids: Sequence[str]) -> Json:
        """The tree of a person's points in a month: each line that is in them, each down to its events."""
        because = [self.explain(line_id) for line_id in line_ids]
        again = [tree["recomputed_milli"] for tree in because]
        return {
            "staff_id": staff_id,
            "period": period,
            "points_milli": sum(tree["points_milli"] for tree in because),
            "recomputed_milli": None if None in again else sum(again),
            "agrees": all(tree["agrees"] for tree in because),
            "because": because,
        }

    def _events(self, stream: str) -> list[Event]:
        return [event for commit in self._log.load(stream) for event in commit.events]

    def _plan_named(self, line: Json) -> tuple[ActivePlan, str]:
        """The plan that a line names, and the event that made it active."""
        version: Json = self._shelf.document(PLANS, f"{line['plan_id']}.{line['plan_version']}")
        plan = msgspec.convert(version["plan"], Plan)
        return ActivePlan(plan, plan_hash(plan)), version["event"]
