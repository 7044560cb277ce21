"""How far everything is: relays, subscriptions, queues, parked events, statements. Asked of the servers themselves, so
that it holds whoever runs the processes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker

from infra.connected import Connected
from infra.projector import OWNERS, projections
from services.incentives.domain.statements import KEY, STATEMENTS, StatementsState
from shared.core.store import CommitStore
from shared.runtime.broker import DEAD, parameters, queue_name
from shared.runtime.projector import projections_queue, subscription_name

COUNTED = 100_000
"""Unnumbered commits are counted up to here: beyond, more says no more."""


@dataclass(frozen=True)
class Relay:
    """Of one partition of a service's log, in positions; ``unnumbered`` are the service's commits without one."""

    service: str
    partition: int
    head: int
    published: int
    unnumbered: int


@dataclass(frozen=True)
class Subscription:
    """``lag`` is in events. ``queue`` is shared by all projections of one owner."""

    name: str
    source: str
    partition: int
    checkpoint: int
    lag: int
    parked: int
    queue: str

    @property
    def owner(self) -> str:
        """In whose database its checkpoint stands: ``bundling`` of ``bundling.offers``."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Queue:
    """``messages`` wait to be delivered; None for a queue that is not there."""

    name: str
    messages: int | None
    consumers: int


@dataclass(frozen=True)
class Unacknowledged:
    """The oldest statement that HR has not acknowledged."""

    seq: int
    period: str
    sealed_at: datetime
    hours: float


@dataclass(frozen=True)
class Standing:
    """``dead_lettered`` is None where the broker does not answer; ``notes`` says what could not be asked."""

    relays: list[Relay]
    subscriptions: list[Subscription]
    queues: list[Queue]
    dead_lettered: int | None
    parked: int
    discarded: int
    oldest_unacknowledged: Unacknowledged | None
    notes: list[str] = field(default_factory=list)


def look(here: Connected, broker: "Broker") -> Standing:
    """Everything at this moment, to within the time that asking takes."""
    relays = list(_relays(here))
    subscriptions = list(_subscriptions(here, {(relay.service, relay.partition): relay.head for relay in relays}))
    queues, notes = [], []
    try:
        queues = broker.queues(sorted({one.queue for one in subscriptions} | {DEAD}))
    except (AMQPError, OSError) as error:
        broker.close()
        notes = [f"the broker does not answer ({type(error).__name__}); events go their slow way, through the log"]
    return Standing(
        relays=relays,
        subscriptions=subscriptions,
        queues=[queue for queue in queues if queue.name != DEAD],
        dead_lettered=next((queue.messages or 0 for queue in queues if queue.name == DEAD), None),
        parked=sum(here.client[owner].parked.count_documents({}) for owner in OWNERS),
        discarded=sum(here.client[owner].discarded.count_documents({}) for owner in OWNERS),
        oldest_unacknowledged=oldest_unacknowledged(here.logs["incentives"]),
        notes=notes,
    )


def _relays(here: Connected) -> Iterator[Relay]:
    for service, store in here.logs.stores.items():
        unnumbered = store.unnumbered(COUNTED)
        for partition in range(store.partitions):
            published = store.database.sequence.find_one({"_id": f"publisher-{partition}"}) or {}
            yield Relay(service, partition, store.head(partition), published.get("position", 0), unnumbered)


def _subscriptions(here: Connected, heads: dict[tuple[str, int], int]) -> Iterator[Subscription]:
    shared = {
        (subscription_name(owner, projection), source): projections_queue(owner)
        for owner, owned in projections().items()
        for projection in owned
        for source in projection.sources
    }
    for owner in OWNERS:
        by_subscription = [{"$group": {"_id": "$subscription", "count": {"$sum": 1}}}]
        parked = {found["_id"]: found["count"] for found in here.client[owner].parked.aggregate(by_subscription)}
        for place in here.client[owner].checkpoints.find().sort("_id"):
            name, source, partition = place["_id"].rsplit("/", 2)
            checkpoint = place.get("position", 0)
            yield Subscription(
                name=name,
                source=source,
                partition=int(partition),
                checkpoint=checkpoint,
                lag=max(0, heads.get((source, int(partition)), 0) - checkpoint),
                parked=parked.get(place["_id"], 0),
                queue=queue_name(shared.get((name, source), name), source, int(partition)),
            )


def oldest_unacknowledged(log: CommitStore) -> Unacknowledged | None:
    """What waits for HR in the log of incentives."""
    commits = log.load(STATEMENTS.stream(KEY))
    state: StatementsState = STATEMENTS.fold(event for commit in commits for event in commit.events)
    acknowledged = state.acknowledged.seq if state.acknowledged else 0
    if acknowledged == len(state.seals):
        return None
    seal = state.seals[acknowledged]
    hours = (datetime.now(UTC) - seal.sealed_at).total_seconds() / 3600
    return Unacknowledged(seal.seq, seal.period, seal.sealed_at, round(hours, 2))


class Broker:
    """Asks for the depth of queues over AMQP, by passive declares; one connection for many looks."""

    def __init__(self, amqp_uri: str) -> None:
        self._amqp_uri = amqp_uri
        self._connection: pika.BlockingConnection | None = None

    def queues(self, names: Iterable[str]) -> list[Queue]:
        """Raises ``AMQPError`` or ``OSError`` where the broker does not answer."""
        if self._connection is None or not self._connection.is_open:
            self._connection = pika.BlockingConnection(parameters(self._amqp_uri))
        channel = self._connection.channel()
        found = []
        for name in names:
            try:
                method = channel.queue_declare(queue=name, passive=True).method
                found.append(Queue(name, method.message_count, method.consumer_count))
            except ChannelClosedByBroker:
                found.append(Queue(name, None, 0))
                channel = self._connection.channel()
        channel.close()
        return found

    def close(self) -> None:
        if self._connection is not None and self._connection.is_open:
            self._connection.close()
        self._connection = None
