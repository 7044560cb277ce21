"""What one role leaves for another: leads to accept, wins to open, openings to judge."""

import random
import time
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")
SOON_SECONDS = 1.0
KEPT = 5_000


class Tray(Generic[T]):
    """First in, first out; what was laid down as ``later`` rests a moment, because another service must hear of it."""

    def __init__(self) -> None:
        self._things: deque[tuple[float, T]] = deque(maxlen=KEPT)

    def put(self, thing: T, *, later: bool = False) -> None:
        self._things.append((time.monotonic() + (SOON_SECONDS if later else 0.0), thing))

    def take(self) -> T | None:
        if not self._things or self._things[0][0] > time.monotonic():
            return None
        return self._things.popleft()[1]

    def look(self) -> T | None:
        """One of them, left where it is."""
        return random.choice(self._things)[1] if self._things else None  # noqa: S311 -- which one hardly matters


class Trays:
    """The trays of one load test."""

    def __init__(self) -> None:
        self.proposed: Tray[str] = Tray()
        self.active: Tray[str] = Tray()
        self.won: Tray[str] = Tray()
        self.openings: Tray[str] = Tray()
