"""The projector on its queue, beside bare transactions of the same writes, and beside a stock nameko handler."""

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import BasicProperties
from pymongo import MongoClient, ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.read_concern import ReadConcern

from infra.bench.ground import Ground
from infra.bench.history import codec, envelopes
from infra.bench.measure import Row, compared, in_turn, per_second, wait_until
from infra.bench.stock.programs import HANDLED, handler
from services.leads.projections import LEADS
from shared.core.projection import Document
from shared.runtime.broker import declare_queue, event_exchange, parameters
from shared.runtime.codec import Envelope, to_message
from shared.runtime.consumer import Consumer
from shared.runtime.mongo_store import KEPT, JsonDocument, MongoStore
from shared.runtime.pace import USUAL
from shared.runtime.projector import subscribe

COMMITS = 6_000  # 9,000 events of 1,000 leads
STOCK_COMMITS = 600  # 900 events of 100 leads
STOCK_ROUNDS = 5
NAME = "bench.projections"
Writes = list[ReplaceOne[JsonDocument]]


def projector(ground: Ground) -> list[Row]:
    """The stories of 1,000 leads become documents of the leads service's own projection."""
    carried = list(envelopes(COMMITS))
    batches = list(_writes(carried))

    def base() -> float:
        with ground.database("bench_bare") as database:
            database.create_collection("leads")
            return per_second(len(carried), lambda: _transact(ground.client, database.leads, batches))

    return [compared("projector", "events/s", *in_turn(ground.seen, lambda: projected(ground, carried), base))]


def projector_vs_nameko(ground: Ground) -> list[Row]:
    """The same projection, and a nameko service whose event handler updates one document an event."""
    carried, fewer = list(envelopes(COMMITS)), list(envelopes(STOCK_COMMITS, together=100))
    with handler(ground), _channel(ground) as channel:
        rates = in_turn(
            ground.seen,
            lambda: projected(ground, carried),
            lambda: _handled(ground, channel, fewer),
            rounds=STOCK_ROUNDS,
        )
    return [compared("projector_vs_nameko", "events/s", *rates)]


def projected(ground: Ground, carried: Sequence[Envelope]) -> float:
    """Events a second, from a full queue to the last checkpoint; the consumer's connection is included.

    The log itself is empty, so that every event comes from the queue.
    """
    with ground.database("bench_source") as source, ground.database("bench_ours") as database:
        store = MongoStore(source, codec())
        (subscription,) = subscribe(database, LEADS, {"leads": store})
        with _channel(ground) as channel:
            queue = declare_queue(channel, NAME, "leads", 0, 1)
            _publish(channel, event_exchange("leads", 0), ((e.type, to_message(e)) for e in carried))
            consumer = Consumer(NAME, [subscription], ground.amqp_uri)
            thread = threading.Thread(target=consumer.run, daemon=True)

            def work() -> None:
                thread.start()
                wait_until(lambda: subscription.checkpoint >= carried[-1].position, "the projector sees every event")

            rate = per_second(len(carried), work)
            consumer.stop()
            thread.join()
            channel.queue_delete(queue)
        return rate


def _writes(carried: Iterable[Envelope]) -> Iterator[Writes]:
    """What a projector that takes full batches writes for each of them."""
    opened, documents = map(codec().open, carried), dict[str, Document]()
    while batch := list(islice(opened, USUAL.batch)):
        touched = LEADS.fold(documents, batch)
        yield [ReplaceOne({"_id": key}, dict(documents[key]), upsert=True) for key in sorted(touched)]


def _transact(client: MongoClient[JsonDocument], collection: Collection[JsonDocument], batches: list[Writes]) -> None:
    def write(session: ClientSession, batch: Writes) -> None:
        collection.bulk_write(batch, ordered=False, session=session)

    with client.start_session() as session:
        for batch in batches:
            session.with_transaction(
                lambda s, batch=batch: write(s, batch),  # type: ignore[misc] # mypy cannot infer a default argument
                read_concern=ReadConcern("snapshot"),
                write_concern=KEPT,
            )


def _handled(ground: Ground, channel: BlockingChannel, carried: Sequence[Envelope]) -> float:
    """Events a second of the stock handler, from the first message published to the last update."""
    with ground.database(HANDLED.database) as database:
        database.create_collection("leads")

        def updates() -> int:
            return sum(document["updates"] for document in database.leads.find({}, {"updates": 1}))

        def work() -> None:
            bodies = (json.dumps({"type": e.type, "version": e.version, "data": e.data}).encode() for e in carried)
            _publish(channel, HANDLED.exchange, ((HANDLED.event, body) for body in bodies))
            wait_until(lambda: updates() >= len(carried), "the stock handler has updated every document", every=0.02)

        return per_second(len(carried), work)


@contextmanager
def _channel(ground: Ground) -> Iterator[BlockingChannel]:
    connection = pika.BlockingConnection(parameters(ground.amqp_uri))
    try:
        channel = connection.channel()
        yield channel
    finally:
        connection.close()


def _publish(channel: BlockingChannel, exchange: str, messages: Iterable[tuple[str, bytes]]) -> None:
    properties = BasicProperties(content_type="application/json", delivery_mode=pika.DeliveryMode.Persistent.value)
    for kind, body in messages:
        channel.basic_publish(exchange, kind, body, properties)
