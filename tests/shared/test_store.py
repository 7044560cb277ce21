"""One contract for every commit store: the same suite runs on memory and on the real MongoDB."""

import traceback
import uuid

import pytest

from shared.core.errors import AlreadyDone, NotFound, VersionConflict
from shared.core.memory_store import MemoryStore
from shared.runtime.codec import Codec, from_message, to_message
from shared.runtime.compare import canonical
from shared.runtime.mongo_store import MongoStore
from shared.runtime.sequencer import Sequencer
from tests.shared.examples import EVENTS, AccountOpened, MoneyTaken, commit


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.stack)])
def store(request):
    """A store, with ``number`` to give positions as the relay does."""
    if request.param == "memory":
        yield MemoryStore("bank", 2)
        return
    client = request.getfixturevalue("mongo")
    database = client[f"store_{uuid.uuid4().hex[:12]}"]
    store = MongoStore(database, Codec("bank", EVENTS, {}), 2)
    store.prepare()
    sequencer = Sequencer(client, store)
    sequencer.claim()
    store.number = sequencer.sweep
    yield store
    client.drop_database(database.name)


def append(store, stream, version, *events, command=None):
    made = commit(stream, version, *events, command=command, partitions=2)
    store.append([made])
    return made


def test_what_was_appended_is_loaded_as_it_was(store):
    made = append(store, "account-1", 1, AccountOpened("Li"), MoneyTaken(5))
    assert store.load("account-1") == [made]
    assert store.load("account-2") == []


def test_whether_what_was_read_is_the_newest(store):
    append(store, "account-1", 1, AccountOpened("Li"), MoneyTaken(5))
    append(store, "account-1", 3)
    append(store, "account-2", 1)
    assert store.is_newest({"account-1": 3, "account-2": 1, "account-9": 0})
    assert not store.is_newest({"account-1": 1})
    assert not store.is_newest({"account-1": 3, "account-2": 0})
    assert store.is_newest({})


def test_load_after_a_version(store):
    append(store, "account-1", 1, AccountOpened("Li"), MoneyTaken(5))
    later = append(store, "account-1", 3)
    assert store.load("account-1", after=2) == [later]


def test_a_version_is_taken_once(store):
    append(store, "account-1", 1)
    with pytest.raises(VersionConflict):
        append(store, "account-1", 1, command="other")


def test_a_command_is_done_once_in_a_stream(store):
    append(store, "account-1", 1, command="same")
    with pytest.raises(AlreadyDone):
        append(store, "account-1", 2, command="same")
    append(store, "account-2", 1, command="same")


def test_by_command(store):
    made = append(store, "account-1", 1, command="one")
    assert store.by_command("one") == made
    assert store.by_command("two") is None


def test_a_stream_and_a_command_in_one_look(store):
    first = append(store, "account-1", 1, command="one")
    second = append(store, "account-1", 2, command="two")
    elsewhere = append(store, "account-2", 1, command="three")
    assert store.load_with("account-1", "two") == ([first, second], [second])
    assert store.load_with("account-1", "three") == ([first, second], [elsewhere])
    assert store.load_with("account-1", "one", after=1) == ([second], [first])
    assert store.load_with("account-3", "four") == ([], [])


def test_streams_from_a_version_on_and_what_commands_made_of_them(store):
    first = append(store, "account-1", 1, command="one")
    second = append(store, "account-1", 2, command="two")
    other = append(store, "account-2", 1, command="one")
    since = store.load_since({"account-1": 1, "account-2": 0, "account-3": 5})
    assert since == {"account-1": [second], "account-2": [other], "account-3": []}
    assert store.made_by({"one", "nine"}, ["account-1", "account-3"]) == [first]
    assert len(store.made_by({"one"}, ["account-1", "account-2"])) == 2


def test_of_many_those_before_the_failing_one_are_kept(store):
    append(store, "account-2", 1)
    with pytest.raises(VersionConflict):
        store.append([commit(f"account-{n}", 1, command=f"many-{n}", partitions=2) for n in (1, 2, 3)])
    assert len(store.load("account-1")) == 1
    assert store.load("account-3") == []


def test_a_refusal_tells_nothing_of_what_was_to_be_kept(store):
    append(store, "account-2", 1)
    owner = "hunter" * 2
    many = [commit(f"account-{n}", 1, AccountOpened(owner), command=f"many-{n}", partitions=2) for n in (1, 2, 3)]
    with pytest.raises(VersionConflict) as refused:
        store.append(many)
    assert owner not in "".join(traceback.format_exception(refused.value))


def test_load_many_names_absent_streams_too(store):
    made = append(store, "account-1", 1)
    assert store.load_many(["account-1", "account-9"]) == {"account-1": [made], "account-9": []}


def test_positions_are_dense_in_each_partition_and_keep_the_order_of_a_stream(store):
    for version in (1, 3):
        for n in range(6):
            append(store, f"account-{n}", version, MoneyTaken(1), MoneyTaken(2))
    store.number()
    total = 0
    for partition in range(2):
        events = list(store.stream(partition))
        assert [e.position for e in events] == list(range(1, len(events) + 1))
        assert store.head(partition) == len(events)
        for stream in {e.stream for e in events}:
            assert [e.version for e in events if e.stream == stream] == [1, 2, 3, 4]
        total += len(events)
    assert total == 24


def test_an_unnumbered_commit_is_not_read(store):
    made = append(store, "account-1", 1)
    assert list(store.stream(made.partition)) == []
    assert store.position_of(made.id) is None
    with pytest.raises(NotFound):
        store.position_of("account-1@2")
    store.number()
    assert len(list(store.stream(made.partition))) == 1
    assert store.position_of(made.id) == (made.partition, 1)


def test_reading_begins_inside_a_commit(store):
    made = append(store, "account-1", 1, MoneyTaken(1), MoneyTaken(2), MoneyTaken(3))
    store.number()
    assert [e.event.amount for e in store.stream(made.partition, after=1)] == [2, 3]
    assert [e.event.amount for e in store.stream(made.partition, after=1, upto=2)] == [2]


def test_read_answers_whole_commits(store):
    made = append(store, "account-1", 1, MoneyTaken(1), MoneyTaken(2), MoneyTaken(3))
    store.number()
    assert len(store.read(made.partition, 0, 1)) == 3


@pytest.mark.parametrize("amount", [2**31 - 1, 2**31, 10**15])
def test_what_is_read_can_be_carried_however_large_its_numbers_are(store, amount):
    """MongoDB gives an integer of over 32 bits back as a kind of its own."""
    append(store, "account-1", 1, MoneyTaken(amount))
    store.number()
    partition, position = store.position_of("account-1@1")
    if isinstance(store, MongoStore):
        (envelope,) = store.envelopes(partition, position - 1, position)
        (again,) = [store.codec.open(from_message(to_message(envelope)))]
        assert canonical({"amount": envelope.data["amount"]}) == canonical({"amount": amount})
    else:
        (again,) = store.stream(partition, position - 1, position)
    assert again.event == MoneyTaken(amount)
    assert type(again.event.amount) is int
