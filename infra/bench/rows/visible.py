"""How soon what a command did is read in the team's projection, while commands come at half the rate of the peak."""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

from infra.bench.ground import Ground
from infra.bench.measure import Row, spread
from infra.bench.rows.http import Client, bearer, together
from services.catalogue import EVENTS, UPCASTS
from services.desk.projections import CORPORATE_DESK
from shared.runtime.app import Reader
from shared.runtime.wiring import Logs

PEAK_CLIENTS, PEAK_SECONDS = 8, 6.0
OPEN_CLIENTS, OPEN_SECONDS, WARM_SECONDS = 32, 20.0, 3.0


@dataclass(frozen=True)
class After:
    """The reader of one's own write."""

    after: str | None


def visible(ground: Ground) -> list[Row]:
    """The whole system runs. A command goes in at the front door, and its lead is read from the corporate desk's
    projection as the desk reads it; the wait counts from the moment at which the command was due.
    """
    team = Team(ground)
    peak = team.peak()
    ground.seen(1, 2)
    waits = team.waits(peak / 2)
    ground.seen(2, 2)
    cuts = statistics.quantiles(waits, n=100)
    return [
        Row("visible_p50_ms", cuts[49], None, "ms", spread(waits)),
        Row("visible_p99_ms", cuts[98], None, "ms", spread(waits)),
    ]


class Team:
    """Corporate managers who open leads and look at their desk."""

    def __init__(self, ground: Ground) -> None:
        if ground.stack is None:
            raise RuntimeError("the whole stack must run")
        self._port = urlsplit(ground.stack.context.public_url).port or 80
        self._headers = bearer(ground)
        self._desk = Reader("desk", ground.client, Logs(ground.client, EVENTS, UPCASTS, partitions=1))

    def peak(self) -> float:
        """Commands a second, seen and all, when each client sends the next as soon as it has seen the last."""
        ends = time.monotonic() + PEAK_SECONDS
        done: list[int] = []

        def play() -> None:
            client, mine = Client(self._port, self._headers), 0
            while time.monotonic() < ends:
                self._open_and_see(client)
                mine += 1
            client.close()
            done.append(mine)

        together(PEAK_CLIENTS, play)
        return sum(done) / PEAK_SECONDS

    def waits(
        self,
        rate: float,
        goes_on: Callable[[float], bool] = lambda seconds: seconds <= OPEN_SECONDS,
        warm: float = WARM_SECONDS,
    ) -> list[float]:
        """Milliseconds from when each command was due, at ``rate`` a second, until its lead was read; ``goes_on`` is
        asked before each, with the seconds that have gone; those of the first ``warm`` seconds do not count.
        """
        begun = time.monotonic() + 0.1
        numbers, lock = count(), threading.Lock()
        waits: list[float] = []

        def play() -> None:
            client = Client(self._port, self._headers)
            while True:
                with lock:
                    due = begun + next(numbers) / rate
                if not goes_on(due - begun):
                    break
                time.sleep(max(0.0, due - time.monotonic()))
                self._open_and_see(client)
                if due > begun + warm:
                    waits.append((time.monotonic() - due) * 1000)
            client.close()

        together(OPEN_CLIENTS, play)
        return waits

    def _open_and_see(self, client: Client) -> None:
        made = client.open_lead()
        self._desk.document(CORPORATE_DESK, made["id"], After(made["position"]))
