"""A projection is rebuilt beside the live one: compared, switched, nobody disturbed; on the real database."""

import dataclasses
import random
import subprocess
import sys
import threading
import time

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from infra.verify import projection_holds
from shared.core.ids import partition_of
from shared.runtime import rebuild as rebuilding
from shared.runtime import refold
from shared.runtime.aliases import ALIASES, KEPT_SECONDS, Aliases, live
from shared.runtime.app import Reader
from shared.runtime.codec import Codec
from shared.runtime.compare import compare
from shared.runtime.mongo_store import MongoStore
from shared.runtime.projector import subscribe
from shared.runtime.rebuild import Differs, Rebuild, Superseded, TooLong
from shared.runtime.refold import Unfoldable
from shared.runtime.sequencer import Sequencer
from shared.runtime.subscription import Overtaken
from tests.shared.bank import ROOT
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS, MoneyTaken, commit

pytestmark = pytest.mark.stack
STREAMS, COMMITS = 7, 1_400
INDEXED = dataclasses.replace(BALANCES, indexes=(("-total",),))


class Log:
    """The example's log, which can grow."""

    def __init__(self, mongo, partitions=1):
        self.store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}), partitions)
        self.store.prepare()
        self._versions = dict.fromkeys((f"account-{n}" for n in range(STREAMS)), 0)
        self._sequencer = Sequencer(mongo, self.store)
        self._sequencer.claim()

    def grow(self, count, events=1):
        commits = []
        for n in range(count):
            stream = f"account-{n % STREAMS}"
            version = self._versions[stream] + 1
            taken = [MoneyTaken(n + 1)] * events
            commits.append(commit(stream, version, *taken, partitions=self.store.partitions))
            self._versions[stream] += events
        self.store.append(commits)
        self._sequencer.sweep()
        return commits[-1]

    def totals(self):
        totals = {}
        for partition in range(self.store.partitions):
            for recorded in self.store.stream(partition):
                totals[recorded.stream] = totals.get(recorded.stream, 0) + recorded.event.amount
        return totals


@pytest.fixture
def log(mongo, monkeypatch):
    monkeypatch.setattr(refold, "CHUNK", 100)
    mongo.drop_database("bank")
    log = Log(mongo)
    log.grow(COMMITS)
    yield log
    mongo.drop_database("bank")


def subscriptions(mongo, log, projection=BALANCES):
    return subscribe(mongo.bank, projection, {"bank": log.store})


def shown(mongo):
    return {d["_id"]: d["total"] for d in live(mongo.bank, BALANCES).find()}


def rebuild(mongo, log, projection=BALANCES, **options):
    return Rebuild(mongo.bank, projection, {"bank": log.store}).run(grace=0, **options)


def collections(mongo):
    return sorted(name for name in mongo.bank.list_collection_names() if name.startswith("balances"))


def holds(mongo, log):
    return list(projection_holds(mongo, {"bank": log.store}, "bank", BALANCES)) == []


def test_the_same_again_with_its_indexes_and_the_projector_goes_on_in_it(log, mongo):
    (subscription,) = subscriptions(mongo, log, INDEXED)
    subscription.catch_up()
    done = rebuild(mongo, log, INDEXED)
    assert done.comparison.differences == []
    assert done.comparison.live.hash == done.comparison.rebuilt.hash
    assert done.comparison.live.count == STREAMS
    assert done.events == COMMITS
    assert collections(mongo) == ["balances__v2"]
    assert "total_-1" in mongo.bank["balances__v2"].index_information()
    log.grow(70)
    subscription.catch_up()
    assert shown(mongo) == log.totals()
    assert rebuild(mongo, log, INDEXED).collection == "balances__v3"
    assert collections(mongo) == ["balances__v3"]
    (restarted,) = subscriptions(mongo, log, INDEXED)
    log.grow(7)
    restarted.catch_up()
    assert collections(mongo) == ["balances__v3"]
    assert shown(mongo) == log.totals()
    assert holds(mongo, log)


class Queries(CommandListener):
    """Counts what a client asks of a collection."""

    def __init__(self, collection):
        self.collection, self.count = collection, 0

    def started(self, event):
        self.count += event.command.get("find") == self.collection

    def succeeded(self, event):
        """Counted when it began."""

    failed = succeeded


def test_readers_ask_seldom_for_the_live_collection_and_each_time_while_a_rebuild_goes_on(log, mongo, servers):
    queries = Queries(ALIASES)
    with MongoClient(servers.mongo_uri, event_listeners=[queries]) as client:
        aliases = Aliases(client.bank)
        begun = time.monotonic()
        names = {aliases.live(BALANCES).name for _ in range(100)}
        assert (names, queries.count) == ({"balances"}, 1) or time.monotonic() - begun > KEPT_SECONDS
        Rebuild(mongo.bank, BALANCES, {"bank": log.store})._begin()
        time.sleep(KEPT_SECONDS)
        before = queries.count
        assert {aliases.live(BALANCES).name for _ in range(100)} == {"balances"}
        assert queries.count == before + 100


def test_nobody_goes_by_an_answer_from_before_once_a_rebuild_switches(log, mongo):
    """The shortest rebuild lets as much time pass as the freshest answer is kept for."""
    subscriptions(mongo, log)[0].catch_up()
    aliases, seen, stop = Aliases(mongo.bank), [], threading.Event()

    def look():
        while not stop.is_set():
            kept = aliases.live(BALANCES).name
            seen.append((kept, live(mongo.bank, BALANCES).name))

    thread = threading.Thread(target=look)
    thread.start()
    time.sleep(KEPT_SECONDS / 2)
    rebuild(mongo, log)
    time.sleep(KEPT_SECONDS / 2)
    stop.set()
    thread.join()
    assert {shown for _, shown in seen} == {"balances", "balances__v2"}
    # Asked one after the other, the switch may lie between two answers once.
    assert sum(kept != shown for kept, shown in seen) <= 1


def test_fields_in_another_order_are_no_difference(mongo, log):
    """As where events of several sources came in another order."""
    for name, order in (("one", ("owner", "total")), ("other", ("total", "owner"))):
        mongo.bank[name].insert_one({"_id": "a", **dict.fromkeys(order, 1), "same": {"x": 1, "y": [2]}})
        mongo.bank[name].insert_one({"_id": "b", "nothing": None})
    found = compare(mongo.bank.one, mongo.bank.other)
    assert (found.different, found.live.count, found.rebuilt.count) == (0, 2, 2)
    assert found.live.hash == found.rebuilt.hash
    mongo.bank.other.update_one({"_id": "a"}, {"$set": {"same.x": 2}})
    found = compare(mongo.bank.one, mongo.bank.other)
    assert found.differences == ["a differs in same"]
    assert found.live.hash != found.rebuilt.hash


def test_a_wrong_document_is_found_and_healed(log, mongo):
    subscriptions(mongo, log)[0].catch_up()
    mongo.bank.balances.update_one({"_id": "account-3"}, {"$inc": {"total": 1}})
    mongo.bank.balances.delete_one({"_id": "account-5"})
    mongo.bank.balances.insert_one({"_id": "account-99", "total": 4})
    assert not holds(mongo, log)
    with pytest.raises(Differs) as refused:
        rebuild(mongo, log)
    assert refused.value.comparison.differences == [
        "account-3 differs in total",
        "account-5 is missing from what is shown",
        "account-99 is shown, and the log knows nothing of it",
    ]
    assert collections(mongo) == ["balances"]
    assert not holds(mongo, log)
    assert rebuild(mongo, log, accept_difference=True).comparison.different == 3
    assert shown(mongo) == log.totals()
    assert holds(mongo, log)


def test_a_checkpoint_inside_a_commit_and_four_partitions(mongo, monkeypatch):
    monkeypatch.setattr(refold, "CHUNK", 100)
    monkeypatch.setattr(rebuilding, "NEAR", 50)
    mongo.drop_database("bank")
    log = Log(mongo, partitions=4)
    log.grow(300, events=3)
    assert len({partition_of(f"account-{n}", 4) for n in range(STREAMS)}) > 1
    for subscription in subscriptions(mongo, log):
        subscription.catch_up(100)
    assert rebuild(mongo, log).comparison.differences == []
    assert holds(mongo, log)
    for subscription in subscriptions(mongo, log):
        subscription.catch_up()
    assert shown(mongo) == log.totals()
    mongo.drop_database("bank")


def test_where_the_live_one_is_far_behind_the_switch_brings_it_to_the_end(log, mongo):
    (subscription,) = subscriptions(mongo, log)
    subscription.catch_up(100)
    rebuild(mongo, log)
    assert shown(mongo) == log.totals()
    with pytest.raises(Overtaken):
        subscription.catch_up()
    assert subscription.checkpoint == COMMITS
    assert holds(mongo, log)


def test_what_was_parked_is_taken_in_and_what_was_discarded_stays_out(log, mongo):
    mongo.bank.commits.update_one({"_id": "account-2@3"}, {"$set": {"events.0.schema": 9}})
    (subscription,) = subscriptions(mongo, log)
    subscription.catch_up()
    with pytest.raises(Unfoldable, match="bank/account-2@3 cannot be taken in: UnknownEvent"):
        rebuild(mongo, log)
    assert collections(mongo) == ["balances"]
    mongo.bank.commits.update_one({"_id": "account-2@3"}, {"$set": {"events.0.schema": 1}})
    parked = list(mongo.bank.parked.find().sort("position"))
    mongo.bank.discarded.insert_one(parked[0])
    assert rebuild(mongo, log, accept_difference=True).unparked == len(parked)
    event = next(r for r in log.store.stream(0) if r.id == "bank/account-2@3")
    assert shown(mongo)["account-2"] == log.totals()["account-2"] - event.event.amount
    subscription.redrive()
    log.grow(7)
    subscription.catch_up()
    assert mongo.bank.parked.count_documents({}) == 0
    assert shown(mongo)["account-2"] == log.totals()["account-2"] - event.event.amount


@pytest.mark.parametrize("step", ["_fill", "_switch_in"])
@pytest.mark.parametrize("followed", [False, True])
def test_a_rebuild_that_does_not_switch_takes_its_own_claim_back(log, mongo, monkeypatch, step, followed):
    """While one stands there, readers ask for the alias each time."""

    def fail(*_, **__):
        if followed:
            Rebuild(mongo.bank, BALANCES, {"bank": log.store})._begin()
        raise ValueError("no")

    monkeypatch.setattr(Rebuild, step, fail)
    subscriptions(mongo, log)[0].catch_up()
    with pytest.raises(ValueError, match="no"):
        rebuild(mongo, log)
    alias = mongo.bank[ALIASES].find_one({"_id": BALANCES.name})
    assert alias.get("rebuild") == ("balances__v3" if followed else None)


class Late(MongoStore):
    """As by a member that has only just taken over: for some looks its end does not show, wherever one looks."""

    looks = 0

    def head(self, *asked):
        self.looks -= 1
        return super().head(*asked) - (100 if self.looks >= 0 else 0)

    def documents(self, *asked):
        last = MongoStore.head(self, asked[0]) - (100 if self.looks >= 0 else 0)
        return (one for one in super().documents(*asked) if one["position"] <= last)


@pytest.mark.parametrize("when", ["_fill", "_switch_in"])
def test_a_log_that_shows_less_than_was_read_of_it_leaves_no_hole(log, mongo, monkeypatch, when):
    (subscription,) = subscriptions(mongo, log)
    subscription.catch_up()
    late, step, once = Late(mongo.bank, log.store.codec), getattr(Rebuild, when), iter([True])

    def slowly(self, *given, **options):
        if next(once, False):
            late.looks = 4
            if when == "_switch_in":  # which takes these in itself
                log.grow(150)
                subscription.catch_up()
        return step(self, *given, **options)

    monkeypatch.setattr(Rebuild, when, slowly)
    Rebuild(mongo.bank, BALANCES, {"bank": late}).run(grace=0)
    monkeypatch.undo()
    assert shown(mongo) == log.totals()
    assert holds(mongo, log)


def test_of_two_rebuilds_the_later_one_wins(log, mongo, monkeypatch):
    subscriptions(mongo, log)[0].catch_up()
    first = Rebuild(mongo.bank, BALANCES, {"bank": log.store})
    compare = Rebuild._compare

    def slowly(self, fold):
        if self is first:
            rebuild(mongo, log)
        return compare(self, fold)

    monkeypatch.setattr(Rebuild, "_compare", slowly)
    with pytest.raises((Superseded, Differs)):
        first.run(grace=0)
    monkeypatch.undo()
    assert shown(mongo) == log.totals()
    rebuild(mongo, log)
    assert len(collections(mongo)) == 1


class Readers:
    """Read at once what was written, and count whatever goes backward or is missing."""

    def __init__(self, mongo, log):
        self.mongo, self.log = mongo, log
        self.wrong, self.reads, self.failures = [], 0, []
        self._stopping = threading.Event()
        jobs = (self._write, self._project, self._read, self._read)
        self._threads = [threading.Thread(target=self._guarded, args=(job,)) for job in jobs]
        self._written = threading.Lock()
        self._after = ("bank/account-0@0", 0)

    def _guarded(self, job):
        while not self._stopping.is_set():
            try:
                job()
            except Overtaken:
                continue
            except Exception as error:  # noqa: BLE001 -- told by the test
                self.failures.append(error)
                return

    def _write(self):
        last = self.log.grow(35)
        with self._written:
            self._after = (f"bank/{last.id}", sum(self.log.totals().values()))

    def _project(self):
        (subscription,) = subscriptions(self.mongo, self.log)
        while not self._stopping.is_set():
            subscription.catch_up()
            subscription.flush()
            time.sleep(0.01)

    def _read(self):
        reader = Reader("bank", self.mongo, {"bank": self.log.store})
        before = {}
        while not self._stopping.is_set():
            with self._written:
                after, least = self._after
            caller = type("Asker", (), {"after": after})()
            now = {d["_id"]: d["total"] for d in reader.documents(BALANCES, {}, caller)}
            self.reads += 1
            back = [key for key, total in before.items() if now.get(key, -1) < total]
            if back or sum(now.values()) < least:
                self.wrong.append((back, least, now))
            before = now

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()


def test_readers_under_load_never_see_a_gap_or_a_step_backward(log, mongo):
    subscriptions(mongo, log)[0].catch_up()
    with Readers(mongo, log) as readers:
        for _ in range(6):
            Rebuild(mongo.bank, BALANCES, {"bank": log.store}).run(grace=0.5)
            time.sleep(0.2)
    assert readers.failures == []
    assert readers.wrong == []
    assert readers.reads > 20
    subscriptions(mongo, log)[0].catch_up()
    assert shown(mongo) == log.totals()
    assert collections(mongo) == ["balances__v7"]


def start(servers, crashes):
    command = [sys.executable, "-m", "tests.shared.rebuild_process", servers.mongo_uri, str(crashes)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


@pytest.mark.parametrize("point", ["rebuild.written", "rebuild.switching", "rebuild.switched"])
def test_killed_at_a_named_moment(log, mongo, servers, tmp_path, point):
    (subscription,) = subscriptions(mongo, log)
    subscription.catch_up()
    (tmp_path / point).touch()
    process = start(servers, tmp_path)
    process.communicate(timeout=60)
    assert process.returncode == -9
    # As its consumer does after trouble: an open transaction of the dead holds its place until it takes over.
    subscription.resume()
    assert live(mongo.bank, BALANCES).name == ("balances__v2" if point == "rebuild.switched" else "balances")
    after_a_kill(log, mongo, subscription)


def test_killed_at_any_moment(log, mongo, servers, tmp_path):
    (subscription,) = subscriptions(mongo, log)
    subscription.catch_up()
    chance = random.Random(4)
    for _ in range(4):
        process = start(servers, tmp_path)
        time.sleep(chance.uniform(0.4, 2.0))
        process.kill()
        process.communicate(timeout=60)
        assert shown(mongo) == log.totals()
    after_a_kill(log, mongo, subscription)


def after_a_kill(log, mongo, subscription):
    """The live one shows everything and goes on; a rebuild can be run again, and clears away what was left."""
    assert shown(mongo) == log.totals()
    log.grow(70)
    subscription.catch_up()
    assert shown(mongo) == log.totals()
    rebuild(mongo, log)
    assert len(collections(mongo)) == 1
    assert shown(mongo) == log.totals()
    assert holds(mongo, log)


def test_after_a_rebuild_unparked_a_stream_its_next_event_is_not_parked_behind_nothing(log, mongo):
    """The projector still remembers the stream as blocked, and no timer has told it better."""
    mongo.bank.commits.update_one({"_id": "account-2@3"}, {"$set": {"events.0.schema": 9}})
    (subscription,) = subscriptions(mongo, log)
    subscription.catch_up()
    mongo.bank.commits.update_one({"_id": "account-2@3"}, {"$set": {"events.0.schema": 1}})
    assert rebuild(mongo, log, accept_difference=True).unparked > 0
    log.grow(7)
    with pytest.raises(Overtaken):
        subscription.catch_up()
    subscription.catch_up()
    assert mongo.bank.parked.count_documents({}) == 0
    assert shown(mongo) == log.totals()


def test_a_comparison_that_outlives_what_the_database_remembers_says_so(log, mongo, monkeypatch):
    """The server shows a moment that is over for some minutes; here it forgets at once."""
    (subscription,) = subscriptions(mongo, log)
    subscription.catch_up()
    window = "minSnapshotHistoryWindowInSeconds"
    before = mongo.admin.command("getParameter", 1, **{window: 1})[window]

    def late(*asked):
        for _ in range(40):
            mongo.bank.noise.insert_one({})
            time.sleep(0.1)
        return compare(*asked)

    monkeypatch.setattr(rebuilding, "compare", late)
    mongo.admin.command("setParameter", 1, **{window: 0})
    try:
        with pytest.raises(TooLong, match=window):
            rebuild(mongo, log)
    finally:
        mongo.admin.command("setParameter", 1, **{window: before})
    assert collections(mongo) == ["balances"]
    assert shown(mongo) == log.totals()
