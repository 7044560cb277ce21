"""A rebuild under load and under kills: readers see no gap and no step backward, and the live one is never worse."""

import itertools
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest

from infra.verify import projection_holds
from shared.core.projection import Projection
from shared.runtime import alias, refold
from shared.runtime.alias import Aliases, Claim, documents_of
from shared.runtime.app import Reader
from shared.runtime.codec import Codec
from shared.runtime.mongo_store import MongoStore
from shared.runtime.projector import subscribe
from shared.runtime.rebuild import RebuildStopped, rebuild
from shared.runtime.refold import CannotFold, Refold, Shelf
from shared.runtime.replay import ReplayRefused, replay, replay_into
from shared.runtime.sequencer import Sequencer
from shared.runtime.subscription import Overtaken
from tests.shared.bank import ROOT, Bank
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS, NOON, AccountOpened, MoneyTaken, commit
from tests.shared.test_recovery import Load, settle

pytestmark = pytest.mark.stack
STREAMS = 11
COMMITS = 400
POINTS = ("rebuild.filled", "rebuild.compared", "rebuild.announced", "rebuild.moved", "rebuild.switched")


class Filled:
    """A log, numbered, with the live projection that stands at its end."""

    def __init__(self, mongo):
        self.client, self.database = mongo, mongo.bank
        self.store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
        self.store.prepare()
        self.stores = {"bank": self.store}
        self.versions = Counter()
        self.take(COMMITS)
        (self.live,) = subscribe(mongo, mongo.bank, BALANCES, self.stores)
        self.live.catch_up()

    def __getitem__(self, service):
        return self.stores[service]

    def take(self, count):
        commits = []
        for n in range(count):
            stream = f"account-{n % STREAMS}"
            events = (MoneyTaken(n + 1), MoneyTaken(1)) if n % 3 == 0 else (MoneyTaken(n + 1),)
            commits.append(commit(stream, self.versions[stream] + 1, *events))
            self.versions[stream] += len(events)
        self.store.append(commits)
        self.number()

    def number(self):
        sequencer = Sequencer(self.client, self.store)
        sequencer.claim()
        sequencer.sweep()

    def rebuild(self, **options):
        return rebuild(self.client, self.stores, "bank", options.pop("projection", BALANCES), linger=0, **options)

    def shown(self):
        return {d["_id"]: d["total"] for d in documents_of(self.database, BALANCES).find()}

    def collections(self):
        return {name for name in self.database.list_collection_names() if name.startswith("balances")}

    def differences(self):
        return list(projection_holds(self.client, self, "bank", BALANCES))


@pytest.fixture
def filled(mongo):
    mongo.drop_database("bank")
    yield Filled(mongo)
    mongo.drop_database("bank")


def expected(store):
    totals = Counter()
    for recorded in store.stream(0):
        totals[recorded.stream] += recorded.event.amount
    return dict(totals)


def test_a_rebuild_equals_the_live_one_and_the_projector_goes_on_in_it(filled):
    indexed = Projection(BALANCES.name, BALANCES.sources, BALANCES.keys, BALANCES.step, (("owner", "-total"),))
    built = filled.rebuild(projection=indexed)
    assert built.comparison.equal
    assert built.comparison.live_count == STREAMS
    assert built.events == filled.store.head(0)
    assert filled.collections() == {"balances__v2"}
    assert "owner_1_total_-1" in filled.database["balances__v2"].index_information()
    filled.take(50)
    with pytest.raises(Overtaken):
        filled.live.catch_up()
    filled.live.catch_up()
    assert filled.shown() == expected(filled.store)
    assert filled.collections() == {"balances__v2"}
    assert filled.differences() == []
    assert filled.rebuild().collection == "balances__v3"
    assert filled.collections() == {"balances__v3"}


def test_a_live_one_that_lags_is_carried_to_the_head(filled):
    filled.take(200)
    filled.rebuild()
    assert filled.shown() == expected(filled.store)
    place = filled.database.checkpoints.find_one({"_id": filled.live.key})
    assert place["position"] == filled.store.head(0)


def test_a_wrong_live_document_stops_the_switch_and_is_healed_when_accepted(filled):
    wrong = {"$inc": {"total": 5}}
    filled.database.balances.update_one({"_id": "account-3"}, wrong)
    filled.database.balances.delete_one({"_id": "account-4"})
    filled.database.balances.insert_one({"_id": "account-x", "total": 1})
    right, before = expected(filled.store), filled.shown()
    with pytest.raises(RebuildStopped) as stopped:
        filled.rebuild()
    assert stopped.value.comparison.differing == 3
    assert stopped.value.comparison.examples == (
        f"account-3: total is {right['account-3'] + 5}, from the log {right['account-3']}",
        "account-4 is missing in the live one",
        "account-x is live, and has no events behind it",
    )
    assert (filled.shown(), filled.collections()) == (before, {"balances"})
    filled.take(20)
    filled.live.catch_up()  # not overtaken
    built = filled.rebuild(accept_difference=True)
    assert built.comparison.differing == 3
    assert filled.shown() == expected(filled.store)
    assert filled.differences() == []


def test_an_event_that_cannot_be_folded_stops_it_by_name(filled):
    filled.database.commits.update_one({"_id": "account-2@3"}, {"$set": {"events.0.schema": 9}})
    before = filled.shown()
    with pytest.raises(CannotFold, match=r"bank/account-2@3 cannot be folded: UnknownEvent: .*schema 9"):
        filled.rebuild()
    assert (filled.shown(), filled.collections()) == (before, {"balances"})
    assert filled.database.aliases.find_one()["moving"] is False


def test_what_was_parked_is_in_the_new_one_and_parked_no_more(filled):
    poison = {"_id": f"account-5@{filled.versions['account-5'] + 1}"}
    filled.take(100)
    filled.database.commits.update_one(poison, {"$set": {"events.0.schema": 9}})
    filled.live.catch_up()
    assert filled.database.parked.count_documents({}) > 1
    filled.database.commits.update_one(poison, {"$set": {"events.0.schema": 1}})
    with pytest.raises(RebuildStopped):
        filled.rebuild()
    filled.rebuild(accept_difference=True)
    assert filled.database.parked.count_documents({}) == 0
    filled.take(100)
    with pytest.raises(Overtaken):
        filled.live.catch_up()
    filled.live.catch_up()
    assert filled.database.parked.count_documents({}) == 0
    assert filled.shown() == expected(filled.store)


def test_of_two_rebuilds_only_the_later_switches(filled):
    later = []

    def tell(phase, done, total):
        if phase == "compare" and not later:
            later.append(filled.rebuild())

    with pytest.raises(RebuildStopped) as stopped:
        filled.rebuild(tell=tell)
    assert stopped.value.code == "superseded"
    assert later[0].collection == "balances__v3"
    assert filled.collections() == {"balances__v3"}
    assert filled.shown() == expected(filled.store)


def test_readers_remember_a_collection_only_while_nothing_moves(filled, monkeypatch):
    monkeypatch.setattr(alias, "LEASE_SECONDS", 3_600)
    reader = Aliases(filled.database)
    assert reader.of(BALANCES).name == "balances"
    claim = Claim(filled.database, BALANCES)
    claim.announce()
    assert reader.of(BALANCES).name == "balances"  # remembered: this is what the rebuild waits for
    other = Aliases(filled.database)
    assert other.of(BALANCES).name == "balances"
    filled.database.aliases.update_one({}, {"$set": {"collection": "balances__v2", "moving": False}})
    assert other.of(BALANCES).name == "balances__v2"  # looked again at once


def test_flat_memory_gives_the_same_documents(filled, monkeypatch):
    """Windows that cut commits in two, documents that go and come back, and some that are removed."""

    def step(document, recorded):
        changed = BALANCES.step(document, recorded)
        return None if changed["total"] % 5 == 0 else changed

    vanishing = Projection("vanishing", BALANCES.sources, BALANCES.keys, step)
    monkeypatch.setattr(refold, "WINDOW", 7)
    shelf = Shelf(filled.database.scratch, capacity=4)
    again = Refold(vanishing, filled.stores, shelf)
    for upto in (33, 34, 100, filled.store.head(0)):
        again.catch_up({("bank", 0): upto})
        documents = {}
        vanishing.fold(documents, itertools.islice(filled.store.stream(0), upto))
        assert {d.pop("_id"): d for d in filled.database.scratch.find()} == documents
    assert len(shelf.documents) <= 4 + 7


def test_replay_stops_at_a_moment(filled):
    streams = [f"account-{n}" for n in range(3)]
    for number, stream in enumerate(streams):
        version = filled.versions[stream] + 1
        late = NOON + timedelta(hours=number)
        filled.store.append([commit(stream, version, AccountOpened("Li"))])
        filled.database.commits.update_one({"_id": f"{stream}@{version}"}, {"$set": {"recorded_at": late}})
        # A clock that runs behind: what follows in the stream is not before what it follows.
        filled.store.append([commit(stream, version + 1, MoneyTaken(1_000_000))])
    filled.number()
    before = filled.shown()

    def at(moment, *keys):
        return {d["_id"]: (d["owner"], d["total"]) for d in replay(BALANCES, filled.stores, moment, keys)}

    assert at(NOON - timedelta(seconds=1)) == {}
    noon = at(NOON)
    assert noon["account-0"] == ("Li", before["account-0"] + 1_000_000)
    assert noon["account-1"] == (None, before["account-1"])
    assert at(NOON + timedelta(hours=1), "account-1") == {"account-1": ("Li", before["account-1"] + 1_000_000)}
    assert filled.shown() == before
    assert replay_into(filled.database, "balances_then", BALANCES, filled.stores, NOON) == STREAMS
    assert filled.database.balances_then.find_one({"_id": "account-1"})["owner"] is None
    with pytest.raises(ReplayRefused):
        replay_into(filled.database, "balances", BALANCES, filled.stores, NOON)
    assert filled.shown() == before


@pytest.fixture
def bank(servers, mongo, tmp_path):
    mongo.drop_database("bank")
    bank = Bank(servers, tmp_path)
    bank.start()
    yield bank
    bank.stop()
    mongo.drop_database("bank")


class Readers:
    """Two readers with memories of their own, asked in turn: of each account, no total may be less than the last."""

    def __init__(self, mongo):
        logs = {"bank": MongoStore(mongo.bank, Codec("bank", EVENTS, {}))}
        self._readers = itertools.cycle([Reader("bank", mongo, logs), Reader("bank", mongo, logs)])
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
            self.highest.update({key: totals[key] - self.highest[key] for key in totals})
            self.reads += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()


def rebuilding(bank, linger=0.5, **environ):
    """A rebuild as a process of its own."""
    command = [sys.executable, "-m", "tests.shared.bank_rebuild", str(linger)]
    return subprocess.Popen(
        command, env=bank.environ | environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def own_write_is_seen(bank, key, amount):
    """Command, then a read that waits for it: it must show at least what this one account took before."""
    before = bank.http.get(f"/api/bank/{key}").json()["total"]
    made = bank.http.post(f"/api/bank/{key}/take", json={"amount": amount}).json()
    answer = bank.http.get(f"/api/bank/{key}", params={"after": made["position"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == before + amount


def holds(mongo, load):
    shown = {d["_id"]: d["total"] for d in documents_of(mongo.bank, BALANCES).find()}
    for key, amount in load.accepted.items():
        assert shown[f"account-{key}"] == shown[f"account-mirror-{key}"] == amount
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    assert list(projection_holds(mongo, {"bank": store}, "bank", BALANCES)) == []


def leftovers(mongo):
    live = documents_of(mongo.bank, BALANCES).name
    return {name for name in mongo.bank.list_collection_names() if name.startswith("balances")} - {live}


def test_readers_notice_nothing_of_rebuilds_under_load(bank, mongo):
    with Load(bank) as load, Readers(mongo) as readers:
        mine = bank.http.post("/api/bank", json={"owner": "Me", "branch": "B"}).json()
        bank.http.get(f"/api/bank/{mine['id']}", params={"after": mine["position"]})
        for _ in range(4):
            running = rebuilding(bank)
            while running.poll() is None:
                own_write_is_seen(bank, mine["id"], 3)
            out, err = running.communicate()
            assert running.returncode == 0, err
    settle(mongo)
    assert out == documents_of(mongo.bank, BALANCES).name == "balances__v5"
    assert readers.wrong == []
    assert readers.reads > 50
    assert leftovers(mongo) == set()
    holds(mongo, load)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_moment_the_live_one_goes_on(bank, mongo, tmp_path, point):
    planted = tmp_path / "crash"
    planted.mkdir()
    (planted / point).touch()
    with Load(bank) as load, Readers(mongo) as readers:
        mine = bank.http.post("/api/bank", json={"owner": "Me", "branch": "B"}).json()
        bank.http.get(f"/api/bank/{mine['id']}", params={"after": mine["position"]})
        running = rebuilding(bank, LIANDONG_CRASH_DIR=str(planted))
        running.communicate(timeout=60)
        assert running.returncode == -9
        switched = documents_of(mongo.bank, BALANCES).name != "balances"
        assert switched == (point == "rebuild.switched")
        assert leftovers(mongo)
        again = rebuilding(bank)
        assert again.wait(timeout=60) == 0, again.stderr.read()
        again.communicate()
        own_write_is_seen(bank, mine["id"], 3)
    settle(mongo)
    assert readers.wrong == []
    assert leftovers(mongo) == set()
    holds(mongo, load)


def test_killed_in_mid_switch_the_projector_frees_itself(bank, mongo, tmp_path):
    """Nobody rebuilds again: the transaction that was left open is ended by the one who waits for it."""
    (tmp_path / "rebuild.moved").touch()
    with Load(bank) as load:
        time.sleep(1)
        running = rebuilding(bank, LIANDONG_CRASH_DIR=str(tmp_path))
        running.communicate(timeout=60)
        assert running.returncode == -9
        begun = time.monotonic()
        store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
        head = store.head(0)
        while mongo.bank.checkpoints.find_one({"_id": "bank.balances/bank/0"})["position"] < head:
            assert time.monotonic() - begun < 55, "only the server's own limit freed it"
            time.sleep(0.1)
    settle(mongo)
    assert documents_of(mongo.bank, BALANCES).name == "balances"
    holds(mongo, load)


def test_killed_at_any_moment(bank, mongo):
    chance = random.Random(int(os.environ.get("SEED", "7")))
    with Load(bank) as load, Readers(mongo) as readers:
        for _ in range(6):
            running = rebuilding(bank)
            time.sleep(chance.uniform(0.3, 2.5))
            running.kill()
            running.communicate()
        last = rebuilding(bank)
        last.communicate(timeout=60)
        assert last.returncode == 0
    settle(mongo)
    assert readers.wrong == []
    assert leftovers(mongo) == set()
    holds(mongo, load)
