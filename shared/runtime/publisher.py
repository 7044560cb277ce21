"""Carries numbered events to RabbitMQ: persistent, mandatory, confirmed, a window of them under way at a time.

The checkpoint moves only over the contiguous confirmed prefix; whatever lies behind it is published again after a
crash, and is a duplicate that every subscription knows.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator

import pika
import structlog
from pika.adapters.select_connection import SelectConnection
from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic, BasicProperties

from shared.runtime import metrics
from shared.runtime.broker import declare_exchanges, event_exchange, parameters
from shared.runtime.codec import Envelope, to_message
from shared.runtime.crash_points import crash_point
from shared.runtime.mongo_store import KEPT, MongoStore
from shared.runtime.watchdog import Pulse

WINDOW = 1_000
LOOK_SECONDS = 0.5
SAVE_SECONDS = 0.3
PATIENCE_SECONDS = 15.0  # without a single confirm, while some are due; without a channel, in opening and in closing
MAX_PROPERTY_BYTES = 255
log = structlog.get_logger()


class Publisher:
    """Publishes one partition of a service's log while ``active`` is set. ``run`` returns when the connection ends;
    ``refused`` says whether that was because the broker would not take a message.
    """

    def __init__(self, store: MongoStore, partition: int, amqp_uri: str, active: threading.Event) -> None:
        self._store = store
        self._partition = partition
        self._amqp_uri = amqp_uri
        self._active = active
        self._exchange = event_exchange(store.service, partition)
        self._sequence = store.database.get_collection("sequence", write_concern=KEPT)
        self._key = f"publisher-{partition}"
        self.pulse = Pulse(f"{store.service}.publisher.{partition}")
        self._connection: SelectConnection | None = None
        self._channel: Channel | None = None
        self._begin()

    def _begin(self) -> None:
        self._unconfirmed: deque[tuple[int, int]] = deque()
        self._confirmed: set[int] = set()
        self._delivery_tag = 0
        self._source: Iterator[Envelope] | None = None
        self._published = self._read = self._saved = 0
        self._wanted = self.refused = False
        self._heard = time.monotonic()

    def position(self) -> int:
        """The last position that is published and confirmed."""
        stored = self._sequence.find_one({"_id": self._key})
        return 0 if stored is None else int(stored["position"])

    def run(self) -> None:
        self._begin()
        self._published = self._read = self._saved = self.position()
        metrics.PUBLISHED.labels(self._store.service, str(self._partition)).set(self._published)
        self._connection = SelectConnection(
            parameters(self._amqp_uri)[0],
            on_open_callback=lambda c: c.channel(on_open_callback=self._on_channel),
            on_open_error_callback=self._lost,
            on_close_callback=self._lost,
        )
        self._turn()
        try:
            self._connection.ioloop.start()
        finally:
            self._channel = None
            self._connection.ioloop.close()
            self._save()

    def wake(self) -> None:
        """There is something new to publish; may be called from any thread."""
        if self._connection is not None and self._channel is not None and not self._wanted:
            self._wanted = True
            self._connection.ioloop.add_callback_threadsafe(self._pump)

    def _close(self) -> None:
        if self._connection is not None and not self._connection.is_closing and not self._connection.is_closed:
            self._connection.close()

    def _lost(self, connection: SelectConnection, reason: object) -> None:
        if self._active.is_set():
            metrics.RECONNECTS.labels(self.pulse.name).inc()
            log.warning("publisher_disconnected", service=self._store.service, reason=repr(reason))
        connection.ioloop.stop()

    def _on_channel(self, channel: Channel) -> None:
        channel.add_on_close_callback(lambda _, reason: self._fail(f"channel closed: {reason!r}"))
        channel.add_on_return_callback(self._on_return)
        declare_exchanges(channel, self._store.service, self._store.partitions)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._ready(channel))

    def _ready(self, channel: Channel) -> None:
        self._channel = channel
        self._pump()
        self._tick()

    def _turn(self) -> None:
        """A lost wake-up, or another relay's numbering, only costs this long; connected or not, the loop turns."""
        self.pulse.beat()
        if self._connection is None:
            return
        if not self._active.is_set() and not self._connection.is_open:
            self._connection.ioloop.stop()  # asked to close a turn ago, or never open: nobody to wait for
            return
        if not self._active.is_set():
            self._close()
        silent = time.monotonic() - self._heard > PATIENCE_SECONDS
        if silent and self._channel is None:
            log.warning("publisher_restarts", service=self._store.service, reason="no channel is opened or closed")
            self._connection.ioloop.stop()
            return
        if silent and self._unconfirmed:
            self._fail(f"no confirm came for {PATIENCE_SECONDS:.0f} s")
        self._pump()
        self._connection.ioloop.call_later(LOOK_SECONDS, self._turn)

    def _tick(self) -> None:
        if self._channel is not None and self._connection is not None:
            self._save()
            self._connection.ioloop.call_later(SAVE_SECONDS, self._tick)

    def _pump(self) -> None:
        """Publish what is numbered and not yet under way, as far as the window allows."""
        self._wanted = False
        try:
            while self._channel is not None and len(self._unconfirmed) < WINDOW:
                if self._source is None:
                    self._source = self._store.envelopes(self._partition, self._read)
                envelope = next(self._source, None)
                if envelope is None:
                    self._source = None
                    return
                self._publish(envelope)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the loop must end and start anew from the log
            self._fail(repr(error))

    def _publish(self, envelope: Envelope) -> None:
        if self._channel is None:
            return
        self._channel.basic_publish(
            self._exchange,
            envelope.type,
            to_message(envelope),
            BasicProperties(
                content_type="application/cloudevents+json",
                delivery_mode=pika.DeliveryMode.Persistent.value,
                message_id=_short(envelope.id),
                type=envelope.type,
                correlation_id=_short(envelope.correlationid),
            ),
            mandatory=True,
        )
        if not self._unconfirmed:
            self._heard = time.monotonic()
        self._delivery_tag += 1
        self._read = envelope.position
        self._unconfirmed.append((self._delivery_tag, envelope.position))
        crash_point("publish.sent")

    def _on_confirm(self, frame: Method) -> None:
        if self._channel is None:
            return  # after a refusal, the broker counts what it refused as settled: a later ack may cover it
        self._heard = time.monotonic()
        method = frame.method
        if isinstance(method, Basic.Nack):
            self.refused = True
            self._fail("the broker refused a message")
            return
        if method.multiple:
            self._confirmed.update(tag for tag, _ in self._unconfirmed if tag <= method.delivery_tag)
        else:
            self._confirmed.add(method.delivery_tag)
        while self._unconfirmed and self._unconfirmed[0][0] in self._confirmed:
            tag, self._published = self._unconfirmed.popleft()
            self._confirmed.remove(tag)
            crash_point("publish.confirmed")
        if self._source is not None and len(self._unconfirmed) <= WINDOW // 2:
            self._pump()

    def _on_return(self, _channel: Channel, method: Basic.Return, *_: object) -> None:
        self._fail(f"nobody is bound to {method.exchange}: waiting for a subscription to declare its queue")

    def _fail(self, reason: str) -> None:
        if self._channel is not None and self._active.is_set():
            log.warning("publisher_restarts", service=self._store.service, reason=reason)
        self._channel, self._heard = None, time.monotonic()
        self._close()

    def _save(self) -> None:
        if self._published > self._saved:
            self._sequence.update_one({"_id": self._key}, {"$max": {"position": self._published}}, upsert=True)
            self._saved = self._published
            metrics.PUBLISHED.labels(self._store.service, str(self._partition)).set(self._published)
            crash_point("publish.saved")


def _short(value: str | None) -> str | None:
    """What AMQP has room for in a property; the body holds it anyway."""
    return value if value is not None and len(value.encode()) <= MAX_PROPERTY_BYTES else None
