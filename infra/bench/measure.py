"""How a row is measured and kept: two ways in turn, medians and spread."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

ROUNDS = 7


@dataclass(frozen=True)
class Row:
    """``ours`` and ``base`` are medians in ``unit``; ``spread`` is the interquartile range of ours over its median.

    A row without a bare counterpart has ``base`` and ``ratio`` None, and ``limit`` is its budget in its own unit.
    """

    name: str
    ours: float
    base: float | None
    unit: str
    spread: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.base is None else self.ours / self.base

    @property
    def met(self) -> bool:
        value = self.ours if self.ratio is None else self.ratio
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


def per_second(work: Callable[[], int]) -> float:
    """Things done a second; ``work`` answers how many it did."""
    begun = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - begun)


def in_turn(ours: Callable[[], int], base: Callable[[], int]) -> tuple[list[float], list[float]]:
    """Rates of both, measured alternately so that a noisy moment hits both; the first round only warms up."""
    pairs = [(per_second(ours), per_second(base)) for _ in range(ROUNDS + 1)][1:]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def spread(values: Sequence[float]) -> float:
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / statistics.median(values)


def machine() -> str:
    """What the figures were measured on."""
    memory = psutil.virtual_memory().total / 2**30
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {system}, Python {platform.python_version()}"
