"""The place in the log: once each, in order, holes filled, trouble parked; on the real database."""

import random

import pytest

from shared.core.decider import Decider
from shared.core.errors import NotYetVisible
from shared.core.memory_store import MemoryStore
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime.config import BadSettings
from shared.runtime.execute import Executor
from shared.runtime.mongo_store import MongoStore
from shared.runtime.pace import Pace
from shared.runtime.parking import Parking
from shared.runtime.projector import subscribe
from shared.runtime.reactor import ReactionTarget
from shared.runtime.sequencer import Sequencer
from shared.runtime.subscription import Overtaken, Subscription
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import ACCOUNT, NOON, MoneyTaken, TakeMoney, commit

pytestmark = pytest.mark.stack
STREAMS = 7
COMMITS = 300


@pytest.fixture
def store(bank_store):
    return bank_store


@pytest.fixture
def filled(store, mongo):
    """A log of 300 commits on 7 streams, numbered."""
    store.append([commit(f"account-{n % STREAMS}", n // STREAMS + 1, MoneyTaken(n + 1)) for n in range(COMMITS)])
    sequencer = Sequencer(mongo, store)
    sequencer.claim()
    sequencer.sweep()
    return store


def balances(mongo, store):
    (subscription,) = subscribe(mongo.bank, BALANCES, {"bank": store})
    return subscription


def documents(mongo):
    return {d["_id"]: d["total"] for d in mongo.bank.balances.find()}


def expected(store):
    totals = {}
    for recorded in store.stream(0):
        totals[recorded.stream] = totals.get(recorded.stream, 0) + recorded.event.amount
    return totals


def test_every_message_twice_and_shuffled_gives_the_same(filled, mongo):
    subscription = balances(mongo, filled)
    messages = [e for e in filled.envelopes(0, 0) for _ in range(2)]
    chance = random.Random(3)
    for start in range(0, len(messages), 40):
        window = messages[start : start + 40]
        chance.shuffle(window)
        for cut in range(0, len(window), 7):
            subscription.deliver(window[cut : cut + 7])
    assert documents(mongo) == expected(filled)
    assert subscription.checkpoint == COMMITS


def test_what_no_message_brought_comes_from_the_log(filled, mongo):
    subscription = balances(mongo, filled)
    messages = list(filled.envelopes(0, 0))
    subscription.deliver(messages[:10])
    subscription.deliver(messages[200:210])
    assert subscription.checkpoint == 210
    subscription.catch_up()
    assert documents(mongo) == expected(filled)


class Watched:
    """A target that writes down which events it was given together."""

    handles = frozenset({"money_taken"})

    def __init__(self):
        self.together = []

    def apply(self, batch, advance, session):
        advance(None)
        self.together.append([recorded.position for recorded in batch])


@pytest.fixture
def threes(store, mongo):
    """400 commits of three events each."""
    store.append([commit(f"account-{n}", 1, *map(MoneyTaken, (1, 2, 3))) for n in range(400)])
    sequencer = Sequencer(mongo, store)
    sequencer.claim()
    sequencer.sweep()
    return store


@pytest.mark.parametrize("cut", [1, 2, 4, 5, 500])
def test_a_commit_is_never_split_wherever_its_messages_are(threes, mongo, cut):
    target = Watched()
    subscription = Subscription("watched", threes, 0, target, mongo.bank)
    messages = list(threes.envelopes(0, 0))
    for start in range(0, len(messages), cut):
        subscription.deliver(messages[start : start + cut])
    assert [position for batch in target.together for position in batch] == list(range(1, 1_201))
    assert all(batch[-1] % 3 == 0 for batch in target.together)


def test_a_commit_is_never_split_when_it_comes_from_the_log(threes, mongo):
    target = Watched()
    subscription = Subscription("watched", threes, 0, target, mongo.bank)
    (last,) = threes.envelopes(0, 600, 601)
    subscription.deliver([last])
    assert subscription.checkpoint == 603, "a hole before it"
    subscription.catch_up()
    assert sum(map(len, target.together)) == 1_200
    assert all(batch[-1] % 3 == 0 for batch in target.together)


def test_an_overtaken_consumer_changes_nothing(filled, mongo):
    first, second = balances(mongo, filled), balances(mongo, filled)
    second.catch_up()
    with pytest.raises(Overtaken):
        first.catch_up()
    assert documents(mongo) == expected(filled)
    assert first.checkpoint == COMMITS


class Flaky:
    """A target that cannot take one event until it is mended; it writes down what it was given."""

    handles = frozenset({"money_taken"})

    def __init__(self, poison):
        self.poison = poison
        self.seen = []

    def apply(self, batch, advance, session):
        if any(recorded.id in self.poison for recorded in batch):
            raise ValueError("cannot digest this")
        advance(None)
        self.seen += [recorded.id for recorded in batch]


def test_what_cannot_be_handled_is_parked_with_its_stream_mates_and_redriven_in_order(filled, mongo):
    poison = "bank/account-3@5"
    target = Flaky({poison})
    subscription = Subscription("test.flaky", filled, 0, target, mongo.bank)
    subscription.catch_up()
    of_stream = [r.id for r in filled.stream(0) if r.stream == "account-3"]
    others = [r.id for r in filled.stream(0) if r.stream != "account-3"]
    assert [i for i in target.seen if i not in of_stream] == others
    assert [i for i in target.seen if i in of_stream] == of_stream[:4]
    parked = list(mongo.bank.parked.find().sort("position"))
    assert [p["event_id"] for p in parked] == of_stream[4:]
    assert parked[0]["attempts"] == 3
    assert parked[0]["error"].startswith("ValueError at test_subscription.py:")
    assert "digest" not in parked[0]["error"]
    assert {p["attempts"] for p in parked[1:]} == {0}

    again = Subscription("test.flaky", filled, 0, target, mongo.bank)
    mongo.bank.parked.update_many({}, {"$set": {"released": True}})
    assert again.redrive() == 0
    assert mongo.bank.parked.count_documents({"released": True}) == 0
    target.poison = set()
    mongo.bank.parked.update_many({}, {"$set": {"released": True}})
    assert again.redrive() == len(of_stream) - 4
    assert [i for i in target.seen if i in of_stream] == of_stream
    assert mongo.bank.parked.count_documents({}) == 0
    assert len(target.seen) == len(set(target.seen)) == COMMITS


class Interrupted(Flaky):
    """While it is given one event, something else happens, once."""

    def __init__(self, poison, during, happens):
        super().__init__(poison)
        self.during, self.happens = during, happens

    def apply(self, batch, advance, session):
        if any(recorded.id == self.during for recorded in batch) and self.happens is not None:
            happens, self.happens = self.happens, None
            happens()
        super().apply(batch, advance, session)


POISON = "bank/account-3@5"


def park(filled, mongo):
    """Parks the poison and what waits behind it, releases all, and answers the subscription and what it has parked."""
    target = Flaky({POISON})
    subscription = Subscription("test.flaky", filled, 0, target, mongo.bank)
    subscription.catch_up()
    mongo.bank.parked.update_many({}, {"$set": {"released": True}})
    return subscription, [one["event_id"] for one in mongo.bank.parked.find().sort("position")]


def discard(mongo):
    parking = Parking(mongo.bank)
    parking.propose_discard("test.flaky", "account-3", who="OPS1", reason="a test", at=NOON)
    parking.confirm_discard("test.flaky", "account-3", who="OPS2", at=NOON)


@pytest.mark.parametrize("poison", [{POISON}, set()], ids=["fails", "goes through"])
def test_a_discard_that_is_confirmed_while_its_event_is_tried_holds(filled, mongo, poison):
    subscription, parked = park(filled, mongo)
    target = subscription._target = Interrupted(poison, POISON, lambda: discard(mongo))
    if poison:
        assert subscription.redrive() == 0
    else:
        with pytest.raises(Overtaken):
            subscription.redrive()
    assert subscription.redrive() == len(parked)
    assert target.seen == parked[1:]
    assert [one["event_id"] for one in mongo.bank.discarded.find()] == [POISON]
    assert mongo.bank.parked.count_documents({}) == 0


def test_a_discard_that_is_confirmed_while_an_earlier_one_is_tried_holds(filled, mongo):
    """What waits behind the first one becomes the first one."""
    subscription, parked = park(filled, mongo)

    def second():
        mongo.bank.parked.update_one({"event_id": parked[1]}, {"$set": {"discard": {"confirmed_by": "OPS2"}}})

    target = subscription._target = Interrupted(set(), POISON, second)
    assert subscription.redrive() == len(parked)
    assert target.seen == [POISON, *parked[2:]]
    assert [one["event_id"] for one in mongo.bank.discarded.find()] == [parked[1]]


@pytest.fixture
def grow(filled, mongo):
    """One more event on the stream that is parked; answers its id."""
    sequencer = Sequencer(mongo, filled)
    sequencer.claim()

    def grow():
        (last,) = filled.load("account-3")[-1:]
        filled.append([commit("account-3", last.last_version + 1)])
        sequencer.sweep()
        return f"bank/account-3@{last.last_version + 1}"

    return grow


@pytest.mark.parametrize("when", ["while it redrives", "afterwards"])
def test_what_another_consumer_parks_behind_a_redriven_stream_is_tried(filled, mongo, grow, when):
    """The other one owns the subscription by now, and remembers the stream as blocked."""
    first, parked = park(filled, mongo)
    target, late = Interrupted(set(), parked[-1], None), []
    other = Subscription("test.flaky", filled, 0, target, mongo.bank)

    def move():
        late.append(grow())
        assert other.catch_up() == 1
        assert mongo.bank.parked.count_documents({"event_id": late[0], "attempts": 0, "released": False}) == 1

    first._target = target
    if when == "while it redrives":
        target.happens = move
        assert first.redrive() == len(parked) + 1
    else:
        assert first.redrive() == len(parked)
        move()
        assert other.redrive() == 1
    assert target.seen == [*parked, *late]
    assert mongo.bank.parked.count_documents({}) == 0
    late.append(grow())
    other.redrive()
    other.catch_up()
    assert target.seen == [*parked, *late], "nothing of the stream is parked any more"


def test_what_waits_behind_nothing_is_tried_once_and_then_waits_for_an_operator(filled, mongo, grow):
    first, parked = park(filled, mongo)
    target = Flaky(set())
    other, first._target = Subscription("test.flaky", filled, 0, target, mongo.bank), target
    assert first.redrive() == len(parked)
    late = grow()
    other.catch_up()
    target.poison, tried = {late}, []
    apply = target.apply
    target.apply = lambda batch, *rest: (tried.extend(one.id for one in batch), apply(batch, *rest))
    assert (other.redrive(), other.redrive(), tried) == (0, 0, [late])
    assert mongo.bank.parked.find_one()["attempts"] == 1


def test_an_unknown_newer_schema_parks(filled, mongo):
    mongo.bank.commits.update_one({"_id": "account-2@3"}, {"$set": {"events.0.schema": 9}})
    subscription = balances(mongo, filled)
    subscription.catch_up()
    parked = mongo.bank.parked.find_one({"stream": "account-2"}, sort=[("position", 1)])
    assert parked["event_id"] == "bank/account-2@3"
    assert "schema 9, newest known here is 1" in parked["error"]
    assert subscription.checkpoint == COMMITS


def test_a_reaction_delivered_twice_and_shuffled_commands_once(filled, mongo):
    mirror = MemoryStore("mirror")
    executor = Executor(mirror, lambda: NOON)

    def react(recorded):
        return [Intent(ACCOUNT, f"mirror-{recorded.stream}", TakeMoney(recorded.event.amount))]

    target = ReactionTarget("mirror.take", (MoneyTaken,), lambda: react, executor)
    messages = [e for e in filled.envelopes(0, 0) for _ in range(2)]
    random.Random(5).shuffle(messages)
    for start in range(0, len(messages), 50):
        # A crash between command and checkpoint: everything is delivered to a new subscription once more.
        mongo.bank.checkpoints.delete_one({"_id": "mirror.take/bank/0"})
        Subscription("mirror.take", filled, 0, target, mongo.bank).deliver(messages[start : start + 50])
    totals = {
        stream: sum(e.amount for c in mirror.load(stream) for e in c.events)
        for stream in (f"account-mirror-account-{n}" for n in range(STREAMS))
    }
    assert sorted(totals.values()) == sorted(expected(filled).values())


def test_waiting_for_a_projection_spends_no_try(filled, mongo):
    """A reaction that must wait parks nothing, and goes on where it was."""

    class Waiting(Flaky):
        def apply(self, batch, advance, session):
            if batch and self.poison:
                self.poison.pop()
                raise NotYetVisible("behind", "not yet")
            super().apply(batch, advance, session)

    subscription = Subscription("test.waiting", filled, 0, Waiting({"a", "b", "c", "d", "e"}), mongo.bank)
    for _ in range(5):
        with pytest.raises(NotYetVisible):
            subscription.catch_up()
    subscription.catch_up()
    assert mongo.bank.parked.count_documents({}) == 0
    assert subscription.checkpoint == COMMITS


def test_an_event_that_made_nothing_is_not_decided_again_after_its_successor(filled, mongo):
    """Small amounts make nothing. Delivered again after a lost checkpoint, they must not undo what came after them."""
    newest = MemoryStore("newest")
    executor = Executor(newest, lambda: NOON)

    def remember(state, command):
        return [MoneyTaken(command.amount)] if command.amount != state and command.amount > 250 else []

    last = Decider("newest", None, remember, lambda _, event: event.amount)

    def react(recorded):
        return [Intent(last, recorded.stream, TakeMoney(recorded.event.amount))]

    def deliver():
        mongo.bank.checkpoints.delete_one({"_id": "newest.take/bank/0"})
        target = ReactionTarget("newest.take", (MoneyTaken,), lambda: react, executor)
        Subscription("newest.take", filled, 0, target, mongo.bank).catch_up()
        return [e.amount for n in range(STREAMS) for c in newest.load(f"newest-account-{n}") for e in c.events]

    first = deliver()
    assert deliver() == first


def test_an_earlier_event_that_made_nothing_is_left_out_one_by_one_too():
    store = MemoryStore("bank")
    executor = Executor(store, lambda: NOON)

    def follow(version):
        return Meta(f"c{version}", "bank.take", causation_id=f"other/account-1@{version}")

    executor.execute(Intent(ACCOUNT, "1", TakeMoney(5)), follow(2))
    assert executor.execute(Intent(ACCOUNT, "1", TakeMoney(7)), follow(1)).repeated
    assert executor.execute_many([(Intent(ACCOUNT, "1", TakeMoney(7)), follow(1))]) == [0]
    assert len(store.load("account-1")) == 1


def test_two_consumers_do_not_redrive_the_same_event_twice(filled, mongo):
    subscription = balances(mongo, filled)
    mongo.bank.commits.update_one({"_id": "account-2@3"}, {"$set": {"events.0.schema": 9}})
    subscription.catch_up()
    mongo.bank.commits.update_one({"_id": "account-2@3"}, {"$set": {"events.0.schema": 1}})
    mongo.bank.parked.update_many({}, {"$set": {"released": True}})
    other = balances(mongo, filled)
    parked = mongo.bank.parked.find_one(sort=[("position", 1)])
    assert subscription.redrive() > 0
    with pytest.raises(Overtaken):
        other._redrive_one(parked)
    assert documents(mongo) == expected(filled)


def test_a_store_keeps_its_number_of_partitions(store, mongo):
    with pytest.raises(BadSettings, match="LIANDONG_PARTITIONS is 4; bank was made with 1"):
        MongoStore(mongo.bank, store.codec, 4).prepare()


def test_a_gentle_one_takes_little_at_once_and_rests_in_between(threes, mongo):
    took = []

    class Gentle(Pace):
        def rest_after(self, seconds):
            took.append(seconds)
            return 0.0

    target = Watched()
    subscription = Subscription("watched", threes, 0, target, mongo.bank, Gentle(10, 4.0, 0.5, yields=True))
    subscription.catch_up()
    assert [position for batch in target.together for position in batch] == list(range(1, 1_201))
    assert {len(batch) for batch in target.together} <= {10, 12}
    assert len(took) == len(target.together)
