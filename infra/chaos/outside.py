"""Somebody outside who listens to every event that is published: a queue of their own on each service's exchange."""

import contextlib
import time

import msgspec
from pika.exceptions import AMQPError

from infra.chaos.amqp import Amqp
from infra.connected import Connected
from shared.runtime.codec import from_message

QUEUE = "chaos.outside"
WAIT_SECONDS = 20.0


class Outside:
    """``missing`` are the events published since ``listen`` that never came; each may come more than once."""

    def __init__(self, amqp: Amqp, here: Connected) -> None:
        self._amqp, self._here = amqp, here
        self._heard: dict[str, set[int]] = {}
        self._since: dict[str, int] = {}
        self._bodies: list[bytes] = []

    def listen(self) -> None:
        """Declare the queue; what is numbered from now on must come."""
        with self._amqp.channel() as channel:
            channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
            for service in self._here.logs.stores:
                channel.exchange_declare(f"{service}.events", exchange_type="topic", durable=True)
                channel.queue_bind(QUEUE, f"{service}.events", routing_key="#")
        self._since = {service: store.head(0) for service, store in self._here.logs.stores.items()}
        self._heard = {service: set() for service in self._since}

    def missing(self) -> list[str]:
        """Positions that were published and never heard, a few of them."""
        deadline = time.monotonic() + WAIT_SECONDS
        while lost := self._lost():
            if time.monotonic() > deadline:
                break
            with contextlib.suppress(AMQPError):
                self._take()
            time.sleep(0.2)
        return lost

    def said(self) -> str:
        """All that was heard since this was asked the last time."""
        bodies, self._bodies = self._bodies, []
        return b"\n".join(bodies).decode(errors="replace")

    def _lost(self) -> list[str]:
        found = []
        for service, since in self._since.items():
            wanted = set(range(since + 1, self._here.logs[service].head(0) + 1))
            found += [f"{service} {position}" for position in sorted(wanted - self._heard[service])[:3]]
        return found

    def _take(self) -> None:
        with self._amqp.channel() as channel:
            while True:
                method, _, body = channel.basic_get(QUEUE)
                if method is None:
                    return
                self._bodies.append(body)
                with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    envelope = from_message(body)
                    self._heard[envelope.source].add(envelope.position)
                channel.basic_ack(method.delivery_tag)
