"""Commands become commits once, whoever races and however often they come; on both stores."""

import threading
import uuid

import pytest

from shared.core.errors import Contended, KeyReused, NotFound, RuleBroken, Stale, VersionConflict
from shared.core.memory_store import MemoryStore
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime.codec import Codec
from shared.runtime.execute import Executor
from shared.runtime.mongo_store import MongoStore
from tests.shared.examples import ACCOUNT, EVENTS, NOON, OpenAccount, TakeMoney


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.stack)])
def store(request):
    if request.param == "memory":
        yield MemoryStore("bank")
        return
    client = request.getfixturevalue("mongo")
    database = client[f"execute_{uuid.uuid4().hex[:12]}"]
    store = MongoStore(database, Codec("bank", EVENTS, {}))
    store.prepare()
    yield store
    client.drop_database(database.name)


@pytest.fixture
def executor(store):
    return Executor(store, lambda: NOON)


def take(amount, key="1", times=1):
    return Intent(ACCOUNT, key, TakeMoney(amount, times))


def meta(command, fingerprint=None):
    return Meta(command_id=command, actor="S0001", fingerprint=fingerprint)


def test_a_command_is_done_once(executor, store):
    first = executor.execute(take(5), meta("a"))
    again = executor.execute(take(5), meta("a"))
    assert (again.version, again.commit_id, again.events) == (first.version, first.commit_id, first.events)
    assert again.repeated
    assert executor.execute_many([(take(5), meta("a"))]) == [0]
    assert len(store.load("account-1")) == 1


def test_a_wish_that_already_holds_makes_no_commit(executor, store):
    opened = Intent(ACCOUNT, "1", OpenAccount("Li"))
    executor.execute(opened, meta("a"))
    assert executor.execute(opened, meta("b")).events == ()
    assert len(store.load("account-1")) == 1


def test_the_same_key_with_another_request_is_refused(executor):
    executor.execute(take(5), meta("a", "one"))
    with pytest.raises(KeyReused):
        executor.execute(take(6), meta("a", "two"))
    with pytest.raises(KeyReused):
        executor.execute(take(5, "other"), meta("a", "two"))


def test_expected_version(executor):
    executor.execute(take(5), meta("a"), expected=0)
    with pytest.raises(Stale):
        executor.execute(take(5), meta("b"), expected=0)


def test_a_repeat_with_its_old_version_is_no_conflict(executor):
    first = executor.execute(take(5), meta("a", "f"), expected=0)
    assert executor.execute(take(5), meta("a", "f"), expected=0).commit_id == first.commit_id


def test_an_unknown_stream_is_not_found(executor):
    with pytest.raises(NotFound):
        executor.execute(take(5), meta("a"), creates=False)


def test_a_broken_rule_keeps_nothing(executor, store):
    with pytest.raises(RuleBroken):
        executor.execute(take(-5), meta("a"))
    assert store.load("account-1") == []


def test_conflicts_are_decided_again(executor, store):
    """Eight threads, forty commands on one stream: each is done, once."""

    def work(worker):
        for n in range(5):
            while True:
                try:
                    executor.execute(take(1), meta(f"{worker}-{n}"))
                except Contended:
                    continue
                break

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = [c.version for c in store.load("account-1")]
    assert versions == list(range(1, 41))


def test_endless_conflict_ends(store):
    class Losing(MemoryStore):
        def append(self, commits):
            raise VersionConflict("always")

    with pytest.raises(Contended):
        Executor(Losing("bank"), lambda: NOON).execute(take(1), meta("a"))


def test_a_commit_over_the_limit_is_refused(executor, store):
    with pytest.raises(ValueError, match="decide in batches"):
        executor.execute(take(1, times=70_000), meta("a"))
    assert store.load("account-1") == []


def test_many_at_once_equal_one_by_one(executor, store):
    work = [(take(n, str(n % 3), times=2), meta(f"m-{n}")) for n in range(1, 20)]
    assert executor.execute_many(work) == [2] * 19
    assert executor.execute_many(work) == [0] * 19
    one = Executor(MemoryStore("bank"), lambda: NOON)
    for intent, about in work:
        one.execute(intent, about)
    for key in "012":
        assert store.load(f"account-{key}") == one.store.load(f"account-{key}")


def test_many_survive_a_race(executor, store):
    """Another writer takes versions while a bulk is decided: all is done once all the same."""
    original = store.load_many

    def raced(streams):
        loaded = original(streams)
        store.load_many = original
        executor.execute(take(100, "1"), meta("intruder"))
        return loaded

    store.load_many = raced
    executor.execute_many([(take(n, str(n % 3)), meta(f"m-{n}")) for n in range(9)[1:]])
    amounts = [e.amount for key in "012" for c in store.load(f"account-{key}") for e in c.events]
    assert sorted(amounts) == [1, 2, 3, 4, 5, 6, 7, 8, 100]
