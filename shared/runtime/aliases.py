"""Which collection shows a projection: the one of its own name, until a rebuild has filled another and switched.

Asked again for every read, because an answer kept for a while could show one reader an older state than the last. A
writer asks inside its transaction: a switch in the meantime is a conflict there, and it writes into the new one.
"""

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from shared.core.projection import Projection
from shared.runtime.mongo_store import JsonDocument

ALIASES = "aliases"


def live(
    database: Database[JsonDocument], projection: Projection, session: ClientSession | None = None
) -> Collection[JsonDocument]:
    """The collection that readers of a projection see now."""
    alias = database[ALIASES].find_one({"_id": projection.name}, {"collection": 1}, session=session) or {}
    return database[alias.get("collection", projection.name)]


def make_indexes(collection: Collection[JsonDocument], projection: Projection) -> None:
    """Make a projection's indexes, where they are missing."""
    for index in projection.indexes:
        collection.create_index([(field.lstrip("-"), -1 if field[0] == "-" else 1) for field in index])
