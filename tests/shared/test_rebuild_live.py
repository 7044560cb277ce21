"""Rebuilds beside the example's real processes under load: readers, writers and the projector notice nothing."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from infra.verify import projection_holds
from shared.runtime.aliases import live
from shared.runtime.app import Reader
from shared.runtime.codec import Codec
from shared.runtime.mongo_store import MongoStore
from tests.shared.bank import ROOT
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS
from tests.shared.test_recovery import Load, settle

pytestmark = pytest.mark.stack


class Readers:
    """Reads all accounts again and again: of none may the total be less than it was, or missing."""

    def __init__(self, mongo):
        self._reader = Reader("bank", mongo, {"bank": store_of(mongo)})
        self.highest = Counter()
        self.reads, self.wrong = 0, []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._stopping.is_set():
            try:
                totals = {d["_id"]: d["total"] for d in self._reader.documents(BALANCES, {})}
            except Exception as error:  # noqa: BLE001 -- whatever a reader would have met
                self.wrong.append(error)
                continue
            self.wrong += [key for key, highest in self.highest.items() if totals.get(key, -1) < highest]
            self.highest = Counter(totals)
            self.reads += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()


def store_of(mongo):
    return MongoStore(mongo.bank, Codec("bank", EVENTS, {}))


def rebuilding(servers, crashes):
    command = [sys.executable, "-m", "tests.shared.rebuild_process", servers.mongo_uri, str(crashes)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def own_write_is_seen(bank, key, amount):
    """A command, then a read that waits for it."""
    before = bank.http.get(f"/api/bank/{key}").json()["total"]
    made = bank.http.post(f"/api/bank/{key}/take", json={"amount": amount}).json()
    answer = bank.http.get(f"/api/bank/{key}", params={"after": made["position"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == before + amount


def an_account(bank):
    made = bank.http.post("/api/bank", json={"owner": "Me", "branch": "B"}).json()
    bank.http.get(f"/api/bank/{made['id']}", params={"after": made["position"]})
    return made["id"]


def holds(mongo, load):
    shown = {d["_id"]: d["total"] for d in live(mongo.bank, BALANCES).find()}
    for key, amount in load.accepted.items():
        assert shown.get(f"account-{key}", 0) == shown.get(f"account-mirror-{key}", 0) == amount
    assert list(projection_holds(mongo, {"bank": store_of(mongo)}, "bank", BALANCES)) == []
    kept = [name for name in mongo.bank.list_collection_names() if name.startswith("balances")]
    assert kept == [live(mongo.bank, BALANCES).name]


def test_nobody_notices_rebuilds_under_load(bank, mongo, servers, tmp_path):
    with Load(bank) as load, Readers(mongo) as readers:
        mine = an_account(bank)
        for _ in range(4):
            running = rebuilding(servers, tmp_path)
            while running.poll() is None:
                own_write_is_seen(bank, mine, 3)
            assert running.returncode == 0, running.communicate()[1]
            running.communicate()
    settle(mongo)
    assert live(mongo.bank, BALANCES).name == "balances__v5"
    assert readers.wrong == []
    assert readers.reads > 20
    assert "subscription_overtaken" not in bank.log("projector")
    holds(mongo, load)


def test_killed_in_mid_switch_the_projector_frees_itself(bank, mongo, servers, tmp_path):
    """Nobody rebuilds again: whoever waits for the transaction that was left open ends it."""
    (tmp_path / "rebuild.switching").touch()
    with Load(bank) as load:
        time.sleep(1)
        running = rebuilding(servers, tmp_path)
        running.communicate(timeout=60)
        assert running.returncode == -9
        begun, head = time.monotonic(), store_of(mongo).head(0)
        while mongo.bank.checkpoints.find_one({"_id": "bank.balances/bank/0"})["position"] < head:
            assert time.monotonic() - begun < 55, "only the server's own limit freed it"
            time.sleep(0.1)
    settle(mongo)
    assert live(mongo.bank, BALANCES).name == "balances"
    again = rebuilding(servers, tmp_path)
    assert again.wait(timeout=60) == 0, again.communicate()[1]
    again.communicate()
    holds(mongo, load)


def test_killed_at_any_moment_under_load(bank, mongo, servers, tmp_path):
    chance = random.Random(7)
    with Load(bank) as load, Readers(mongo) as readers:
        for _ in range(5):
            running = rebuilding(servers, tmp_path)
            time.sleep(chance.uniform(0.3, 2.5))
            running.kill()
            running.communicate()
        last = rebuilding(servers, tmp_path)
        last.communicate(timeout=60)
        assert last.returncode == 0
    settle(mongo)
    assert readers.wrong == []
    holds(mongo, load)
