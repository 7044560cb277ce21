"""The budgets: what each row measures, beside what, and what is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """``at_least`` or ``at_most`` bounds the ratio of ours to ``against``; without one, ours itself in its unit."""

    path: str
    against: str = ""
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def text(self, unit: str) -> str:
        """As a table shows it: ``≥ 0.8 ×``, ``≤ 50 ms``."""
        sign, limit = ("≥", self.at_least) if self.at_least is not None else ("≤", self.at_most)
        return f"{sign} {limit:,g} {'×' if self.against else unit}"


BUDGETS: Mapping[str, Budget] = {
    "append": Budget(
        "append a commit, majority and journal",
        "the same documents by bare pymongo insert_one, same concern and indexes",
        at_least=0.8,
    ),
    "relay": Budget(
        "relay: number, publish, confirm",
        "bare pika, a window of 1,000 confirms, the same bodies into the same queue",
        at_least=0.6,
    ),
    "projector": Budget(
        "projector: from its queue, in batches",
        "bare pymongo transactions of the same bulk writes, ready made",
        at_least=0.5,
    ),
    "projector_vs_nameko": Budget(
        "projector: from its queue, in batches",
        "a stock nameko @event_handler, one update an event",
        at_least=10,
    ),
    "http_vs_rpc": Budget(
        "HTTP command: validated, authorised, decided, stored",
        "stock nameko: HTTP → RPC → insert",
        at_least=4,
    ),
    "latency_growth": Budget(
        "command latency at 1,000,000 commits",
        "at 10,000 commits",
        at_most=1.2,
    ),
    "visible_p50_ms": Budget("command → read back from the team's projection, p50 at half the peak", at_most=50),
    "visible_p99_ms": Budget("command → read back from the team's projection, p99 at half the peak", at_most=250),
    "rebuild": Budget("rebuild of the largest projection from 1,000,000 commits, one process", at_least=20_000),
    "import": Budget("import: a feed file checked, compared, recorded; of one core", at_least=15_000),
    "rule_evaluation": Budget("the bundle rules for a customer, with reasons; of one core", at_least=5_000),
    "tier_run": Budget(
        "month-end: an account read, its tier and fee decided and recorded; of one core", at_least=20_000
    ),
    "alert_stream": Budget("the alert patterns on a stream of transfers; of one core", at_least=50_000),
    "what_if": Budget("a draft plan over the history: ledger lines; of one core", at_least=8_400),
    "period_close": Budget("a month's close, second opinion and seal: ledger lines; of one core", at_least=5_000),
    "spawn": Budget("a win at a company: a lead for each linked person, in the background", at_least=25),
    "spawn_beside_p99_ms": Budget("command → read back, p99, while a win spawns", at_most=1_000),
    "desk_page_p95_ms": Budget("the slowest page of the desk, p95, on the demo bank", at_most=150),
    "desk_million_p95_ms": Budget("the slowest page of the desk, p95, among 1,000,000 customers", at_most=300),
    "desk_page_kb": Budget("the heaviest page of the desk, with all that it needs", at_most=300),
}
