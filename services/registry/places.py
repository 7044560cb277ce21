"""How far a long load has come, so that one that was killed goes on where it stopped (rule R3)."""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Every row up to ``line`` is dealt with: recorded, known, or among the rejects of ``run``; ``counts`` are how many
    of each.
    """

    run: str
    line: int
    counts: Mapping[str, int]


class PlaceLog(Protocol):
    """Keeps the place of each feed that is being loaded."""

    def find(self, feed_id: str) -> Place | None:
        """Where an earlier load of this feed stopped, if one did."""

    def keep(self, feed_id: str, place: Place) -> None:
        """The load has come so far."""

    def forget(self, feed_id: str) -> None:
        """The load is done."""
