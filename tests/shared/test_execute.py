"""Commands become commits once, whoever races and however often they come; on both stores."""

import threading

import pytest

from shared.core.decider import Decider
from shared.core.errors import Contended, KeyReused, NotFound, RuleBroken, Stale, VersionConflict
from shared.core.memory_store import MemoryStore
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime.execute import Executor
from tests.shared.examples import ACCOUNT, NOON, AccountOpened, OpenAccount, TakeMoney


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


def test_what_fails_after_a_refused_bulk_does_not_name_it_as_its_cause():
    """The cause is logged, too."""

    class Losing(MemoryStore):
        def append(self, commits):
            raise VersionConflict("many") if len(commits) > 1 else OSError("the disk is full")

    with pytest.raises(OSError, match="full") as failed:
        Executor(Losing("bank"), lambda: NOON).execute_many([(take(1, key), meta(key)) for key in "12"])
    assert (failed.value.__cause__, failed.value.__context__) == (None, None)


def seen_late(store, looks=1):
    """As of a member that has only just taken over: the first looks at a stream do not show its last commit."""
    load, load_since, left = store.load, store.load_since, [looks]

    def late(commits):
        left[0] -= 1
        return commits[:-1] if left[0] >= 0 else commits

    store.load = lambda stream, after=0: late(load(stream, after))
    store.load_since = lambda after: {stream: late(commits) for stream, commits in load_since(after).items()}


def test_nobody_is_refused_by_an_old_picture(executor, store):
    executor.execute(take(5), meta("a"))
    seen_late(store)
    assert executor.execute(take(1), meta("b"), expected=1).version == 2
    seen_late(store)
    assert executor.execute(take(1), meta("c"), creates=False).version == 3


def test_what_an_old_picture_would_leave_undone_is_done(executor, store):
    owner = Decider(
        "account",
        None,
        decide=lambda name, wish: [] if name == wish.owner else [AccountOpened(wish.owner)],
        evolve=lambda _, event: event.owner,
    )
    li, wang = (Intent(owner, "1", OpenAccount(name)) for name in ("Li", "Wang"))
    executor.execute_many([(li, meta("a")), (wang, meta("b"))])
    seen_late(store)
    assert len(executor.execute(li, meta("c")).events) == 1, "by the old picture it is Li still"
    executor.execute(wang, meta("d"))
    seen_late(store)
    assert executor.execute_many([(li, meta("e"))]) == [1]


def test_a_picture_that_stays_old_ends_in_a_try_again(executor, store):
    executor.execute(take(5), meta("a"))
    seen_late(store, looks=99)
    with pytest.raises(Contended):
        executor.execute(take(1), meta("b"), expected=1)
    seen_late(store, looks=99)
    with pytest.raises(Contended):
        executor.execute_many([(take(-1), meta("c"))])


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
    original = store.load_since

    def raced(after):
        loaded = original(after)
        store.load_since = original
        executor.execute(take(100, "1"), meta("intruder"))
        return loaded

    store.load_since = raced
    executor.execute_many([(take(n, str(n % 3)), meta(f"m-{n}")) for n in range(9)[1:]])
    amounts = [e.amount for key in "012" for c in store.load(f"account-{key}") for e in c.events]
    assert sorted(amounts) == [1, 2, 3, 4, 5, 6, 7, 8, 100]
