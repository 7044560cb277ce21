"""What counts as published: only what the broker has taken, and all that came before it."""

import time

import pytest

from shared.runtime.broker import declare_exchanges, event_exchange
from shared.runtime.codec import from_message
from shared.runtime.relay import Relay
from tests.infra.pids import until
from tests.shared.examples import AccountOpened, MoneyTaken, commit

pytestmark = pytest.mark.stack
QUEUE, FULL = "test.publisher", "test.full"
COMMITS, REFUSED, SECONDS = 400, 10, 30


@pytest.fixture
def store(bank_store, channel):
    for queue in (QUEUE, FULL):
        channel.queue_delete(queue)
    channel.exchange_delete(event_exchange("bank", 0))
    declare_exchanges(channel, "bank", 1)
    yield bank_store
    for queue in (QUEUE, FULL):
        channel.queue_delete(queue)


@pytest.fixture
def relay(store, mongo, servers):
    relay = Relay(mongo, store, servers.amqp_uri)
    yield relay
    relay.stop()
    for thread in relay.threads:
        thread.join(timeout=20)


def published(mongo):
    return (mongo.bank.sequence.find_one({"_id": "publisher-0"}) or {}).get("position", 0)


def listen(channel):
    channel.queue_declare(QUEUE, durable=True)
    channel.queue_bind(QUEUE, event_exchange("bank", 0), routing_key="#")


def positions(channel):
    found = []
    while (taken := channel.basic_get(QUEUE, auto_ack=True))[0] is not None:
        found.append(from_message(taken[2]).position)
    return found


def test_what_a_queue_refuses_is_not_published_although_later_messages_are_taken(store, mongo, channel, relay):
    """A broker that refused one message settles it: what it acknowledges afterwards, all up to here, may cover it."""
    listen(channel)
    channel.queue_declare(FULL, durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    channel.queue_bind(FULL, event_exchange("bank", 0), routing_key="account_opened")
    channel.basic_publish("", FULL, b"full")
    for number in range(1, COMMITS + 1):
        store.append([commit(f"account-{number}", 1, AccountOpened("Li") if number == REFUSED else MoneyTaken(1))])
    relay.start()
    until(lambda: store.head(0) == COMMITS, SECONDS)
    until(lambda: COMMITS in positions(channel), SECONDS)  # acknowledged, while what came before it is not
    time.sleep(5)
    assert published(mongo) < REFUSED
    channel.queue_delete(FULL)
    until(lambda: published(mongo) == COMMITS, SECONDS)


def test_what_reaches_nobody_is_not_published(store, mongo, channel, relay):
    """The broker acknowledges what it gives back, too."""
    store.append([commit(f"account-{number}", 1) for number in range(COMMITS)])
    relay.start()
    until(lambda: store.head(0) == COMMITS, SECONDS)
    time.sleep(3)
    assert published(mongo) == 0
    listen(channel)
    until(lambda: published(mongo) == COMMITS, SECONDS)
    assert set(positions(channel)) == set(range(1, COMMITS + 1))
