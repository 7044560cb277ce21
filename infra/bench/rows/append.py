"""Appending a commit through the store, beside the same documents by bare pymongo."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from bson.codec_options import CodecOptions

from infra.bench.ground import Ground
from infra.bench.history import codec, openings
from infra.bench.measure import Row, compared, in_turn, per_second
from shared.runtime.mongo_store import KEPT, MongoStore

T = TypeVar("T")

APPENDS = 400


def append(ground: Ground) -> list[Row]:
    """Both write the opening of a lead (3 events) one by one, into a collection with the same four indexes, the
    majority's journal awaited. Encoding a commit is in ours; the base has its documents ready.
    """
    with ground.database("bench_kept") as kept, ground.database("bench_bare") as bare:
        store, twin = MongoStore(kept, codec()), MongoStore(bare, codec())
        store.prepare()
        twin.prepare()
        collection = bare.get_collection("commits", CodecOptions(tz_aware=True), write_concern=KEPT)
        fresh = openings()

        def ours() -> float:
            commits = [next(fresh) for _ in range(APPENDS)]
            return per_second(APPENDS, lambda: _each(lambda commit: store.append([commit]), commits))

        def base() -> float:
            documents = [store.codec.to_document(next(fresh)) for _ in range(APPENDS)]
            return per_second(APPENDS, lambda: _each(collection.insert_one, documents))

        return [compared("append", "commits/s", *in_turn(ground.seen, ours, base))]


def _each(work: Callable[[T], object], things: Iterable[T]) -> None:
    for thing in things:
        work(thing)
