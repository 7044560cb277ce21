"""Under which name a projection's documents stand: its own, until a rebuild has moved it to ``<name>__v<n>``.

``aliases`` holds ``{_id: projection, collection, generation, moving}``. ``generation`` is the number last given to a
rebuild, and only that one may still move the alias. A reader may remember the collection for ``LEASE_SECONDS``, unless
``moving`` is set: a rebuild sets it and waits as long before it moves, so that then every reader looks each time, and
none reads the old collection after another one has read the new.
"""

import re
import time

from pymongo import IndexModel
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from shared.core.projection import Projection
from shared.runtime.mongo_store import KEPT, JsonDocument

LEASE_SECONDS = 0.5


def documents_of(
    database: Database[JsonDocument], projection: Projection, session: ClientSession | None = None
) -> Collection[JsonDocument]:
    """The collection that holds a projection's documents now."""
    stored = database.aliases.find_one({"_id": projection.name}, session=session) or {}
    return database[stored.get("collection", projection.name)]


def make_indexes(collection: Collection[JsonDocument], projection: Projection) -> None:
    """The indexes that a projection asks for, where they are missing."""
    models = [
        IndexModel([(field.lstrip("-"), -1 if field[0] == "-" else 1) for field in index])
        for index in projection.indexes
    ]
    if models:
        collection.create_indexes(models)


class Aliases:
    """The collections of one owner's projections, for readers: looked up at most twice a second, usually."""

    def __init__(self, database: Database[JsonDocument]) -> None:
        self._database = database
        self._known: dict[str, tuple[str, float]] = {}

    def of(self, projection: Projection) -> Collection[JsonDocument]:
        """To be asked for each read, after the read's own ``?after=`` was waited for."""
        asked = time.monotonic()
        name, until = self._known.get(projection.name, ("", 0.0))
        if asked >= until:
            stored = self._database.aliases.find_one({"_id": projection.name}) or {}
            name = stored.get("collection", projection.name)
            self._known[projection.name] = (name, 0.0 if stored.get("moving") else asked + LEASE_SECONDS)
        return self._database[name]


class Claim:
    """The right of one rebuild to move an alias. A later claim ends it; so does ``withdraw``."""

    def __init__(self, database: Database[JsonDocument], projection: Projection) -> None:
        self._database = database
        self._name = projection.name
        self._aliases = database.get_collection("aliases", write_concern=KEPT)
        first = {"collection": self._name, "generation": 1, "moving": False}
        self._aliases.update_one({"_id": self._name}, {"$setOnInsert": first}, upsert=True)
        stored = self._aliases.find_one_and_update(
            {"_id": self._name}, {"$inc": {"generation": 1}, "$set": {"moving": False}}, return_document=True
        )
        self.generation = int((stored or {})["generation"])
        self.collection = f"{self._name}__v{self.generation}"

    def holds(self) -> bool:
        return self._aliases.find_one({"_id": self._name, "generation": self.generation}) is not None

    def announce(self) -> None:
        """Readers stop remembering, once ``LEASE_SECONDS`` have passed."""
        self._aliases.update_one({"_id": self._name, "generation": self.generation}, {"$set": {"moving": True}})

    def move(self, session: ClientSession) -> bool:
        """Let the alias name our collection, in the session's transaction; False if a later claim was made."""
        change = {"$set": {"collection": self.collection, "moving": False}}
        moved = self._aliases.update_one({"_id": self._name, "generation": self.generation}, change, session=session)
        return bool(moved.matched_count)

    def withdraw(self) -> None:
        """Drop what was filled, unless it is live: a move that is still on its way is fenced out first."""
        mine = {"_id": self._name, "generation": self.generation, "collection": {"$ne": self.collection}}
        if self._aliases.update_one(mine, {"$inc": {"generation": 1}, "$set": {"moving": False}}).matched_count:
            self._database.drop_collection(self.collection)

    def remove_leftovers(self) -> None:
        """Drop every collection of this projection but the live one and our own."""
        stored = self._aliases.find_one({"_id": self._name}) or {}
        kept = {stored["collection"], self.collection}
        ours = re.compile(rf"{re.escape(self._name)}(__v\d+)?")
        for name in self._database.list_collection_names():
            if ours.fullmatch(name) and name not in kept:
                self._database.drop_collection(name)
