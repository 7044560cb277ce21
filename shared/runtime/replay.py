"""A projection as it stood at a moment: folded from the events that had been recorded by then."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime

from pymongo.database import Database

from shared.core.errors import LiandongError
from shared.core.projection import Projection
from shared.core.recorded import Recorded
from shared.runtime.alias import make_indexes
from shared.runtime.mongo_store import KEPT, JsonDocument, MongoStore
from shared.runtime.refold import Refold, Seen, Shelf


class ReplayRefused(LiandongError):
    """The collection to fill exists already."""


def replay(
    projection: Projection,
    stores: Mapping[str, MongoStore],
    to: datetime,
    keys: Collection[str] = (),
    seen: Seen = lambda _: None,
) -> Iterator[JsonDocument]:
    """The documents at ``to`` (aware), in the order of their ids; with ``keys``, only these. All are held in memory.

    Raises ``CannotFold``.
    """
    shelf = Shelf(None)
    refold = Refold(projection, stores, shelf, _until(to, projection, keys))
    refold.catch_up(refold.heads(), seen)
    for key in sorted(shelf.documents):
        document = shelf.documents[key]
        if document is not None and (not keys or key in keys):
            yield {"_id": key, **document}


def replay_into(
    database: Database[JsonDocument],
    name: str,
    projection: Projection,
    stores: Mapping[str, MongoStore],
    to: datetime,
    seen: Seen = lambda _: None,
) -> int:
    """The same in a new collection, with the projection's indexes, in flat memory; how many documents it holds.

    Raises ``ReplayRefused``, ``CannotFold``; then the collection is not there.
    """
    if name in database.list_collection_names():
        raise ReplayRefused("exists", f"{database.name} has a collection {name} already: drop it, or choose another.")
    collection = database.get_collection(name, write_concern=KEPT)
    refold = Refold(projection, stores, Shelf(collection), _until(to, projection, ()))
    try:
        refold.catch_up(refold.heads(), seen)
        make_indexes(collection, projection)
    except BaseException:
        collection.drop()
        raise
    return collection.count_documents({})


def _until(to: datetime, projection: Projection, keys: Collection[str]) -> Callable[[Recorded], bool]:
    """Clocks may disagree between commits of a stream: from the first that was recorded later, all of it is later."""
    later: set[tuple[str, str]] = set()

    def wanted(recorded: Recorded) -> bool:
        stream = (recorded.service, recorded.stream)
        if recorded.recorded_at > to or stream in later:
            later.add(stream)
            return False
        return not keys or any(key in keys for key in projection.keys(recorded))

    return wanted
