"""Folds a projection from the beginning of its logs, fast, where nobody reads yet: no transaction, no checkpoint.

Events are read in windows and folded in memory. A collection takes what no longer fits; memory stays flat.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pymongo import DeleteOne, ReplaceOne
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from shared.core.errors import LiandongError
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded
from shared.runtime.failures import describe
from shared.runtime.mongo_store import JsonDocument, MongoStore

WINDOW = 10_000  # positions read at once
CAPACITY = 20_000  # documents in memory
Place = tuple[str, int]
"""A source and one of its partitions."""
Seen = Callable[[int], None]
"""Is told of each window how many positions it took further."""


class CannotFold(LiandongError):
    """The projection's step, or an upcast, cannot take a stored event."""


class Shelf:
    """A projection's documents on the way: the freshest in memory, the others in ``collection``.

    Without a collection all stay in memory. A document that was never written is inserted, which is twice as fast.
    """

    def __init__(self, collection: Collection[JsonDocument] | None, capacity: int = CAPACITY) -> None:
        self.documents: dict[str, Document | None] = {}
        self._collection = collection
        self._capacity = capacity
        self._dirty: set[str] = set()
        self._written: set[str] = set()
        self._spilled = False

    def fetch(self, keys: set[str]) -> None:
        """Have these documents in memory, None where there is none."""
        missing = [key for key in keys if key not in self.documents]
        self.documents.update(dict.fromkeys(missing))
        if self._spilled and self._collection is not None and missing:
            for found in self._collection.find({"_id": {"$in": missing}}):
                key = found.pop("_id")
                self.documents[key] = found
                self._written.add(key)

    def put(self, key: str, document: Document | None) -> None:
        del self.documents[key]
        self.documents[key] = document  # the freshest stand last
        self._dirty.add(key)

    def spill(self) -> None:
        """Make room for the next window: the half that was not touched for longest goes."""
        if self._collection is None or len(self.documents) <= self._capacity:
            return
        self.flush()
        self._spilled = True
        for key in list(self.documents)[: -self._capacity // 2]:
            del self.documents[key]
            self._written.discard(key)

    def flush(self) -> None:
        """Write what changed since it was last written."""
        if self._collection is None or not self._dirty:
            return
        fresh: list[JsonDocument] = []
        others: list[Any] = []
        for key in self._dirty:
            document = self.documents[key]
            if key in self._written:
                others.append(DeleteOne({"_id": key}) if document is None else ReplaceOne({"_id": key}, document))
            elif document is not None:
                fresh.append({"_id": key, **document})
        if fresh:
            self._collection.insert_many(fresh, ordered=False)
        if others:
            self._collection.bulk_write(others, ordered=False)
        self._written |= self._dirty
        self._written -= {key for key in self._dirty if self.documents[key] is None}
        self._dirty.clear()


class Refold:
    """One projection, folded source by source and partition by partition up to places of the caller's choice."""

    def __init__(
        self,
        projection: Projection,
        stores: Mapping[str, MongoStore],
        shelf: Shelf,
        wanted: Callable[[Recorded], bool] = lambda _: True,
    ) -> None:
        self.places: dict[Place, int] = {
            (source, partition): 0 for source in projection.sources for partition in range(stores[source].partitions)
        }
        self._projection = projection
        self._stores = stores
        self._shelf = shelf
        self._wanted = wanted

    def heads(self) -> dict[Place, int]:
        """The last positions given, for each of our places."""
        return {(source, partition): self._stores[source].head(partition) for source, partition in self.places}

    def catch_up(self, upto: Mapping[Place, int], seen: Seen = lambda _: None) -> int:
        """Fold and write everything up to these positions, and no further; how many positions that was.

        Raises ``CannotFold``; then what is written is worth nothing.
        """
        before = sum(self.places.values())
        for place, end in upto.items():
            while (start := self.places[place]) < end:
                stop = min(start + WINDOW, end)
                self._fold(self._read(place, start, stop))
                self._shelf.spill()
                self.places[place] = stop
                seen(stop - start)
        self._shelf.flush()
        return sum(self.places.values()) - before

    def _read(self, place: Place, after: int, upto: int) -> list[Recorded]:
        store, types = self._stores[place[0]], self._projection.handles(place[0])
        return [
            recorded
            for commit in store.documents(place[1], after, upto, types)
            for recorded in _told(store.codec.opened(commit, types, after, upto), f"{place[0]}/{commit['_id']}")
            if self._wanted(recorded)
        ]

    def _fold(self, events: Sequence[Recorded]) -> None:
        touched = [(recorded, list(self._projection.keys(recorded))) for recorded in events]
        self._shelf.fetch({key for _, keys in touched for key in keys})
        documents, step = self._shelf.documents, self._projection.step
        for recorded, keys in touched:
            for key in keys:
                try:
                    changed = step(documents[key], recorded)
                except Exception as error:
                    raise _cannot(recorded.id, error) from error
                self._shelf.put(key, changed)


def _told(events: Iterator[Recorded], commit: str) -> Iterator[Recorded]:
    try:
        yield from events
    except PyMongoError:
        raise
    except Exception as error:
        raise _cannot(commit, error) from error


def _cannot(where: str, error: Exception) -> CannotFold:
    return CannotFold("cannot_fold", f"{where} cannot be folded: {describe(error)}.")
