"""Processes die by SIGKILL, queues are purged or deleted, in mid-flow: every accepted command has its effect once."""

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from shared.runtime.broker import DEAD, event_exchange
from shared.runtime.codec import Codec
from shared.runtime.mongo_store import MongoStore
from shared.runtime.projector import subscribe
from shared.runtime.sequencer import Sequencer
from shared.runtime.subscription import Overtaken
from tests.shared.bank import QUEUES
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS, commit

pytestmark = pytest.mark.stack
ACCOUNTS = 12


class Load:
    """Keeps posting with idempotency keys, repeating each command until it is answered; sums what was accepted."""

    def __init__(self, bank):
        self.bank = bank
        self.accounts = [self._post("/api/bank", {"owner": "Li", "branch": "B"})["id"] for _ in range(ACCOUNTS)]
        self.accepted = dict.fromkeys(self.accounts, 0)
        self.commands = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _post(self, path, body):
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        while True:
            try:
                answer = self.bank.http.post(path, json=body, headers=headers)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            assert answer.status_code in {200, 201}, answer.text
            return answer.json()

    def _run(self):
        chance = random.Random(11)
        while not self._stopping.is_set():
            key, amount = chance.choice(self.accounts), chance.randrange(1, 100)
            self._post(f"/api/bank/{key}/take", {"amount": amount})
            self.accepted[key] += amount
            self.commands += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()


def settle(mongo, seconds=120):
    """Wait until both subscriptions have seen the whole log, numbered to its end.

    Read against the flow: the mirror appends as it moves its checkpoint.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        places = {c["position"] for c in mongo.bank.checkpoints.find()}
        unnumbered = mongo.bank.commits.count_documents({"position": None})
        last = mongo.bank.commits.find_one({"position": {"$gt": 0}}, sort=[("position", -1)])
        head = last["position"] + len(last["events"]) - 1
        if not unnumbered and places == {head}:
            return
        time.sleep(0.1)
    pytest.fail(f"not settled: {unnumbered} unnumbered, head {head}, checkpoints {places}")


def holds(mongo, load):
    """Each account and its mirror show exactly what was accepted."""
    shown = {d["_id"]: d["total"] for d in mongo.bank.balances.find()}
    for key, amount in load.accepted.items():
        assert shown.get(f"account-{key}", 0) == amount
        assert shown.get(f"account-mirror-{key}", 0) == amount
    positions = [
        position
        for c in mongo.bank.commits.find().sort("position")
        for position in range(c["position"], c["position"] + len(c["events"]))
    ]
    assert positions == list(range(1, len(positions) + 1))
    assert load.commands > 0


@pytest.mark.parametrize("victim", ["relay", "projector", "service"])
def test_killed_in_mid_flow(bank, mongo, victim):
    with Load(bank) as load:
        for _ in range(3):
            time.sleep(0.7)
            bank.kill(victim)
            time.sleep(0.3)
            bank.start(victim)
        time.sleep(1)
    settle(mongo)
    holds(mongo, load)


def test_every_queue_purged_and_deleted(bank, mongo, channel):
    with Load(bank) as load:
        time.sleep(0.5)
        bank.kill("projector")
        for _ in range(5):
            time.sleep(0.2)
            for queue in QUEUES:
                channel.queue_purge(queue)
        for queue in QUEUES:
            channel.queue_delete(queue)
        bank.start("projector")
        time.sleep(1)
    settle(mongo)
    holds(mongo, load)


UNREADABLE = [
    b"{",
    b"\xff\xfe",
    b"[" * 50_000 + b"]" * 50_000,
    b'{"data": ' + b"[" * 50_000,
    b'{"id": 7}',
    b"1" * 10**6,
]


def test_what_cannot_be_read_ends_nobody_and_lies_among_the_dead_letters(bank, mongo, channel):
    channel.queue_purge(DEAD)
    with Load(bank) as load:
        time.sleep(1)
        for body in UNREADABLE:
            channel.basic_publish(event_exchange("bank", 0), "unreadable", body)
        time.sleep(2)
    settle(mongo)
    holds(mongo, load)
    assert {name: process.poll() for name, process in bank.running.items()} == dict.fromkeys(bank.running)
    assert {channel.basic_get(DEAD, auto_ack=True)[2] for _ in range(2 * len(UNREADABLE))} == set(UNREADABLE)


def test_a_transaction_that_its_process_left_open_is_ended_at_once(mongo):
    """Killed between writing and committing, a projector leaves locks behind; its successor does not wait for them."""
    mongo.drop_database("bank")
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    store.prepare()
    store.append([commit("account-1", 1)])
    sequencer = Sequencer(mongo, store)
    sequencer.claim()
    sequencer.sweep()
    # Started first and standing by; then the one that dies took over and was at work.
    (successor,) = subscribe(mongo.bank, BALANCES, {"bank": store})
    (dead,) = subscribe(mongo.bank, BALANCES, {"bank": store})
    dead._own()
    left_open = dead._session
    left_open.start_transaction()
    mongo.bank.checkpoints.update_one({"_id": dead.key}, {"$set": {"position": 99}}, session=left_open)
    mongo.bank.balances.insert_one({"_id": "account-1", "total": 7}, session=left_open)

    begun = time.monotonic()
    successor.catch_up()
    assert time.monotonic() - begun < 10
    assert mongo.bank.balances.find_one({"_id": "account-1"})["total"] == 1
    assert successor.checkpoint == 1
    mongo.drop_database("bank")


def test_of_two_who_take_over_at_the_same_moment_only_one_can_hold_locks(mongo):
    """Else the other could die with a transaction open that nobody knows of, and its locks would stay for a minute."""
    mongo.drop_database("bank")
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    store.prepare()
    sequencer = Sequencer(mongo, store)
    sequencer.claim()
    rivals = [subscribe(mongo.bank, BALANCES, {"bank": store})[0] for _ in range(4)]
    for version in range(1, 6):
        store.append([commit("account-1", version)])
        sequencer.sweep()
        gate = threading.Barrier(len(rivals))

        def own(rival, gate=gate):
            rival.resume()
            gate.wait()
            rival._own()

        with ThreadPoolExecutor(len(rivals)) as pool:
            list(pool.map(own, rivals))
        stands = mongo.bank.checkpoints.find_one({"_id": rivals[0].key})["session"]
        (winner,) = [rival for rival in rivals if rival._session.session_id == stands]
        for loser in rivals:
            if loser is not winner:
                loser._owned = True  # as it believes, at the place where it stands
                with pytest.raises(Overtaken):
                    loser._apply(list(store.envelopes(0, loser.checkpoint)), store.head(0))
        winner.catch_up()
    assert mongo.bank.balances.find_one({"_id": "account-1"})["total"] == 5
    mongo.drop_database("bank")


def test_of_two_relays_that_claim_at_the_same_moment_the_last_is_the_one_whose_session_stands(mongo):
    mongo.drop_database("bank")
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    store.prepare()
    relays = [Sequencer(mongo, store) for _ in range(3)]
    for _ in range(5):
        with ThreadPoolExecutor(len(relays)) as pool:
            list(pool.map(Sequencer.claim, relays))
        stands = mongo.bank.sequence.find_one({"_id": "sequencer"})
        (last,) = [relay for relay in relays if relay.epoch == stands["epoch"]]
        assert last._session.session_id == stands["session"]
        assert len({relay.epoch for relay in relays}) == len(relays)
    mongo.drop_database("bank")
