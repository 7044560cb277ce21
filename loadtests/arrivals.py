"""When somebody does something: moments at a steady rate that waits for no answer (an open arrival model)."""

import itertools
import time

import gevent


class Arrivals:
    """``rate`` moments a second, shared by all users of a role: whoever is free takes the next one.

    Where all are busy, moments pass unattended; latency counts from them, so that a slow system cannot make itself
    look fast by being asked less.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._count = itertools.count()
        self._begun: float | None = None

    def take(self) -> float:
        """Wait for the next moment, unless it has passed; the moment, on ``time.perf_counter``'s scale."""
        if self._begun is None:
            self._begun = time.perf_counter()
        moment = self._begun + next(self._count) / self._rate
        gevent.sleep(max(0.0, moment - time.perf_counter()))
        return moment
