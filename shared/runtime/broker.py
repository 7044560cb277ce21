"""What stands on RabbitMQ, named and declared in one place: exchanges, one queue a subscription, the dead letters.

``<service>.events`` is for everybody outside; each partition has its own exchange bound into it, so that a
subscription's queue gets one partition in its order.
"""

import random
from typing import Any, Protocol

import pika
import structlog
from pika.exceptions import (
    AMQPError,
    AuthenticationError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from shared.runtime.config import BadSettings

DEAD = "liandong.dead"
QUEUE_ARGUMENTS = {
    "x-queue-type": "quorum",
    "x-single-active-consumer": True,
    "x-dead-letter-exchange": DEAD,
    # At-least-once dead-lettering holds only together with reject-publish.
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
    "x-delivery-limit": 20,
}

log = structlog.get_logger()


class Declares(Protocol):
    """Both of pika's channels can declare."""

    def exchange_declare(self, *args: Any, **kwargs: Any) -> Any: ...
    def exchange_bind(self, *args: Any, **kwargs: Any) -> Any: ...
    def queue_declare(self, *args: Any, **kwargs: Any) -> Any: ...
    def queue_bind(self, *args: Any, **kwargs: Any) -> Any: ...


def parameters(amqp_uri: str) -> list[pika.URLParameters]:
    """Of each node of ``amqp_uri`` (one address, or several with commas between), in random order, how to connect.

    Every timeout is set: a silent peer must not hang a process.
    """
    addresses = [address.strip() for address in amqp_uri.split(",")]
    return [_parameters(address) for address in random.sample(addresses, len(addresses))]


def _parameters(address: str) -> pika.URLParameters:
    chosen = pika.URLParameters(address)
    chosen.heartbeat = 6
    chosen.blocked_connection_timeout = 30
    chosen.socket_timeout = 3
    chosen.stack_timeout = 6
    chosen.connection_attempts = 1
    return chosen


def refuse_wrong_password(amqp_uri: str) -> None:
    """Raises ``BadSettings`` where the broker does not let us in. A broker that is away is no bad setting: it is only
    the fast path, and may come later.
    """
    try:
        pika.BlockingConnection(parameters(amqp_uri)).close()
    except (ProbableAuthenticationError, AuthenticationError):
        raise BadSettings("LIANDONG_AMQP_URI: RabbitMQ refuses the user or password.") from None
    except ProbableAccessDeniedError:
        raise BadSettings("LIANDONG_AMQP_URI: this user may not use that virtual host of RabbitMQ.") from None
    except (AMQPError, OSError) as error:
        log.warning("broker_away", error=repr(error)[:200])
    except (ValueError, TypeError):  # its text quotes what is wrong, which may be a part of the password
        raise BadSettings("LIANDONG_AMQP_URI: not an address of a broker, or with an unreadable option.") from None


def event_exchange(service: str, partition: int) -> str:
    return f"{service}.events.{partition}"


def queue_name(subscription: str, source: str, partition: int) -> str:
    return f"{subscription}.{source}.{partition}"


def declare_exchanges(channel: Declares, service: str, partitions: int) -> None:
    """The exchanges of a service. Declaring again what stands changes nothing."""
    channel.exchange_declare(exchange=f"{service}.events", exchange_type="topic", durable=True)
    for partition in range(partitions):
        name = event_exchange(service, partition)
        channel.exchange_declare(exchange=name, exchange_type="topic", durable=True)
        channel.exchange_bind(destination=f"{service}.events", source=name, routing_key="#")


def declare_queue(channel: Declares, subscription: str, source: str, partition: int, partitions: int) -> str:
    """The ordered queue of a subscription. It takes every event: dense positions tell a loss from a silence."""
    channel.exchange_declare(exchange=DEAD, exchange_type="fanout", durable=True)
    channel.queue_declare(queue=DEAD, durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_bind(queue=DEAD, exchange=DEAD)
    declare_exchanges(channel, source, partitions)
    queue = queue_name(subscription, source, partition)
    channel.queue_declare(queue=queue, durable=True, arguments=QUEUE_ARGUMENTS)
    channel.queue_bind(queue=queue, exchange=event_exchange(source, partition), routing_key="#")
    return queue
