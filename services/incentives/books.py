"""The books: closing a month, pulling statements, reading a period, explaining a line. Reads the service's own log and
documents through ``Shelf``; the rules are elsewhere.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

import msgspec

from services.incentives import reference, sealing
from services.incentives.domain.deal import DEAL
from services.incentives.domain.period import PERIOD
from services.incentives.domain.plan import PLAN
from services.incentives.domain.score import SCORE, Paid, ReckonScore, is_term
from services.incentives.domain.statements import KEY, STATEMENTS, SealStatement, StatementsState
from services.incentives.events import CreditPosted, Plan, WorkNoted
from services.incentives.explain import explain, explain_given, explain_term
from services.incentives.projections import DEALS, LEDGER, PLANS, STANDINGS, WORK, facts_of, moment
from services.incentives.rules import ActivePlan, in_force, next_month, plan_hash
from services.incentives.scores import Score, scores
from services.incentives.sealing import Close, Signer
from services.incentives.what_if import Months, WhatIf, what_if
from shared.core.decider import Decider
from shared.core.errors import NotFound, NotYetVisible, RuleBroken
from shared.core.months import last_day
from shared.core.projection import Projection
from shared.core.store import CommitStore

SERVICE = "incentives"
RECKON_SCORES = "incentives.reckon_scores"
"""The subscription by which scores follow what they rest on."""
WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.01
ALL = 0
S = TypeVar("S")
Json = dict[str, Any]


class Log(CommitStore, Protocol):
    """A commit store that can name its streams, and say whether all up to a moment has its place."""

    commits: Any

    def numbered(self, upto: datetime) -> bool: ...


class Shelf(Protocol):
    """What of the running service the books need."""

    @property
    def store(self) -> Log: ...

    def document(self, projection: Projection, key: str) -> Json: ...

    def documents(self, projection: Projection, query: Mapping[str, Any], *, limit: int) -> list[Json]: ...

    def position(self, projection: Projection, source: str, partition: int) -> int: ...

    def reached(self, subscription: str, source: str, partition: int) -> int: ...

    def level(self, projection: Projection) -> None: ...


class Books:
    """One reader of the log and the ledger."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._log = shelf.store

    def chain(self) -> StatementsState:
        """All seals so far, straight from the log."""
        return self._fold(STATEMENTS, KEY)

    def plans(self) -> tuple[ActivePlan, ...]:
        """Every active plan, straight from the log: a command must not miss the newest."""
        states = [self._fold(PLAN, stream.removeprefix("plan-")) for stream in self._streams("plan")]
        return tuple(ActivePlan(s.plan, s.plan_hash) for s in states if s.status == "active" and s.plan is not None)

    def drafted(self, key: str) -> Plan:
        """The content of a version as it stands, whether it was approved or not. Raises ``NotFound``."""
        plan = self._fold(PLAN, key).plan
        if plan is None:
            raise NotFound("not_found", f"There is no plan {key}.")
        return plan

    def signed_what_if(self, key: str) -> str | None:
        """The hash of the newest run over history that is recorded of a version."""
        return self._fold(PLAN, key).what_if_hash

    def plan_of(self, period: str) -> ActivePlan | None:
        """The plan in force on the last day of a month."""
        return in_force(self.plans(), last_day(period))

    def completed(self) -> frozenset[str]:
        """The months that are over."""
        months = [stream.removeprefix("period-") for stream in self._streams("period")]
        return frozenset(month for month in months if self._fold(PERIOD, month).completed)

    def reckonings(self, period: str, staff_id: str | None) -> list[ReckonScore]:
        """The scores of a month that is over, of one person or of everybody, from all that is in the log by now."""
        plans = self.plans()
        active = in_force(plans, last_day(period))
        if active is None or not any(known.plan.score for known in plans):
            return []
        self._shelf.level(LEDGER)
        self._shelf.level(WORK)
        one = {"staff_id": staff_id} if staff_id else {}
        lines = self._pay_lines({"of_period": period, **one})
        lines.sort(key=lambda line: (line["partition"], line["position"]))
        units = {work.staff_id: work.unit_id for work in self._work({"month": period, **one})}
        paid: dict[str, list[Paid]] = {who: [] for who in units}
        for line in (line for line in lines if not is_term(line["indicator"])):
            units[line["staff_id"]] = line["unit_id"]
            paid.setdefault(line["staff_id"], []).append(Paid(line["indicator"], line["points_milli"], line["event"]))
        return [ReckonScore(who, units[who], period, tuple(paid[who]), active) for who in sorted(paid)]

    def months(self) -> Months:
        """What a plan's scores rest on besides the deals."""
        return Months(self.completed(), {(one.staff_id, one.month): one for one in self._work({})})

    def worked(self, period: str) -> dict[str, WorkNoted]:
        """By person, what their contacts of a month came to."""
        return {one.staff_id: one for one in self._work({"month": period})}

    def leads(self) -> list[str]:
        """The leads that have a deal here."""
        return [stream.removeprefix("deal-") for stream in self._streams("deal")]

    def what_if(self, draft: Plan) -> WhatIf:
        deals = self._shelf.documents(DEALS, {}, limit=ALL)
        return what_if((facts_of(deal) for deal in deals), self.plans(), draft, self.months())

    def close(self, period: str, at: datetime, signer: Signer) -> SealStatement:
        """Everything that the close of a month needs, looked up: the command that decides and seals it."""
        state = self.chain()
        active = self.plan_of(period)
        if active is None:
            raise RuleBroken(
                "no_plan_in_force", f"no plan is active on the last day of {period}; activate one", rule="I1"
            )
        completed = self._fold(PERIOD, period).completed
        heads = self._heads(at)
        events = [r.event for part, head in heads.items() for r in self._log.stream(part, 0, head)]
        lines = [line for line in self._pay_lines({}) if line["position"] <= heads[line["partition"]]]
        differences = (*reference.differences(reference.recompute(events), lines), *reference.claims(events))
        if differences and not self._scored(heads):
            raise NotYetVisible("scores_behind", "Late facts are on their way into the scores; try again in a minute.")
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

    def explain(self, line_id: str) -> Json:
        """The tree of a line, from the log alone."""
        line = self._shelf.document(LEDGER, line_id)
        stream = line["event"].rpartition("@")[0].removeprefix(f"{SERVICE}/")
        if stream.startswith(f"{SCORE.category}-"):
            return self._explain_term(line, stream)
        if not stream.startswith(f"{DEAL.category}-"):
            given = [one for commit in self._log.load(stream) for one in commit.recorded()]
            return explain_given(next(one.event for one in given if isinstance(one.event, CreditPosted)), given)
        active, plan_event = self._plan_named(line)
        events = [event for commit in self._log.load(f"deal-{line['lead_id']}") for event in commit.events]
        return explain(line_id, events, active, plan_event)

    def _explain_term(self, line: Json, stream: str) -> Json:
        active, plan_event = self._plan_named(line)
        events = [event for commit in self._log.load(stream) for event in commit.events]
        month = self._pay_lines({"staff_id": line["staff_id"], "of_period": line["of_period"]})
        return explain_term(line["line_id"], events, month, active, plan_event)

    def _plan_named(self, line: Json) -> tuple[ActivePlan, str]:
        """The plan that a line names, and the event that made it active."""
        version: Json = self._shelf.document(PLANS, f"{line['plan_id']}.{line['plan_version']}")
        plan = msgspec.convert(version["plan"], Plan)
        return ActivePlan(plan, plan_hash(plan)), version["event"]

    def scores(self, period: str) -> tuple[list[Score], int | None]:
        """Everybody's points in a month, and the statement that closed it: those of a closed month never move.

        Late lines of closed months stand in the month after the last closed one, where the next close will pay them.
        """
        chain = self.chain()
        seq = next((s.seq for s in chain.seals if s.kind == "period" and s.period == period), None)
        if seq is not None:
            before, now = sealing.reach(chain.seals[: seq - 1]), sealing.reach(chain.seals[:seq])
            lines = self._shelf.documents(LEDGER, sealing.window(before, now, self._log.partitions), limit=ALL)
            return scores(sealing.lines_between(lines, before, now)), seq
        standings = self._shelf.documents(STANDINGS, {"period": period}, limit=ALL)
        return scores([*_as_lines(standings), *self.late(period, chain)]), None

    def scores_as(self, period: str, as_of: date | None, as_known_at: datetime | None) -> list[Score]:
        """Everybody's points in a month as they stood: by what had happened by the end of a day, and by what was known
        at a moment. Late lines count in the month that they are about.
        """
        return self._scores_as({"of_period": period}, as_of, as_known_at)

    def contest_scores(self, plan_id: str, as_of: date | None, as_known_at: datetime | None) -> list[Score]:
        """Everybody's points in a contest, over all its months."""
        return self._scores_as({"plan_id": plan_id}, as_of, as_known_at)

    def _scores_as(self, known: Json, as_of: date | None, as_known_at: datetime | None) -> list[Score]:
        known |= {"on": {"$lte": as_of.isoformat()}} if as_of else {}
        known |= {"known_at": {"$lte": moment(as_known_at)}} if as_known_at else {}
        lines = self._pay_lines(known)
        return scores(sorted(lines, key=lambda line: (line["partition"], line["position"])))

    def late(self, period: str, chain: StatementsState | None = None) -> list[Json]:
        """The lines of closed months that came too late for their statement, where ``period`` will pay them."""
        state = chain or self.chain()
        if state.closed is None or period != next_month(state.closed):
            return []
        reached = sealing.reach(state.seals)
        start = min(reached.known.get(part, 0) for part in range(self._log.partitions))
        found = self._pay_lines({"of_period": {"$lte": state.closed}, "position": {"$gt": start}})
        return [line for line in found if not reached.holds(line)]

    def _work(self, query: Mapping[str, Any]) -> list[WorkNoted]:
        return [msgspec.convert(one, WorkNoted) for one in self._shelf.documents(WORK, query, limit=ALL)]

    def _pay_lines(self, query: Mapping[str, Any]) -> list[Json]:
        return self._shelf.documents(LEDGER, {"points_milli": {"$ne": 0}, **query}, limit=ALL)

    def _fold(self, decider: Decider[S, Any], key: str) -> S:
        commits = self._log.load(decider.stream(key))
        return decider.fold(event for commit in commits for event in commit.events)

    def _streams(self, category: str) -> list[str]:
        bounds = {"$gte": f"{category}-", "$lt": f"{category}."}  # "." follows "-"
        return sorted(self._log.commits.distinct("stream", {"stream": bounds}))

    def _heads(self, at: datetime) -> dict[int, int]:
        """The end of the log by partition, once what was accepted by ``at`` is numbered, the scores are made of it, and
        the ledger has seen all.
        """
        self._await(lambda: self._log.numbered(at))
        known = {part: self._log.head(part) for part in range(self._log.partitions)}
        self._await(lambda: self._scored(known))
        heads = {part: self._log.head(part) for part in range(self._log.partitions)}
        self._await(lambda: all(self._shelf.position(LEDGER, SERVICE, part) >= head for part, head in heads.items()))
        return heads

    def _scored(self, heads: Mapping[int, int]) -> bool:
        """Whether the scores of months that are over (rule I5) are made of all up to there; trivially so where no plan
        knows any.
        """
        if not any(known.plan.score for known in self.plans()):
            return True
        return all(self._shelf.reached(RECKON_SCORES, SERVICE, part) >= head for part, head in heads.items())

    def _await(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise NotYetVisible(
                    "ledger_behind", "The ledger has not seen the whole log yet; try again in a minute."
                )
            time.sleep(LOOK_SECONDS)


def _open_before(period: str, state: StatementsState, lines: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The months between the last closed one and ``period`` that have lines of their own."""
    return tuple(sorted({line["of_period"] for line in lines if (state.closed or "") < line["of_period"] < period}))


def _as_lines(standings: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Sums by indicator, each as if it were one line."""
    return [
        {"staff_id": s["staff_id"], "unit_id": s["unit_id"], "indicator": indicator, "points_milli": points}
        for s in standings
        for indicator, points in s["points"].items()
    ]
