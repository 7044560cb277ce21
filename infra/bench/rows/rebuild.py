"""Rebuilding the largest projection from the beginning of a long log, while somebody reads."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from pymongo import ReplaceOne
from pymongo.collection import Collection

from infra.bench.ground import Ground
from infra.bench.measure import Row, spread
from services.leads.projections import LEADS
from shared.core.projection import Document
from shared.runtime.mongo_store import JsonDocument, MongoStore

CHUNK = 20_000  # events folded before their documents are written
READS_A_SECOND = 200


def rebuild(ground: Ground, log: MongoStore) -> Row:
    """The whole log becomes the documents of the leads service's own projection, which keeps each lead's time line;
    one process does it. The spread is over the chunks.
    """
    rates: list[float] = []
    head, begun = log.head(0), time.perf_counter()
    with ground.database("bench_rebuilt") as database, _reader(database.leads) as answers:
        since = begun
        for done in _refold(log, database.leads):
            ground.seen(done, head)
            rates.append(CHUNK / (time.perf_counter() - since))
            since = time.perf_counter()
        seconds = time.perf_counter() - begun
        leads = log.commits.count_documents({"version": 1, "position": {"$gt": 0}})
        if database.leads.count_documents({}) != leads or not answers:
            raise RuntimeError(f"{leads} leads are in the log, not as many in the projection, or its reader got nothing")
    return Row("rebuild", head / seconds, None, "events/s", spread(rates[:-1]))


def _refold(log: MongoStore, collection: Collection[JsonDocument]) -> Iterator[int]:
    """Fold everything that is numbered, telling after each chunk how far it got."""
    handled, head = LEADS.handles(log.service), log.head(0)
    found = log.envelopes(0, 0, head)
    while chunk := list(islice(found, CHUNK)):
        events = [log.codec.open(envelope) for envelope in chunk if envelope.type in handled]
        keys = list({key for event in events for key in LEADS.keys(event)})
        documents: dict[str, Document] = {d.pop("_id"): d for d in collection.find({"_id": {"$in": keys}})}
        touched = LEADS.fold(documents, events)
        collection.bulk_write([ReplaceOne({"_id": key}, documents[key], upsert=True) for key in touched], ordered=False)
        yield chunk[-1].position


@contextmanager
def _reader(collection: Collection[JsonDocument]) -> Iterator[list[float]]:
    """Somebody who reads a document at random again and again; how long each answer took, in seconds."""
    stopping, answers = threading.Event(), list[float]()

    def read() -> None:
        while not stopping.wait(1 / READS_A_SECOND):
            begun = time.perf_counter()
            collection.find_one({"owner_ids": "S0001"})
            answers.append(time.perf_counter() - begun)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    yield answers
    stopping.set()
    thread.join()
