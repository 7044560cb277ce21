"""Which collection shows a projection: the one of its own name, until a rebuild has filled another and switched.

Nobody may be shown an older state than the last one he saw. So a reader's answer is kept only while no rebuild is under
way, and for less time than a rebuild lets pass between its beginning and its switch. A writer's is good until its
checkpoint tells of a switch.
"""

import time

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from shared.core.projection import Projection
from shared.runtime.mongo_store import JsonDocument

ALIASES = "aliases"
KEPT_SECONDS = 0.5


class Aliases:
    """One owner's, for whoever asks all the time."""

    def __init__(self, database: Database[JsonDocument]) -> None:
        self._database = database
        self._kept: dict[str, tuple[float, Collection[JsonDocument]]] = {}

    def live(self, projection: Projection) -> Collection[JsonDocument]:
        """The collection that readers of a projection see now."""
        asked = time.monotonic()
        since, collection = self._kept.get(projection.name, (-KEPT_SECONDS, None))
        if collection is not None and asked - since < KEPT_SECONDS:
            return collection
        alias = _alias(self._database, projection, None)
        collection = _named(self._database, projection, alias)
        if "rebuild" in alias:
            self._kept.pop(projection.name, None)
        else:
            self._kept[projection.name] = (asked, collection)
        return collection


def live(
    database: Database[JsonDocument], projection: Projection, session: ClientSession | None = None
) -> Collection[JsonDocument]:
    """The same, asked anew."""
    return _named(database, projection, _alias(database, projection, session))


def _alias(database: Database[JsonDocument], projection: Projection, session: ClientSession | None) -> JsonDocument:
    return database[ALIASES].find_one({"_id": projection.name}, session=session) or {}


def _named(database: Database[JsonDocument], projection: Projection, alias: JsonDocument) -> Collection[JsonDocument]:
    return database[alias.get("collection", projection.name)]


def make_indexes(collection: Collection[JsonDocument], projection: Projection) -> None:
    """Make a projection's indexes, where they are missing."""
    for index in projection.indexes:
        collection.create_index([(field.lstrip("-"), -1 if field[0] == "-" else 1) for field in index])
