"""Ends a process whose loops no longer turn, so that its supervisor starts it afresh from the log.

A loop that only waits (for the database, the broker, work) still turns. One that does not is locked up, and nobody
else would notice: its process lives, its port may answer, and its subscription stands still.
"""

import faulthandler
import json
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

STALLED = 76
TICK_SECONDS = 1.0


class Pulse:
    """One loop's sign of life. Only that loop counts it up, so that a beat costs next to nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.turns = 0

    def beat(self) -> None:
        self.turns += 1


class Watchdog:
    """Looks at every pulse once a second, in a thread of the operating system.

    ``threads`` and ``sleep`` are those of the operating system, where eventlet has replaced the usual ones: it must
    run when no green thread does, and touch none of their locks.
    """

    def __init__(
        self,
        process: str,
        limit: float,
        *,
        threads: Any = threading,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.process = process
        self._limit = limit
        self._threads = threads
        self._sleep = sleep
        self._seen: dict[Pulse, tuple[int, float]] = {}
        self._resting = False

    def watch(self, pulse: Pulse) -> None:
        """From now on this loop must turn; may be called from any thread."""
        self._seen[pulse] = (pulse.turns, 0.0)

    def start(self) -> None:
        self._threads.Thread(target=self._run, name="watchdog", daemon=True).start()

    def rest(self) -> None:
        """The process ends on purpose: loops may stop."""
        self._resting = True

    def ages(self) -> dict[str, float]:
        """By loop, the seconds since its last turn, to about a second."""
        return {pulse.name: age for pulse, (_, age) in list(self._seen.items())}

    def stalled(self) -> list[str]:
        """Loops that made no turn for too long."""
        return [] if self._resting else [name for name, age in self.ages().items() if age >= self._limit]

    def look(self, passed: float) -> None:
        """Notice who turned in the last ``passed`` seconds."""
        for pulse, (turns, age) in list(self._seen.items()):
            self._seen[pulse] = (pulse.turns, 0.0 if pulse.turns != turns else age + passed)

    def _run(self) -> None:
        before = time.monotonic()
        while not self._resting:
            self._sleep(TICK_SECONDS)
            now = time.monotonic()
            # A process that was frozen, with us in it, is no locked-up one: what we slept through does not count.
            self.look(min(now - before, 2 * TICK_SECONDS))
            before = now
            if stalled := self.stalled():
                self._end(stalled)

    def _end(self, stalled: list[str]) -> None:
        """Say who stands where, and leave. No logger: what locked up may hold its lock."""
        line = {
            "event": "loops_stalled",
            "loops": sorted(stalled),
            "seconds": self._limit,
            "exit_code": STALLED,
            "process": self.process,
            "level": "critical",
            "timestamp": datetime.now(UTC).isoformat(),
        }
        os.write(2, json.dumps(line).encode() + b"\n")
        faulthandler.dump_traceback(file=2, all_threads=True)
        os._exit(STALLED)
