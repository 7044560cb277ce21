"""Drives the load: threads that play journeys one after another, the same ones for the same seed."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.chaos.caller import Caller, Ended, Gate, GaveUp, Refused
from infra.chaos.journal import Journal
from infra.chaos.journeys import JOURNEYS, month_after
from shared.runtime.auth import Principal

THREADS = 3
PACE_SECONDS = 1.5
"""Between two commands of one thread. Two cores carry that with three of each server and two of each process; at a full
load a recovery would tell how long the queue before it was.
"""


class Driver:
    """``start`` once, then ``resume`` and ``pause``; while paused no command is under way or unanswered."""

    def __init__(
        self, url: str, secrets: Path, cast: Mapping[str, Principal], journal: Journal, seed: int, pace: float
    ) -> None:
        self.journal = journal
        self.gate = Gate()
        self.month = 0
        self.refusals: list[str] = []
        self.failures: list[str] = []
        self._pace = pace
        self._url, self._secrets, self._cast, self._seed = url, secrets, cast, seed
        self._threads = [threading.Thread(target=self._work, args=(f"t{n}",), daemon=True) for n in range(THREADS)]
        self._busy: set[str] = set()

    def caller(self, name: str, pace: float = 0.0) -> Caller:
        return Caller(
            self._url, self._secrets, self._cast, self.journal, self.gate, seed=self._seed, name=name, pace=pace
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def resume(self) -> None:
        self.gate.open.set()

    def pause(self, patience: float = 160.0) -> None:
        """Returns once every command is answered (or after ``patience`` seconds): some are sent again for a while."""
        self.gate.open.clear()
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self.journal.counts()["unknown"]:
            time.sleep(0.1)
        time.sleep(0.3)

    def stop(self) -> None:
        self.gate.ended.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _work(self, name: str) -> None:
        caller = self.caller(name, self._pace)
        journeys: list[Callable[..., object]] = [one for weight, one in JOURNEYS for _ in range(weight)]
        try:
            while True:
                journey = caller.chance.choice(journeys)
                day = caller.chance.randrange(20)
                try:
                    journey(caller, month_after(self.month).replace(day=1 + day))
                except Refused as refused:
                    self.refusals.append(str(refused))
        except Ended:
            pass
        except GaveUp as gave_up:
            self.failures.append(f"nobody answered: {gave_up}")
        finally:
            caller.close()
