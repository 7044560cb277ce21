"""Folds a log into a collection that nobody reads yet: large batches, in order, as fast as one core goes."""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from pymongo import DeleteOne, InsertOne, ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from shared.core.errors import LiandongError
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded
from shared.runtime.failures import describe
from shared.runtime.mongo_store import JsonDocument, MongoStore

CHUNK = 10_000
"""Events whose documents are in memory at a time."""
PATIENCE_SECONDS, LOOK_SECONDS = 30.0, 0.1
Places = dict[str, int]
"""How far each source's partition was read, by the key of its checkpoint."""


class Unfoldable(LiandongError):
    """The projection cannot take an event. Mend its step, or park and discard the event."""

    def __init__(self, event: str, error: Exception) -> None:
        super().__init__("unfoldable", f"{event} cannot be taken in: {describe(error)}.")


class LogBehind(LiandongError):
    """The database shows less of a log than was read of it before: a member answers that has only just taken over."""

    def __init__(self, key: str, upto: int) -> None:
        super().__init__("log_behind", f"The database does not show what {key} has seen, up to {upto}. Run it again.")


class Refold:
    """``stores`` says which log and partition a checkpoint's key stands for; they are read one after another.

    ``excluded`` are, by the same key, the ids of events that are left out by decision; ``wanted`` may leave out more.
    """

    def __init__(
        self,
        projection: Projection,
        stores: Mapping[str, tuple[MongoStore, int]],
        collection: Collection[JsonDocument],
        excluded: Mapping[str, set[str]],
        wanted: Callable[[Recorded], bool] = lambda _: True,
    ) -> None:
        self.projection = projection
        self.collection = collection
        self.excluded = excluded
        self.places: Places = dict.fromkeys(stores, 0)
        self._stores = stores
        self._wanted = wanted

    def read(self, goal: Places) -> Iterator[None]:
        """Take in everything up to ``goal``; comes back after each chunk. Raises ``LogBehind`` where a log does not
        show that much in time.
        """
        for key, upto in goal.items():
            # What is read in this session is never older than what was read in it before.
            with self._stores[key][0].database.client.start_session(causal_consistency=True) as session:
                self._await(key, upto, session)
                events = self._events(key, upto, session)
                while chunk := list(islice(events, CHUNK)):
                    self._write(chunk, None)
                    self.places[key] = chunk[-1].position
                    yield
            self.places[key] = max(self.places[key], upto)

    def take_in(self, goal: Places, session: ClientSession) -> Places:
        """The few events up to ``goal``, in the caller's transaction, which may run again; the places after it. The log
        is read as that transaction sees it. Raises ``LogBehind``.
        """
        for key, upto in goal.items():
            if not self._shows(key, upto, session):
                raise LogBehind(key, upto)
            if chunk := list(self._events(key, upto, session)):
                self._write(chunk, session)
        return {key: max(place, goal[key]) for key, place in self.places.items()}

    def _await(self, key: str, upto: int, session: ClientSession) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._shows(key, upto, session):
            if time.monotonic() > deadline:
                raise LogBehind(key, upto)
            time.sleep(LOOK_SECONDS)

    def _shows(self, key: str, upto: int, session: ClientSession) -> bool:
        """Whether the log, as it is read now, goes that far: a place beyond its end would leave a hole for ever."""
        store, partition = self._stores[key]
        return self.places[key] >= upto or store.head(partition, session) >= upto

    def _events(self, key: str, upto: int, session: ClientSession) -> Iterator[Recorded]:
        store, partition = self._stores[key]
        after, excluded = self.places[key], self.excluded[key]
        if after >= upto:
            return
        types = self.projection.handles(store.service)
        for document in store.documents(partition, after, upto, types, session):
            try:
                for recorded in store.codec.recorded(document, types):
                    if not after < recorded.position <= upto or (excluded and recorded.id in excluded):
                        continue
                    if self._wanted(recorded):
                        yield recorded
            except Exception as error:
                raise Unfoldable(f"{store.service}/{document['_id']}", error) from error

    def _write(self, chunk: list[Recorded], session: ClientSession | None) -> None:
        touched = list({key for recorded in chunk for key in self._keys(recorded)})
        found = self.collection.find({"_id": {"$in": touched}}, session=session)
        documents: dict[str, Document] = {document.pop("_id"): document for document in found}
        known = set(documents)
        for recorded in chunk:
            try:
                self.projection.fold(documents, (recorded,))
            except Exception as error:
                raise Unfoldable(recorded.id, error) from error
        writes = [_write_of(key, documents.get(key), known) for key in touched if key in documents or key in known]
        if writes:
            self.collection.bulk_write(writes, ordered=False, session=session)

    def _keys(self, recorded: Recorded) -> list[str]:
        try:
            return list(self.projection.keys(recorded))
        except Exception as error:
            raise Unfoldable(recorded.id, error) from error


def _write_of(key: str, document: Document | None, known: set[str]) -> Any:
    if document is None:
        return DeleteOne({"_id": key})
    return ReplaceOne({"_id": key}, document) if key in known else InsertOne({"_id": key, **document})
