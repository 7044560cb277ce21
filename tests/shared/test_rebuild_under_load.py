"""Rebuilds beside the example's real processes: commands over HTTP, relay and projector at work, kills by SIGKILL."""

import itertools
import threading
import time
from collections import Counter

import pytest

from infra.verify import projection_holds
from shared.runtime.aliases import live
from shared.runtime.app import Reader
from shared.runtime.codec import Codec
from shared.runtime.mongo_store import MongoStore
from tests.shared.bank import Bank
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS
from tests.shared.test_rebuild import collections, start
from tests.shared.test_recovery import Load, settle

pytestmark = pytest.mark.stack


@pytest.fixture
def bank(servers, mongo, tmp_path):
    mongo.drop_database("bank")
    bank = Bank(servers, tmp_path)
    bank.start()
    yield bank
    bank.stop()
    mongo.drop_database("bank")


def log_of(mongo):
    return MongoStore(mongo.bank, Codec("bank", EVENTS, {}))


class Readers:
    """Two readers asked in turn: whatever the one has seen of an account, the other must see at least."""

    def __init__(self, mongo):
        self._readers = itertools.cycle([Reader("bank", mongo, {"bank": log_of(mongo)}) for _ in range(2)])
        self.highest = Counter()
        self.reads, self.wrong = 0, []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._stopping.is_set():
            try:
                totals = {d["_id"]: d["total"] for d in next(self._readers).documents(BALANCES, {})}
            except Exception as error:  # noqa: BLE001 -- whatever a reader would have met
                self.wrong.append(error)
                continue
            self.wrong += [key for key in self.highest if totals.get(key, -1) < self.highest[key]]
            self.highest = Counter(totals)
            self.reads += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()


def open_mine(bank):
    made = bank.http.post("/api/bank", json={"owner": "Me", "branch": "B"}).json()
    bank.http.get(f"/api/bank/{made['id']}", params={"after": made["position"]}).raise_for_status()
    return made["id"]


def own_write_is_seen(bank, key):
    before = bank.http.get(f"/api/bank/{key}").json()["total"]
    made = bank.http.post(f"/api/bank/{key}/take", json={"amount": 3}).json()
    answer = bank.http.get(f"/api/bank/{key}", params={"after": made["position"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == before + 3


def holds(mongo, load):
    shown = {d["_id"]: d["total"] for d in live(mongo.bank, BALANCES).find()}
    for key, amount in load.accepted.items():
        assert shown[f"account-{key}"] == shown[f"account-mirror-{key}"] == amount
    assert list(projection_holds(mongo, {"bank": log_of(mongo)}, "bank", BALANCES)) == []


def test_commands_and_readers_notice_nothing(bank, mongo, servers, tmp_path):
    with Load(bank) as load, Readers(mongo) as readers:
        mine = open_mine(bank)
        for _ in range(3):
            running = start(servers, tmp_path)
            while running.poll() is None:
                own_write_is_seen(bank, mine)
            _, said = running.communicate()
            assert running.returncode == 0, said
    settle(mongo)
    assert readers.wrong == []
    assert readers.reads > 50
    assert collections(mongo) == [live(mongo.bank, BALANCES).name] == ["balances__v4"]
    holds(mongo, load)


def test_killed_in_mid_switch_the_projector_frees_itself(bank, mongo, servers, tmp_path):
    """Nobody rebuilds again: the transaction that was left open is ended by the one who waits for it."""
    crashes = tmp_path / "crashes"
    crashes.mkdir()
    (crashes / "rebuild.switching").touch()
    with Load(bank) as load, Readers(mongo) as readers:
        mine = open_mine(bank)
        running = start(servers, crashes)
        running.communicate(timeout=60)
        assert running.returncode == -9
        begun, head = time.monotonic(), log_of(mongo).head(0)
        while mongo.bank.checkpoints.find_one({"_id": "bank.balances/bank/0"})["position"] < head:
            assert time.monotonic() - begun < 55, "only the server's own limit freed it"
            time.sleep(0.1)
        own_write_is_seen(bank, mine)
    settle(mongo)
    assert readers.wrong == []
    assert live(mongo.bank, BALANCES).name == "balances"
    holds(mongo, load)
