"""The relay (number, publish, confirm), beside bare pika that publishes the same bodies."""

from collections import deque
from collections.abc import Sequence

import pika
from pika.adapters.select_connection import SelectConnection
from pika.channel import Channel
from pika.frame import Method
from pika.spec import BasicProperties

from infra.bench.ground import Ground
from infra.bench.history import codec, envelopes, fill, openings
from infra.bench.measure import Row, compared, in_turn, per_second, wait_until
from shared.runtime.broker import declare_queue, event_exchange, parameters
from shared.runtime.codec import to_message
from shared.runtime.mongo_store import MongoStore
from shared.runtime.publisher import WINDOW
from shared.runtime.relay import Relay

COMMITS = 12_000  # 18,000 events a round
SOURCE = "leads"
Message = tuple[str, bytes]


def relay(ground: Ground) -> list[Row]:
    """Ours: commits lie in the log unnumbered, a relay that was there before starts, until the last event is confirmed.

    Base: the same bodies, ready made, persistent, mandatory, into the same exchange and quorum queue.
    """
    connection = pika.BlockingConnection(parameters(ground.amqp_uri))
    channel = connection.channel()
    queue = declare_queue(channel, "bench.relay", SOURCE, 0, 1)
    messages = _messages()

    def ours() -> float:
        rate = _relayed(ground, len(messages))
        channel.queue_purge(queue)
        return rate

    def base() -> float:
        rate = per_second(len(messages), Bare(ground.amqp_uri, messages).run)
        channel.queue_purge(queue)
        return rate

    try:
        return [compared("relay", "events/s", *in_turn(ground.seen, ours, base))]
    finally:
        channel.queue_delete(queue)
        connection.close()


def _messages() -> list[Message]:
    return [(envelope.type, to_message(envelope)) for envelope in envelopes(COMMITS)]


def _relayed(ground: Ground, events: int) -> float:
    """Events a second, the start of the relay and its connection included."""
    with ground.database("bench_relay") as database:
        store = MongoStore(database, codec())
        store.prepare()
        _first_life(ground, store)
        fill(store, COMMITS, numbered=False)
        relay, upto = Relay(ground.client, store, ground.amqp_uri), _published(store) + events

        def run() -> None:
            relay.start()
            wait_until(lambda: _published(store) >= upto, "the relay publishes everything")

        try:
            return per_second(events, run)
        finally:
            relay.stop()


def _first_life(ground: Ground, store: MongoStore) -> None:
    """Leaves a resume token, from which the change stream shows a second relay every later commit."""
    relay = Relay(ground.client, store, ground.amqp_uri)
    relay.start()

    def has_token() -> bool:
        store.append([next(openings())])
        return bool((store.database.sequence.find_one({"_id": "sequencer"}) or {}).get("token"))

    wait_until(has_token, "the relay leaves a resume token")
    wait_until(lambda: store.commits.find_one({"position": None}) is None, "the relay numbers everything")
    wait_until(lambda: _published(store) == store.head(0), "the relay publishes everything")
    relay.stop()
    for thread in relay.threads:
        thread.join()


def _published(store: MongoStore) -> int:
    stored = store.database.sequence.find_one({"_id": "publisher-0"}) or {}
    return int(stored.get("position", 0))


class Bare:
    """Publishes messages over one connection, as many unconfirmed as ours allows, and ends with the last confirm."""

    def __init__(self, amqp_uri: str, messages: Sequence[Message]) -> None:
        self._amqp_uri = amqp_uri
        self._messages = deque(messages)
        self._sent = self._confirmed = 0

    def run(self) -> None:
        self._connection = SelectConnection(
            parameters(self._amqp_uri)[0], on_open_callback=lambda c: c.channel(on_open_callback=self._opened)
        )
        self._connection.ioloop.start()

    def _opened(self, channel: Channel) -> None:
        self._channel = channel
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._pump())

    def _pump(self) -> None:
        while self._messages and self._sent - self._confirmed < WINDOW:
            kind, body = self._messages.popleft()
            properties = BasicProperties(
                content_type="application/cloudevents+json",
                delivery_mode=pika.DeliveryMode.Persistent.value,
                type=kind,
            )
            self._channel.basic_publish(event_exchange(SOURCE, 0), kind, body, properties, mandatory=True)
            self._sent += 1

    def _on_confirm(self, frame: Method) -> None:
        # Confirms of a quorum queue come in order, so that the newest tag covers all before it.
        self._confirmed = max(self._confirmed, frame.method.delivery_tag)
        if self._confirmed == self._sent and not self._messages:
            self._connection.ioloop.stop()
        elif self._sent - self._confirmed <= WINDOW // 2:
            self._pump()
