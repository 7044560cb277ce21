"""A broker that lets everybody in and answers nothing: who consumes goes on from the log meanwhile."""

import contextlib
import socket
import threading
import time

import pika
import pytest
from pika.exceptions import AMQPError, ChannelClosedByBroker

from shared.runtime import consumer as runtime
from shared.runtime.broker import parameters, queue_name
from shared.runtime.codec import Codec
from shared.runtime.consumer import Consumer
from shared.runtime.mongo_store import MongoStore
from shared.runtime.projector import subscribe
from shared.runtime.reaching import Reached, Reaching, flowing
from shared.runtime.sequencer import Sequencer
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS, commit

PATIENCE_SECONDS = 60
FOR_EVER = 3_600


class Silent:
    """Accepts connections, and never says a word."""

    def __init__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.callers = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.callers.append(self._listening.accept()[0])

    def close(self):
        for one in (self._listening, *self.callers):
            one.close()


@pytest.fixture
def silent():
    broker = Silent()
    yield broker
    broker.close()


def until(holds):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def patient(port):
    """Whoever waits for this broker waits for ever."""
    chosen = pika.URLParameters(f"amqp://127.0.0.1:{port}")
    chosen.socket_timeout = chosen.stack_timeout = FOR_EVER
    return [chosen]


@pytest.mark.stack
def test_a_broker_that_does_not_answer_holds_nobody_up(mongo, silent, monkeypatch):
    mongo.drop_database("bank")
    monkeypatch.setattr(runtime, "parameters", lambda _: patient(silent.port))
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    store.prepare()
    sequencer = Sequencer(mongo, store)
    sequencer.claim()
    subscriptions = subscribe(mongo.bank, BALANCES, {"bank": store})
    consumer = Consumer("bank.balances", subscriptions, "amqp://silent")
    consuming = threading.Thread(target=consumer.run, daemon=True)
    consuming.start()
    until(lambda: silent.callers)
    for number in range(1, 4):  # each only once the one before was seen: no single look can have brought them
        store.append([commit("account-1", number)])
        sequencer.sweep()
        until(lambda: subscriptions[0].checkpoint == store.head(0))
    assert len(silent.callers) == 1
    consumer.stop()
    consuming.join(PATIENCE_SECONDS)
    assert not consuming.is_alive()


def test_what_a_try_fails_with_is_raised_where_it_is_asked_for():
    def fail():
        raise AMQPError("no")

    reaching = Reaching(fail, "x")
    assert reaching.wait(PATIENCE_SECONDS)
    with pytest.raises(AMQPError):
        reaching.reached()
    reaching.leave()


def test_a_queue_that_brings_nothing_more_at_once_is_trouble_with_the_broker():
    with pytest.raises(AMQPError):
        flowing(iter(()))
    assert list(flowing(iter((1, 2, 3)))) == [1, 2, 3]


@pytest.mark.stack
def test_a_queue_deleted_while_it_is_reached_for_ends_the_try_and_nothing_else(mongo, servers, monkeypatch):
    """Its consumer waits for a first message when it goes: ``run`` reaches for what ends as trouble with the broker."""
    monkeypatch.setattr(runtime, "LOOK_SECONDS", 2 * PATIENCE_SECONDS)
    mongo.drop_database("bank")
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    store.prepare()
    name, queue = "bank.deleted", queue_name("bank.deleted", "bank", 0)
    consumer = Consumer(name, subscribe(mongo.bank, BALANCES, {"bank": store}), servers.amqp_uri)
    with pika.BlockingConnection(parameters(servers.amqp_uri)) as connection:
        reaching = Reaching(consumer._reach, name)
        until(lambda: consumers(connection, queue))
        connection.channel().queue_delete(queue)
        assert reaching.wait(PATIENCE_SECONDS)
    with pytest.raises(AMQPError):
        reaching.reached()
    reaching.leave()


def consumers(connection, queue):
    channel = connection.channel()
    try:
        return channel.queue_declare(queue, passive=True).method.consumer_count
    except ChannelClosedByBroker:  # it is not declared yet
        return 0


class Connection:
    is_open = True
    closed = 0

    def close(self):
        self.closed += 1
        self.is_open = False


@pytest.mark.parametrize("early", [True, False])
def test_what_is_not_wanted_any_more_is_given_back(early):
    connection, go = Connection(), threading.Event()

    def reach():
        go.wait(PATIENCE_SECONDS)
        return Reached(connection, None, "q", iter(()))

    reaching = Reaching(reach, "x")
    if not early:
        go.set()
        assert reaching.wait(PATIENCE_SECONDS)
    reaching.leave()
    go.set()
    until(lambda: connection.closed == 1)
