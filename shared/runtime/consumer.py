"""Drives subscriptions: messages from a queue, the log by timer, and the log alone while the broker is away."""

import threading
import time
from collections.abc import Sequence

import msgspec
import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from pymongo.errors import PyMongoError

from shared.core.errors import Contended, NotYetVisible
from shared.runtime import metrics
from shared.runtime.broker import declare_queue, parameters
from shared.runtime.codec import Envelope, from_message
from shared.runtime.failures import describe
from shared.runtime.reaching import Reached, Reaching, flowing
from shared.runtime.subscription import Overtaken, Subscription, checkpoints
from shared.runtime.watchdog import Pulse

PREFETCH = 1_000
LOOK_SECONDS = 1.0
RETRY_SECONDS = 1.0
STANDBY_SECONDS = 5.0
"""So long, and one rest more, a subscription that another consumer moved must stand still before we move it."""
FORGOTTEN_LOOKS, MOST_LOOKS = 5, 60
"""After so many looks in turn at which the log, and never a message, brought something, the queue is reached anew: the
broker may have forgotten us with its queue's leader. If that does not help, ever later.
"""
FLUSH_SECONDS = 1.0
WAITS = (PyMongoError, NotYetVisible, Contended)
log = structlog.get_logger()


class Consumer:
    """Feeds subscriptions to one source's partition from one queue, until ``stop``.

    Subscriptions that share a queue keep checkpoints of their own; the broker carries each event once for all of them.
    Runs in a thread, or in a green thread under nameko.
    """

    def __init__(self, name: str, subscriptions: Sequence[Subscription], amqp_uri: str) -> None:
        self.name = name
        self._subscriptions = subscriptions
        self._amqp_uri = amqp_uri
        self._stopping = threading.Event()
        self.pulse = Pulse(f"{name}.{subscriptions[0].source.service}.{subscriptions[0].partition}")
        for subscription in subscriptions:
            subscription.going_on = self._going_on
        self._pace = subscriptions[0].pace
        self._looked = self._flushed = 0.0
        self._head = 0
        self._theirs = False
        self._moving = 0.0
        self._unbrought, self._tolerated = 0, FORGOTTEN_LOOKS

    def stop(self) -> None:
        self._stopping.set()

    def _going_on(self) -> bool:
        """A turn of the loop; False once we were asked to stop."""
        self.pulse.beat()
        return not self._stopping.is_set()

    def run(self) -> None:
        """Consume, for ever; trouble with the database or the broker only makes it wait and begin again."""
        while self._going_on():
            try:
                for subscription in self._subscriptions:
                    subscription.resume()
                self._consume()
            except Overtaken:
                self._leave_to_another()
                log.info("subscription_overtaken", consumer=self.name)
            except WAITS as error:
                metrics.WAITS.labels(self.pulse.name).inc()
                log.warning("must_wait", consumer=self.name, error=describe(error))
            except (AMQPError, OSError) as error:
                metrics.RECONNECTS.labels(self.pulse.name).inc()
                log.warning("broker_trouble", consumer=self.name, error=repr(error)[:200])
                self._look_without_broker()
            self._stopping.wait(RETRY_SECONDS)

    def _look_without_broker(self) -> None:
        """The broker is only the fast path."""
        try:
            self._look(alone=True)
        except (Overtaken, *WAITS) as error:
            log.warning("must_wait", consumer=self.name, error=describe(error))

    def _look(self, *, alone: bool = False, read: bool = True) -> None:
        """Read from the log what no message brought: not while messages wait. The newest second is left to them, unless
        we are ``alone`` with the log; and what another consumer moves is left to that one, while it does.
        """
        first = self._subscriptions[0]
        head = first.source.head(first.partition)
        upto, self._head = head if alone else self._head, head
        stored = checkpoints(first.database, [subscription.key for subscription in self._subscriptions])
        brought, left = 0, self._left_to_another(upto)
        for subscription in self._subscriptions:
            if subscription.moved_elsewhere(stored[subscription.key]):
                subscription.resume()
                self._leave_to_another()
            elif not left:
                if read:
                    brought += subscription.catch_up(upto)
                subscription.redrive()
                subscription.flush()
        if brought:
            self._theirs = False
        self._unbrought = self._unbrought + 1 if brought else 0
        self._looked = time.monotonic()

    def _leave_to_another(self) -> None:
        """Another consumer is at work: the broker brings it the messages, or it was there first."""
        self._theirs, self._moving = True, time.monotonic()

    def _left_to_another(self, upto: int) -> bool:
        """Whether another is at work, and not late: it may be resting, or in the midst of a large batch."""
        if all(subscription.checkpoint >= upto for subscription in self._subscriptions):
            self._moving = time.monotonic()
            return False
        return self._theirs and time.monotonic() - self._moving < STANDBY_SECONDS + self._pace.longest

    def _consume(self) -> None:
        """Go on from the log alone until the queue is reached, then from both."""
        self._look(alone=True)
        reaching = Reaching(self._reach, self.name)
        try:
            while not reaching.wait(LOOK_SECONDS):
                if not self._going_on():
                    return
                self._look(alone=True)
            self._drain(reaching.reached())
        finally:
            reaching.leave()

    def _reach(self) -> Reached:
        connection = pika.BlockingConnection(parameters(self._amqp_uri))
        try:
            channel = connection.channel()
            source, partition = self._subscriptions[0].source, self._subscriptions[0].partition
            queue = declare_queue(channel, self.name, source.service, partition, source.partitions)
            channel.basic_qos(prefetch_count=PREFETCH)
            deliveries = channel.consume(queue, inactivity_timeout=LOOK_SECONDS / 2)
            return Reached(connection, channel, queue, flowing(deliveries))
        except BaseException:
            if connection.is_open:
                connection.close()
            raise

    def _drain(self, reached: Reached) -> None:
        channel, queue = reached.channel, reached.queue
        batch: list[Envelope] = []
        last = self._unbrought = 0
        for method, _, body in reached.deliveries:
            if method is not None:
                envelope = _decode(body)
                if envelope is None:
                    metrics.UNDECODABLE.labels(queue).inc()
                    channel.basic_reject(method.delivery_tag, requeue=False)
                else:
                    batch.append(envelope)
                    last = method.delivery_tag
                if len(batch) < self._pace.batch and channel.get_waiting_message_count():
                    continue
                if batch and batch[-1].following:
                    continue  # the rest of its commit is under way
            if not self._going_on():
                return  # what is not acknowledged comes again: the checkpoint knows what was done
            if batch:
                begun = time.monotonic()
                self._theirs, self._unbrought, self._tolerated = False, 0, FORGOTTEN_LOOKS
                for subscription in self._subscriptions:
                    subscription.deliver(batch)
                channel.basic_ack(last, multiple=True)
                self._gather(channel, time.monotonic() - begun)
                batch.clear()
            else:
                self._flush()
            if not self._look_beside(channel, queue):
                return

    def _look_beside(self, channel: BlockingChannel, queue: str) -> bool:
        """Look into the log, too, when it is time; False where the broker seems to have forgotten us."""
        if time.monotonic() - self._looked <= LOOK_SECONDS:
            return True
        self._look(read=not channel.get_waiting_message_count())
        if self._unbrought < self._tolerated:
            return True
        self._tolerated = min(2 * self._tolerated, MOST_LOOKS)
        metrics.RECONNECTS.labels(self.pulse.name).inc()
        log.warning("queue_brings_nothing", consumer=self.name, queue=queue)
        return False

    def _gather(self, channel: BlockingChannel, took: float) -> None:
        until = time.monotonic() + self._pace.rest_after(took)
        while (left := until - time.monotonic()) > 0:
            if not self._pace.yields and channel.get_waiting_message_count() >= self._pace.batch:
                break
            channel.connection.process_data_events(time_limit=left)  # comes back with each message
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self._flush()

    def _flush(self) -> None:
        """Events that nobody here handles move the stored places, too, now and then."""
        for subscription in self._subscriptions:
            subscription.flush()
        self._flushed = time.monotonic()


def _decode(body: bytes) -> Envelope | None:
    """None for what is no event at all: it goes to the dead letters, and the log fills the hole."""
    try:
        return from_message(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        log.error("undecodable_message", size=len(body))
        return None
