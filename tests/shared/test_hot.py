"""Long streams are remembered: what is decided on a memory is what would be decided on the whole stream."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.errors import LiandongError
from shared.core.memory_store import MemoryStore
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime import hot
from shared.runtime.execute import Executor
from shared.runtime.mongo_store import MongoStore
from tests.shared.examples import ACCOUNT, NOON, OpenAccount, TakeMoney

LONG = 3


@pytest.fixture(autouse=True)
def _soon_long(monkeypatch):
    monkeypatch.setattr(hot, "LONG", LONG)


def executor_of(store):
    return Executor(store, lambda: NOON)


def take(amount, key="1", times=1):
    return Intent(ACCOUNT, key, TakeMoney(amount, times))


def meta(command, cause=None, fingerprint=None):
    return Meta(command_id=command, actor="S0001", causation_id=cause, fingerprint=fingerprint)


def filled(store, commits=10):
    executor = executor_of(store)
    for number in range(commits):
        executor.execute(take(1), meta(f"c{number}", f"bank/other-1@{number + 1}"))
    return executor


def read_of(store, work):
    """How many commits are read meanwhile."""
    seen = []
    real = {name: getattr(store, name) for name in ("load", "load_since", "load_with", "made_by")}

    def counted(name):
        def call(*args, **kwargs):
            found = real[name](*args, **kwargs)
            seen.extend(_commits(found))
            return found

        return call

    for name in real:
        setattr(store, name, counted(name))
    work()
    for name, original in real.items():
        setattr(store, name, original)
    return len(seen)


def _commits(found):
    if isinstance(found, dict):
        return [one for commits in found.values() for one in commits]
    return [one for part in found for one in part] if isinstance(found, tuple) else found


def test_of_a_long_stream_only_the_end_is_read(store):
    executor = filled(store)
    executor.execute(take(1), meta("next"))
    assert read_of(store, lambda: executor.execute(take(1), meta("d1"))) <= 2
    assert read_of(store, lambda: executor.execute_many([(take(1), meta("d2")), (take(2), meta("d3"))])) <= 2
    assert ACCOUNT.fold(e for c in store.load("account-1") for e in c.events) == 15


def test_a_command_done_long_ago_is_found_done(store):
    executor = filled(store)
    again = executor.execute(take(1), meta("c0"))
    assert (again.repeated, again.version) == (True, 1)
    assert executor.execute_many([(take(1), meta("c0")), (take(1), meta("c3")), (take(1), meta("new"))]) == [0, 0, 1]
    assert len(store.load("account-1")) == 11


def test_a_callers_key_is_found_on_whatever_stream_it_was_used(store):
    executor = filled(store)
    done = executor.execute(take(1, "2"), meta("key-1", fingerprint="f"))
    assert executor.execute(take(1), meta("key-1", fingerprint="f")).commit_id == done.commit_id
    made = executor.execute(take(1), meta("key-2", fingerprint="f"))
    assert executor.execute(take(1), meta("key-2", fingerprint="f")).commit_id == made.commit_id


def test_an_answer_to_a_later_event_is_remembered(store):
    executor = filled(store)
    late = executor.execute(take(1), meta("late", "bank/other-1@4"))
    assert (late.repeated, late.events) == (True, ())
    assert executor.execute_many([(take(1), meta("late", "bank/other-1@4"))]) == [0]
    assert executor.execute(take(1), meta("newer", "bank/other-1@11")).events


def test_what_others_wrote_meanwhile_is_seen(store):
    executor, other = filled(store), executor_of(store)
    other.execute(take(7, times=2), meta("theirs"))
    assert executor.execute(take(1), meta("mine"), expected=12).version == 13
    assert ACCOUNT.fold(e for c in store.load("account-1") for e in c.events) == 25


def test_a_memory_whose_last_commit_is_not_there_is_not_believed(store):
    """As after somebody has put back a backup beneath a running process."""
    executor = filled(store)
    executor.execute(take(1), meta("next"))
    if isinstance(store, MongoStore):
        store.commits.delete_many({"version": {"$gt": 5}})
    else:
        for version in range(6, 12):
            store._commits.pop(f"account-1@{version}")
        store._streams["account-1"] = store._streams["account-1"][:5]
    assert executor.execute(take(1), meta("after")).version == 6
    assert [c.version for c in store.load("account-1")] == [1, 2, 3, 4, 5, 6]


def test_what_is_remembered_has_an_end(monkeypatch):
    monkeypatch.setattr(hot, "MOST_COMMITS", 20)
    store = MemoryStore("bank")
    executor = executor_of(store)
    for key in "abcde":
        for number in range(9):
            executor.execute(take(1, key), meta(f"{key}{number}"))
    assert 1 <= len(executor._memory._known) <= 3
    assert sum(one.commits for one in executor._memory._known.values()) <= 20


WISHES = st.lists(
    st.tuples(
        st.sampled_from(["1", "1", "1", "2"]),
        st.sampled_from([OpenAccount("Li"), TakeMoney(1), TakeMoney(2, 3), TakeMoney(0)]),
        st.integers(0, 15),  # few ids, so that commands come again
        st.integers(0, 9),
        st.booleans(),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(WISHES)
def test_with_memory_and_without_the_same_is_decided(wishes):
    told = []
    for remembers in (True, False):
        store = MemoryStore("bank")
        steady = executor_of(store)
        answers = []
        for key, command, number, cause, many, other in wishes:
            executor = executor_of(store) if other or not remembers else steady
            intent = Intent(ACCOUNT, key, command)
            about = meta(f"id-{number}", f"bank/other-{cause % 2}@{cause}" if cause else None)
            try:
                if many:
                    answers.append(executor.execute_many([(intent, about), (take(1, key), meta(f"more-{number}"))]))
                else:
                    done = executor.execute(intent, about)
                    answers.append((done.version, done.commit_id, done.events, done.repeated))
            except LiandongError as error:
                answers.append(type(error).__name__)
        told.append((answers, {key: store.load(f"account-{key}") for key in "12"}))
    assert told[0] == told[1]
