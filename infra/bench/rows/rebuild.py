"""``liandong rebuild`` of the largest projection from a long log, while somebody reads what is live."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pymongo.database import Database

from infra.bench.ground import Ground
from infra.bench.measure import Row, spread
from services.leads.projections import LEADS
from shared.runtime.aliases import live
from shared.runtime.mongo_store import JsonDocument, MongoStore
from shared.runtime.rebuild import Rebuild

READS_A_SECOND = 50


@dataclass
class Readings:
    """What a reader got: how long each answer took, in seconds, and how many answers were none."""

    seconds: list[float] = field(default_factory=list)
    missed: int = 0


def rebuild(ground: Ground, log: MongoStore) -> Row:
    """The whole log becomes the documents of the leads service's own projection, which keeps each lead's time line;
    one process does it, compares them with the live ones, and switches. The spread is over the chunks.
    """
    rates: list[float] = []
    with ground.database("bench_rebuilt") as database:
        # What is live first: a rebuild where there was nothing yet.
        Rebuild(database, LEADS, {log.service: log}, ground.seen).run(grace=0)
        with _reader(database) as readings:
            since, before = time.perf_counter(), 0

            def progress(done: int, total: int) -> None:
                nonlocal since, before
                now = time.perf_counter()
                rates.append((done - before) / (now - since))
                since, before = now, done
                ground.seen(done, total)

            done = Rebuild(database, LEADS, {log.service: log}, progress).run(grace=0)
        leads = log.commits.count_documents({"version": 1, "position": {"$gt": 0}})
        rebuilt = live(database, LEADS).count_documents({})
        if rebuilt != leads or readings.missed or not readings.seconds:
            raise RuntimeError(f"{leads} leads, {rebuilt} of them rebuilt, and {readings.missed} reads of nothing")
    return Row("rebuild", done.events / done.seconds, None, "events/s", spread(rates))


@contextmanager
def _reader(database: Database[JsonDocument]) -> Iterator[Readings]:
    """Somebody who reads one document, before and after the switch, again and again."""
    stopping, readings = threading.Event(), Readings()

    def read() -> None:
        while not stopping.wait(1 / READS_A_SECOND):
            begun = time.perf_counter()
            readings.missed += live(database, LEADS).find_one({}) is None
            readings.seconds.append(time.perf_counter() - begun)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    yield readings
    stopping.set()
    thread.join()
