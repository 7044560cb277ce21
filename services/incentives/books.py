"""The books: closing a month, pulling statements, reading a period. The rules are elsewhere."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from services.incentives import reference, sealing
from services.incentives.domain.period import PERIOD
from services.incentives.domain.plan import PLAN, ActivatePlan
from services.incentives.domain.statements import KEY, STATEMENTS, SealStatement, StatementsState
from services.incentives.events import Plan
from services.incentives.projections import DEALS, LEDGER, STANDINGS, facts_of, moment
from services.incentives.rules import ActivePlan, in_force, is_of_contest, next_month
from services.incentives.scores import Score, scores
from services.incentives.scoring import Scoring
from services.incentives.sealing import Close, Signer
from services.incentives.shelf import ALL, SERVICE, Json, Stock
from services.incentives.what_if import WhatIf, what_if
from shared.core.errors import NotFound, NotYetVisible, RuleBroken
from shared.core.months import last_day

WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.01


class Books(Stock):
    def chain(self) -> StatementsState:
        """All seals so far, straight from the log."""
        return self._fold(STATEMENTS, KEY)

    def drafted(self, key: str) -> Plan:
        """The content of a version as it stands, whether it was approved or not. Raises ``NotFound``."""
        plan = self._fold(PLAN, key).plan
        if plan is None:
            raise NotFound("not_found", f"There is no plan {key}.")
        return plan

    def activation(self, key: str) -> ActivatePlan:
        """What the activation of a version needs, looked up."""
        plan = self._fold(PLAN, key).plan
        planned = plan is not None and in_force(self.plans(), plan.effective_from) is not None
        return ActivatePlan(self.chain().closed, planned)

    def signed_what_if(self, key: str) -> str | None:
        """The hash of the newest run over history that is recorded of a version."""
        return self._fold(PLAN, key).what_if_hash

    def plan_of(self, period: str) -> ActivePlan | None:
        """The plan in force on the last day of a month."""
        return in_force(self.plans(), last_day(period))

    def leads(self) -> list[str]:
        """The leads that have a deal here."""
        return [stream.removeprefix("deal-") for stream in self._streams("deal")]

    def what_if(self, draft: Plan) -> WhatIf:
        deals = self._shelf.documents(DEALS, {}, limit=ALL)
        return what_if((facts_of(deal) for deal in deals), self.plans(), draft, Scoring(self._shelf).months())

    def close(self, period: str, at: datetime, signer: Signer) -> SealStatement:
        """Everything that the close of a month needs, looked up: the command that decides and seals it."""
        state, plans, scoring = self.chain(), self.plans(), Scoring(self._shelf)
        active = in_force(plans, last_day(period))
        if active is None:
            raise RuleBroken(
                "no_plan_in_force", f"no plan is active on the last day of {period}; activate one", rule="I1"
            )
        completed = self._fold(PERIOD, period).completed
        heads = self._heads(at)
        events = [r.event for part, head in heads.items() for r in self._log.stream(part, 0, head)]
        lines = [line for line in self._pay_lines({}) if line["position"] <= heads[line["partition"]]]
        differences = (*reference.differences(reference.recompute(events), lines), *reference.claims(events))
        if differences and not scoring.have_seen(heads):
            raise NotYetVisible("scores_behind", "Late facts are on their way into the scores; try again in a minute.")
        if self.plans() != plans:
            raise NotYetVisible("plans_behind", "A plan was activated during the close; try again in a minute.")
        return SealStatement(
            seal=sealing.seal(state, Close(period, active, heads, at), lines, signer),
            public_key=signer.public,
            completed=completed,
            earlier=_open_before(period, state, lines),
            differences=differences,
        )

    def statements(self, after: int, limit: int) -> tuple[list[bytes], int]:
        """The statements after a number as the bytes they always are, and the number of the last there is."""
        seals = self.chain().seals
        upto = min(after + limit, len(seals))
        if after >= upto:
            return [], len(seals)
        before, now = sealing.reach(seals[:after]), sealing.reach(seals[:upto])
        lines = self._shelf.documents(LEDGER, sealing.window(before, now, self._log.partitions), limit=ALL)
        found = [sealing.statement(seals, seq, lines) for seq in range(after + 1, upto + 1)]
        if not all(map(sealing.intact, found)):
            raise NotYetVisible("ledger_rebuilding", "The ledger is being rebuilt; pull again in a minute.")
        return [sealing.canonical(statement) for statement in found], len(seals)

    def scores(self, period: str) -> tuple[list[Score], int | None]:
        """Everybody's points in a month, and the statement that closed it: those of a closed month never move.

        Late lines of closed months stand in the month after the last closed one, where the next close will pay them.
        """
        chain = self.chain()
        seq = _closed_by(chain, period)
        if seq is not None:
            return scores(self._sealed(chain, seq), period), seq
        standings = self._shelf.documents(STANDINGS, {"period": period}, limit=ALL)
        return scores([*_as_lines(standings), *self.late(period, chain)], period), None

    def paid(self, period: str, staff_id: str) -> list[Json]:
        """The lines that make up somebody's points in a month, as ``scores`` adds them up."""
        chain = self.chain()
        seq = _closed_by(chain, period)
        if seq is not None:
            lines = self._sealed(chain, seq)
        else:
            found = [*self._pay_lines({"of_period": period, "staff_id": staff_id}), *self.late(period, chain)]
            lines = sorted(found, key=lambda line: (line["partition"], line["position"]))
        return [line for line in lines if line["staff_id"] == staff_id]

    def _sealed(self, chain: StatementsState, seq: int, query: Mapping[str, Any] = {}) -> list[Json]:
        """The lines of a statement, or some of them, as the ledger has them."""
        before, now = sealing.reach(chain.seals[: seq - 1]), sealing.reach(chain.seals[:seq])
        window = sealing.window(before, now, self._log.partitions)
        lines = self._shelf.documents(LEDGER, {**window, **query}, limit=ALL)
        return [dict(line) for line in sealing.reached(lines, before, now)]

    def scores_as(self, period: str, as_of: date | None, as_known_at: datetime | None) -> list[Score]:
        """Everybody's points in a month as they stood: by what had happened by the end of a day, and by what was known
        at a moment. Late lines count in the month that they are about.
        """
        return scores(self._lines_as({"of_period": period}, as_of, as_known_at))

    def contest_scores(self, plan_id: str, as_of: date | None, as_known_at: datetime | None) -> list[Score]:
        """Everybody's points in a contest, over all its months. A plan of the year may have the same name."""
        lines = self._lines_as({"plan_id": plan_id}, as_of, as_known_at)
        return scores(line for line in lines if is_of_contest(line["indicator"]))

    def _lines_as(self, known: Json, as_of: date | None, as_known_at: datetime | None) -> list[Json]:
        known |= {"on": {"$lte": as_of.isoformat()}} if as_of else {}
        known |= {"known_at": {"$lte": moment(as_known_at)}} if as_known_at else {}
        return sorted(self._pay_lines(known), key=lambda line: (line["partition"], line["position"]))

    def late(self, period: str, chain: StatementsState | None = None) -> list[Json]:
        """The lines of months before that came too late for their statement, where ``period`` will pay them, or paid
        them when it was closed.
        """
        state = chain or self.chain()
        seq = _closed_by(state, period)
        if seq is not None:
            return self._sealed(state, seq, {"of_period": {"$lt": period}})
        if state.closed is None or period != next_month(state.closed):
            return []
        reached = sealing.reach(state.seals)
        start = min(reached.known.get(part, 0) for part in range(self._log.partitions))
        found = self._pay_lines({"of_period": {"$lte": state.closed}, "position": {"$gt": start}})
        return [line for line in found if not reached.holds(line)]

    def _heads(self, at: datetime) -> dict[int, int]:
        """The end of the log by partition, once what was accepted by ``at`` is numbered, the scores are made of it, and
        the ledger has seen all.
        """
        self._await(lambda: self._log.numbered(at))
        known = {part: self._log.head(part) for part in range(self._log.partitions)}
        scoring = Scoring(self._shelf)
        self._await(lambda: scoring.have_seen(known))
        heads = {part: self._log.head(part) for part in range(self._log.partitions)}
        self._await(lambda: all(self._shelf.position(LEDGER, SERVICE, part) >= head for part, head in heads.items()))
        return heads

    def _await(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise NotYetVisible(
                    "ledger_behind", "The ledger has not seen the whole log yet; try again in a minute."
                )
            time.sleep(LOOK_SECONDS)


def _closed_by(chain: StatementsState, period: str) -> int | None:
    return next((seal.seq for seal in chain.seals if seal.kind == "period" and seal.period == period), None)


def _open_before(period: str, state: StatementsState, lines: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The months between the last closed one and ``period`` that have lines of their own."""
    return tuple(sorted({line["of_period"] for line in lines if (state.closed or "") < line["of_period"] < period}))


def _as_lines(standings: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Sums by indicator, each as if it were one line, the one that says of which unit somebody is."""
    return [
        {"staff_id": s["staff_id"], "unit_id": s["unit_id"], "indicator": indicator, "points_milli": points}
        | {"of_period": s["period"], "on": s["unit_as_of"][0], "line_id": s["unit_as_of"][1]}
        for s in standings
        for indicator, points in s["points"].items()
    ]
