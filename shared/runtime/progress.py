"""How far projections have come, asked of the database once in a few milliseconds for all who wait."""

import time

from pymongo.database import Database

from shared.runtime.mongo_store import JsonDocument
from shared.runtime.subscription import checkpoints

LOOK_SECONDS = 0.005


class Progress:
    """The stored places of one owner's subscriptions, as they were last seen: they only ever move on."""

    def __init__(self, database: Database[JsonDocument]) -> None:
        self._database = database
        self._seen: dict[str, int] = {}
        self._looked: dict[str, float] = {}

    def has_reached(self, key: str, position: int) -> bool:
        """Whether a subscription has seen a position. A hundred who ask at once cost one query."""
        if self._seen.get(key, 0) >= position:
            return True
        now = time.monotonic()
        if now - self._looked.get(key, 0.0) < LOOK_SECONDS:
            return False
        self._looked[key] = now
        self._seen[key] = checkpoints(self._database, [key])[key]
        return self._seen[key] >= position
