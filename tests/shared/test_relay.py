"""The relay numbers and publishes each event once, in order, whatever becomes of the relays."""

import itertools
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from shared.runtime.broker import declare_queue
from shared.runtime.codec import from_message
from shared.runtime.relay import Relay
from shared.runtime.sequencer import Fenced, Sequencer
from tests.shared.bank import COMMANDS, Bank
from tests.shared.examples import commit

pytestmark = pytest.mark.stack
COMMITS = 10_000
LONG_DEAD = timedelta(seconds=10)


@pytest.fixture
def store(bank_store):
    return bank_store


@pytest.fixture
def queue(channel):
    """A listening channel on a fresh queue that sees every event."""
    name = declare_queue(channel, f"test.{random.getrandbits(32):x}", "bank", 0, 1)
    yield channel, name
    channel.queue_delete(name)


def received(channel, name, until, seconds=120):
    """Envelopes in the order in which they came, until a position has come."""
    envelopes = []
    deadline = time.monotonic() + seconds
    for method, _, body in channel.consume(name, inactivity_timeout=1, auto_ack=True):
        assert time.monotonic() < deadline, f"only {len(envelopes)} messages in {seconds} s"
        if method is not None:
            envelopes.append(from_message(body))
            if envelopes[-1].position >= until:
                break
    channel.cancel()
    return envelopes


def test_two_relays_race_and_are_killed(store, queue, servers, tmp_path):
    """10,000 commits while two relays are killed again and again: dense, once, each stream in order."""
    bank = Bank(servers, tmp_path)
    chance = random.Random(7)
    relays = {}

    def start(slot):
        with (tmp_path / f"relay{slot}.log").open("ab") as log:
            relays[slot] = subprocess.Popen(COMMANDS["relay"], env=bank.environ, stderr=log)

    start(0)
    start(1)
    try:
        for batch in range(20):
            store.append(
                [
                    commit(f"account-{n % 50}", batch * 10 + n // 50 + 1, command=f"c-{batch}-{n}")
                    for n in range(COMMITS // 20)
                ]
            )
            if batch % 4 == 2:
                victim = chance.randrange(2)
                relays[victim].send_signal(signal.SIGKILL)
                relays[victim].wait()
                start(victim)
            time.sleep(0.3)
        envelopes = received(*queue, until=COMMITS)
    finally:
        for relay in relays.values():
            relay.terminate()
        for relay in relays.values():
            relay.wait(timeout=30)
        bank.http.close()

    in_log = list(store.stream(0))
    assert [e.position for e in in_log] == list(range(1, COMMITS + 1))
    for n in range(50):
        assert [e.version for e in in_log if e.stream == f"account-{n}"] == list(range(1, 201))
    # A killed relay may repeat what it had not seen confirmed; nothing is missing, and firsts come in order.
    firsts = list(dict.fromkeys(e.position for e in envelopes))
    assert firsts == list(range(1, COMMITS + 1))
    assert {(e.position, e.id) for e in envelopes} == {(e.position, e.id) for e in in_log}


def test_a_fenced_sequencer_changes_nothing(store, mongo):
    old, new = Sequencer(mongo, store), Sequencer(mongo, store)
    old.claim()
    store.append([commit("account-1", 1)])
    new.claim()
    with pytest.raises(Fenced):
        old.sweep()
    assert store.head(0) == 0
    assert new.sweep() == 1


def test_the_change_stream_resumes_where_the_last_relay_stopped(store, mongo):
    first = Sequencer(mongo, store, await_ms=50)
    first.claim()
    following = first.follow()
    next(following)
    store.append([commit("account-1", 1)])
    assert next(following) == 1
    following.close()
    store.append([commit("account-1", 2)])
    second = Sequencer(mongo, store, await_ms=50)
    second.claim()
    assert next(second.follow()) == 1
    assert store.head(0) == 2


def test_a_change_stream_that_cannot_resume_is_healed_by_a_sweep(store, mongo):
    """A real token, its time set back to before the collection was last dropped: the server ends such a stream."""
    sequencer = Sequencer(mongo, store, await_ms=50)
    sequencer.claim()
    store.append([commit("account-0", 1)])
    following = sequencer.follow()
    assert [next(following), next(following)] == [1, 0]  # swept, then nothing new
    store.append([commit("account-0", 2)])
    assert next(following) == 1
    following.close()
    token = mongo.bank.sequence.find_one({"_id": "sequencer"})["token"]["_data"]
    old = token[:2] + "60000000" + token[10:]
    mongo.bank.sequence.update_one({"_id": "sequencer"}, {"$set": {"token._data": old}})
    store.append([commit(f"account-{n}", 1) for n in range(1, 4)])
    following = sequencer.follow()
    for _ in range(3):
        next(following)
    assert store.head(0) == 5


def test_a_sweep_ends_although_commits_keep_coming(store, mongo):
    """Else a relay that begins without a token, under load, would never follow the change stream."""
    ended = threading.Event()

    def write():
        for version in itertools.count(1):
            if ended.is_set():
                break
            store.append([commit("account-1", version)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        sequencer = Sequencer(mongo, store, await_ms=50)
        sequencer.claim()
        following = sequencer.follow()
        for _ in range(20):
            next(following)
        assert mongo.bank.sequence.find_one({"_id": "sequencer"}).get("token")
    finally:
        ended.set()
        writer.join()


def test_the_relay_runs_on_plain_threads():
    """eventlet stays out of the relay and the projector."""
    code = "import sys, tests.shared.bank_processes; sys.exit('eventlet' in sys.modules or 'nameko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_relay_that_starts_when_all_are_long_dead_waits_for_nobody(mongo, store, monkeypatch):
    Sequencer(mongo, store).claim()
    relay = Relay(mongo, store, "amqp://nobody.invalid")
    waits = []
    monkeypatch.setattr(relay._stopping, "wait", waits.append)
    store.database.sequence.update_one({"_id": "sequencer"}, {"$set": {"alive_at": datetime.now(UTC) - LONG_DEAD}})
    relay._stand_by()
    assert waits == []


def test_a_relay_waits_for_one_that_has_just_shown_that_it_lives(mongo, store, monkeypatch):
    alive = Sequencer(mongo, store)
    alive.claim()
    relay = Relay(mongo, store, "amqp://nobody.invalid")
    waits = []

    def wait(seconds):
        waits.append(seconds)
        alive.renew()
        if len(waits) == 5:
            alive.release()

    monkeypatch.setattr(relay._stopping, "wait", wait)
    relay._stand_by()
    assert len(waits) == 5
