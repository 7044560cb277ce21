"""Feeds a projection: the documents and the checkpoint move in one transaction."""

from collections.abc import Sequence
from typing import Any

from pymongo import DeleteOne, MongoClient, ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded
from shared.runtime.mongo_store import KEPT, JsonDocument, MongoStore
from shared.runtime.subscription import Advance, Subscription, checkpoint_key
from shared.runtime.takeover import take_over


class ProjectionTarget:
    """Applies the events of one source to one projection's collection."""

    def __init__(
        self,
        client: MongoClient[JsonDocument],
        database: Database[JsonDocument],
        projection: Projection,
        source: str,
    ) -> None:
        self.handles = projection.handles(source)
        self._session = client.start_session()
        self._projection = projection
        self._documents = database[projection.name]
        self._checkpoints = database.get_collection("checkpoints", write_concern=KEPT)

    def take_over(self, key: str) -> None:
        """Before the first event: what a killed predecessor left in the middle is undone at once."""
        take_over(self._checkpoints, key, self._session)

    def apply(self, batch: Sequence[Recorded], advance: Advance) -> None:
        if not batch:
            advance(None)
            return
        self._session.with_transaction(
            lambda session: self._apply(session, batch, advance),
            read_concern=ReadConcern("snapshot"),
            write_concern=KEPT,
        )

    def _apply(self, session: ClientSession, batch: Sequence[Recorded], advance: Advance) -> None:
        keys = {key for recorded in batch for key in self._projection.keys(recorded)}
        documents: dict[str, Document] = {}
        if keys:
            for found in self._documents.find({"_id": {"$in": list(keys)}}, session=session):
                documents[found.pop("_id")] = found
        touched = self._projection.fold(documents, batch)
        writes: list[Any] = [
            ReplaceOne({"_id": key}, documents[key], upsert=True) if key in documents else DeleteOne({"_id": key})
            for key in sorted(touched)
        ]
        if writes:
            self._documents.bulk_write(writes, ordered=False, session=session)
        advance(session)


def subscribe(
    client: MongoClient[JsonDocument],
    database: Database[JsonDocument],
    projection: Projection,
    sources: dict[str, MongoStore],
) -> list[Subscription]:
    """A subscription for each source and partition that a projection is fed from; makes its collection's indexes."""
    for index in projection.indexes:
        database[projection.name].create_index([(field.lstrip("-"), -1 if field[0] == "-" else 1) for field in index])
    name = subscription_name(database.name, projection)
    subscriptions = []
    for source in projection.sources:
        for partition in range(sources[source].partitions):
            target = ProjectionTarget(client, database, projection, source)
            target.take_over(checkpoint_key(name, source, partition))
            subscriptions.append(Subscription(name, sources[source], partition, target, database))
    return subscriptions


def projections_queue(owner: str) -> str:
    """What the queues that feed an owner's projections are called by."""
    return f"{owner}.projections"


def subscription_name(owner: str, projection: Projection) -> str:
    return f"{owner}.{projection.name}"
