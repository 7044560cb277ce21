"""How a row is measured and kept: several ways in turn, medians and spread."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from infra.bench.budgets import BUDGETS, Budget

PATIENCE_SECONDS = 180.0
ROUNDS = 7
Seen = Callable[[int, int], None]
"""Told ``(done, of)`` as a row goes on."""


@dataclass(frozen=True)
class Row:
    """``ours`` and ``base`` are medians in ``unit``; ``spread`` is the interquartile range of ours over its median.

    A row without a bare counterpart has ``base`` and ``ratio`` None, and its budget is in its own unit.
    """

    name: str
    ours: float
    base: float | None
    unit: str
    spread: float
    note: str = ""
    """What of many things it was, such as the slowest page."""

    @property
    def budget(self) -> Budget:
        return BUDGETS[self.name]

    @property
    def ratio(self) -> float | None:
        return None if self.base is None else self.ours / self.base

    @property
    def met(self) -> bool:
        return self.budget.holds(self.ratio if self.budget.against and self.ratio is not None else self.ours)


def compared(name: str, unit: str, ours: Sequence[float], base: Sequence[float]) -> Row:
    return Row(name, statistics.median(ours), statistics.median(base), unit, spread(ours))


def per_second(done: int, work: Callable[[], object]) -> float:
    """How many of ``done`` things a second ``work`` does."""
    begun = time.perf_counter()
    work()
    return done / (time.perf_counter() - begun)


def per_core_second(done: int, work: Callable[[], object]) -> float:
    """How many of ``done`` things ``work`` does in a second of this process's own computing, whatever it waits for."""
    begun = time.process_time()
    work()
    return done / (time.process_time() - begun)


def wait_until(holds: Callable[[], bool], what: str, every: float = 0.005) -> None:
    """Look again until it holds. Raises ``TimeoutError`` where the other side has died, or is not worth waiting for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE_SECONDS:.0f} s in vain: {what}")
        time.sleep(every)


def in_turn(seen: Seen, *ways: Callable[[], float], rounds: int = ROUNDS) -> list[list[float]]:
    """What each way measures, taken in turn so that a noisy moment hits all; the first round only warms up."""
    measured: list[list[float]] = [[] for _ in ways]
    for number in range(rounds + 1):
        for values, way in zip(measured, ways, strict=True):
            values.append(way())
        seen(number + 1, rounds + 1)
    return [values[1:] for values in measured]


def spread(values: Sequence[float]) -> float:
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / statistics.median(values)


def machine() -> str:
    """What the figures were measured on."""
    memory = psutil.virtual_memory().total / 2**30
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {system}, Python {platform.python_version()}"
