"""What a log of 1,000,000 commits costs: the latency of a command, and the rebuild of the largest projection."""

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from ulid import ULID

from infra.bench.ground import Ground
from infra.bench.history import COMMITS_A_STORY, DAY, TOGETHER, codec, fill, lead_id, open_lead
from infra.bench.measure import Row, compared, in_turn
from infra.bench.rows.rebuild import rebuild
from services.leads.domain.commands import LeadCommand, WinLead
from services.leads.domain.lead import LEAD
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime.execute import Executor
from shared.runtime.mongo_store import MongoStore

MANY, FEW = 1_000_000, 10_000
COMMANDS = 200  # a round, of each size of log


def million(ground: Ground) -> list[Row]:
    with _filled(ground, "bench_few", FEW) as few, _filled(ground, "bench_many", MANY) as many:
        return [_growth(ground, few, many), rebuild(ground, many)]


@contextmanager
def _filled(ground: Ground, name: str, commits: int) -> Iterator[MongoStore]:
    with ground.database(name) as database:
        store, done = MongoStore(database, codec()), 0
        store.prepare()

        def seen(kept: int) -> None:
            nonlocal done
            done += kept
            ground.seen(done, commits)

        fill(store, commits, seen, numbered=True)
        yield store


def _growth(ground: Ground, few: MongoStore, many: MongoStore) -> Row:
    """Half of the commands open a lead, half win one from anywhere in the log: load, fold, decide, append."""
    ours, base = in_turn(ground.seen, Commands(many, MANY).latency, Commands(few, FEW).latency)
    return compared("latency_growth", "ms", ours, base)


class Commands:
    """Commands on a log of ``commits`` commits."""

    def __init__(self, store: MongoStore, commits: int) -> None:
        self._executor = Executor(store, lambda: datetime.now(UTC))
        leads = commits // (COMMITS_A_STORY * TOGETHER) * TOGETHER
        self._leads = iter(random.Random(1).sample(range(leads), min(leads, 1_000)))  # noqa: S311 -- the same each run

    def latency(self) -> float:
        """The median of some commands, in milliseconds."""
        waits = []
        for number in range(COMMANDS):
            key, wish = self._open() if number % 2 else self._win()
            meta = Meta(f"request-{str(ULID()).lower()}", "S0001", "corporate", "O01", str(ULID()))
            begun = time.perf_counter()
            self._executor.execute(Intent(LEAD, key, wish), meta)
            waits.append((time.perf_counter() - begun) * 1000)
        return statistics.median(waits)

    def _open(self) -> tuple[str, LeadCommand]:
        made = str(ULID()).lower()
        return made, open_lead(made)

    def _win(self) -> tuple[str, LeadCommand]:
        return lead_id(next(self._leads)), WinLead("S0001", ("payroll",), None, DAY)
