"""How everything stands, asked of the servers themselves; and how it stood in the last hour, kept in memory."""

import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pymongo
from pymongo.errors import PyMongoError

from infra.connected import Connected
from infra.stack.measured import Measured, measure
from infra.standing import Broker, Standing, look
from shared.runtime.wiring import now

EVERY_SECONDS, SAMPLES = 5, 720
"""A sample each so often, of the last hour."""
FRESH_SECONDS = 1.0
ASK_SECONDS = 4.0


@dataclass(frozen=True)
class View:
    """``standing`` is None where the database does not answer; ``silent`` names the servers that do not."""

    at: datetime
    processes: list[Measured]
    standing: Standing | None
    silent: list[str]


@dataclass(frozen=True)
class Sample:
    """``lag`` is in events, by owner. ``appended`` and ``published`` are positions, over all logs: they only grow.
    ``unpublished`` counts what has no position yet, too. ``resident`` is in bytes, of all processes of the stack.
    """

    at: datetime
    lag: Mapping[str, int]
    appended: int
    published: int
    unpublished: int
    queued: int
    parked: int
    resident: int


class Watch:
    """One at a time asks; who comes within a second gets the same answer."""

    def __init__(self, here: Connected, run_dir: Path | None) -> None:
        self._here = here
        self._run_dir = run_dir
        self._broker = Broker(here.settings.amqp_uri)
        self._lock = threading.Lock()
        self._last: View | None = None
        self._looked = 0.0
        self.samples: deque[Sample] = deque(maxlen=SAMPLES)

    def close(self) -> None:
        self._broker.close()

    def view(self) -> View:
        with self._lock:
            if self._last is None or time.monotonic() - self._looked > FRESH_SECONDS:
                self._last = self._look()
                self._looked = time.monotonic()
            return self._last

    def keep_sample(self) -> None:
        """Of this moment; none while the database does not answer."""
        view = self.view()
        if view.standing is not None:
            self.samples.append(sample(view.at, view.processes, view.standing))

    def _look(self) -> View:
        processes = list(measure(self._run_dir)) if self._run_dir else []
        try:
            with pymongo.timeout(ASK_SECONDS):
                standing = look(self._here, self._broker)
        except PyMongoError:
            return View(now(), processes, None, ["database"])
        return View(now(), processes, standing, ["broker"] if standing.notes else [])


def sample(at: datetime, processes: list[Measured], standing: Standing) -> Sample:
    lag: Counter[str] = Counter()
    for one in standing.subscriptions:
        lag[one.owner] += one.lag
    appended, published = (sum(getattr(one, name) for one in standing.relays) for name in ("head", "published"))
    return Sample(
        at=at,
        lag=dict(sorted(lag.items())),
        appended=appended,
        published=published,
        unpublished=appended - published + unnumbered(standing),
        queued=sum(one.messages or 0 for one in standing.queues),
        parked=standing.parked,
        resident=sum(one.resident for one in processes),
    )


def unnumbered(standing: Standing) -> int:
    """Each service's once, however many partitions its log has."""
    return sum({one.service: one.unnumbered for one in standing.relays}.values())
