"""What one role leaves for another: leads to accept, wins to open, openings to judge."""

import time
from collections import defaultdict, deque
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


class Trays:
    """The trays of one load test; those of leads are each one manager's, by staff number."""

    def __init__(self) -> None:
        self.proposed: defaultdict[str, Tray[tuple[str, str]]] = defaultdict(Tray)
        """``(lead, who opened it)``, at the partner's."""
        self.active: defaultdict[str, Tray[str]] = defaultdict(Tray)
        self.won: defaultdict[str, Tray[str]] = defaultdict(Tray)
        self.openings: Tray[str] = Tray()
