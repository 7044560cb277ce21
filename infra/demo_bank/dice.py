"""Chance that comes out the same: each part of the bank has its own dice, so that one does not disturb another."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Integers only: a float could fall otherwise on another machine."""

    def __init__(self, seed: int, what: str) -> None:
        self._random = Random(f"{seed}/{what}")  # noqa: S311 -- a made-up bank, no secret

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def in_100(self, percent: int) -> bool:
        return self.number(1, 100) <= percent

    def one_of(self, things: Sequence[T]) -> T:
        return things[self.number(0, len(things) - 1)]

    def weighted(self, things: Sequence[tuple[int, T]]) -> T:
        """One of ``(weight, thing)``."""
        left = self.number(1, sum(weight for weight, _ in things))
        for weight, thing in things:
            left -= weight
            if left <= 0:
                return thing
        raise ValueError("no weight is positive")

    def some(self, things: Sequence[T], count: int) -> list[T]:
        """``count`` different ones, in the order in which they fell."""
        left = list(things)
        return [left.pop(self.number(0, len(left) - 1)) for _ in range(min(count, len(left)))]

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.number(0, max(0, (last - first).days)))
