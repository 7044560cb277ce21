"""Feeds a projection: the documents and the checkpoint move in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import DeleteOne, ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded
from shared.runtime.aliases import live, make_indexes
from shared.runtime.config import BadSettings
from shared.runtime.crash_points import crash_point
from shared.runtime.mongo_store import JsonDocument, MongoStore
from shared.runtime.subscription import Advance, Subscription, checkpoint_key
from shared.runtime.transaction import transact


class ProjectionTarget:
    """Applies the events of one source to one projection's collection."""

    def __init__(
        self,
        database: Database[JsonDocument],
        projection: Projection,
        source: str,
    ) -> None:
        self.handles = projection.handles(source)
        self._projection = projection
        self._database = database
        self._collection: Collection[JsonDocument] | None = None
        self._switches: int | None = None

    def apply(self, batch: Sequence[Recorded], advance: Advance, session: ClientSession) -> None:
        if not batch:
            advance(None)
            return
        transact(session, lambda session: self._apply(session, batch, advance), ReadConcern("snapshot"))
        crash_point("apply.committed")

    def _apply(self, session: ClientSession, batch: Sequence[Recorded], advance: Advance) -> None:
        collection = self._held(advance(session), session)
        crash_point("apply.advanced")
        keys = {key for recorded in batch for key in self._projection.keys(recorded)}
        documents: dict[str, Document] = {}
        if keys:
            for found in collection.find({"_id": {"$in": list(keys)}}, session=session):
                documents[found.pop("_id")] = found
        touched = self._projection.fold(documents, batch)
        writes: list[Any] = [
            ReplaceOne({"_id": key}, documents[key], upsert=True) if key in documents else DeleteOne({"_id": key})
            for key in sorted(touched)
        ]
        if writes:
            collection.bulk_write(writes, ordered=False, session=session)
            crash_point("apply.written")

    def _held(self, switches: int | None, session: ClientSession) -> Collection[JsonDocument]:
        """The live collection. We moved its checkpoint (or took out what was parked) in this transaction, so that no
        rebuild can switch before its end; and where none has switched since we asked, it is the one that we know.
        """
        if self._collection is None or switches is None or switches != self._switches:
            self._collection, self._switches = live(self._database, self._projection, session), switches
        return self._collection


def subscribe(
    database: Database[JsonDocument],
    projection: Projection,
    sources: dict[str, MongoStore],
) -> list[Subscription]:
    """A subscription for each source and partition that a projection is fed from; makes its collection's indexes."""
    make_indexes(live(database, projection), projection)
    name = subscription_name(database.name, projection)
    subscriptions = []
    for source in projection.sources:
        for partition in range(sources[source].partitions):
            target = ProjectionTarget(database, projection, source)
            subscriptions.append(Subscription(name, sources[source], partition, target, database))
    return subscriptions


def places_of(
    database: Database[JsonDocument], projection: Projection, sources: Mapping[str, MongoStore]
) -> dict[str, tuple[MongoStore, int]]:
    """Each log and partition that a projection is fed from, by the key under which its place there is stored."""
    name = subscription_name(database.name, projection)
    return {
        checkpoint_key(name, source, partition): (sources[source], partition)
        for source in projection.sources
        for partition in range(sources[source].partitions)
    }


def projections_queue(owner: str) -> str:
    """What the queues that feed an owner's projections are called by."""
    return f"{owner}.projections"


def subscription_name(owner: str, projection: Projection) -> str:
    return f"{owner}.{projection.name}"


def must_be_alone(subscription: str, source: str, owner: str, projections: Iterable[Projection]) -> None:
    """A reaction and a projection of one name would share a place in the log: each would miss what the other took.

    Raises ``BadSettings``.
    """
    for projection in projections:
        if subscription == subscription_name(owner, projection) and source in projection.sources:
            raise BadSettings(f"{subscription} is a projection's name: call the subscription something else.")
