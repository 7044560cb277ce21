"""Who moves a subscription that two consumers drive, and what becomes of one that its queue brings nothing."""

import threading
import time

import pytest

from shared.runtime import consumer as runtime
from shared.runtime.consumer import Consumer
from shared.runtime.projector import subscribe
from shared.runtime.sequencer import Sequencer
from shared.runtime.subscription import Overtaken
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import commit

pytestmark = pytest.mark.stack
PATIENCE_SECONDS = 30


@pytest.fixture
def store(bank_store):
    return bank_store


@pytest.fixture
def number(mongo, store):
    """Appends one more commit, and numbers it."""
    sequencer = Sequencer(mongo, store)
    sequencer.claim()
    versions = iter(range(1, 1_000))

    def number():
        store.append([commit("account-1", next(versions))])
        sequencer.sweep()

    return number


def driven(mongo, store, amqp_uri="amqp://nobody"):
    subscriptions = subscribe(mongo.bank, BALANCES, {"bank": store})
    return Consumer("bank.balances", subscriptions, amqp_uri), subscriptions[0]


def test_what_another_consumer_moves_is_left_to_it_while_it_does(mongo, store, number, monkeypatch):
    (active, _), (standby, place) = driven(mongo, store), driven(mongo, store)
    number()
    active._look(alone=True)
    standby._look()
    assert place.checkpoint == 1
    # The active one rests, or is in the midst of a batch: the log has more, the stored place stands still.
    number()
    for _ in range(3):
        standby._look()
        standby._look(alone=True)
    assert place.checkpoint == 1
    # It is gone.
    monkeypatch.setattr(runtime, "STANDBY_SECONDS", -active._pace.longest)
    standby._look()
    assert place.checkpoint == 2
    # Now it is ours, without delay.
    monkeypatch.undo()
    number()
    standby._look(alone=True)
    assert place.checkpoint == 3


def test_who_was_overtaken_leaves_it_to_the_other(mongo, store, number):
    consumer, place = driven(mongo, store)
    turns = []

    def consume():
        turns.append(place.checkpoint)
        if len(turns) == 1:
            raise Overtaken("bank.balances")
        consumer._look(alone=True)
        consumer.stop()

    consumer._consume = consume
    number()
    consumer.run()
    assert (turns, place.checkpoint) == ([0, 0], 0)


def test_an_operator_is_heard_by_whoever_is_left(mongo, store, number):
    """The one that moved it last may be gone, and the log be quiet."""
    (active, _), (standby, place) = driven(mongo, store), driven(mongo, store)
    number()
    active._look(alone=True)
    standby._look()
    asked = []
    place.redrive = lambda: asked.append(place.checkpoint)
    standby._look()
    assert asked == [1]


def test_a_queue_that_brings_nothing_is_reached_anew(mongo, store, number, servers, monkeypatch):
    """As when the broker has lost the consumer with the queue's leader: nobody publishes here, only the log grows."""
    monkeypatch.setattr(runtime, "FORGOTTEN_LOOKS", 2)
    consumer, place = driven(mongo, store, servers.amqp_uri)
    reached, reach = [], consumer._reach

    def counted():
        reached.append(time.monotonic())
        return reach()

    consumer._reach = counted
    consumer._tolerated = 2
    consuming = threading.Thread(target=consumer.run)
    consuming.start()
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(reached) < 2:
            assert time.monotonic() < deadline
            number()
            time.sleep(0.3)
        seen = store.head(0)
        while place.checkpoint < seen:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert consumer._tolerated == 4
    finally:
        consumer.stop()
        consuming.join(PATIENCE_SECONDS)
