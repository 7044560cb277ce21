"""A projection as it was at a moment, on the real database."""

from datetime import timedelta

import msgspec
import pytest

from shared.runtime.codec import Codec
from shared.runtime.mongo_store import MongoStore
from shared.runtime.projector import subscribe
from shared.runtime.replay import replay
from shared.runtime.sequencer import Sequencer
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS, NOON, AccountOpened, MoneyTaken, commit

pytestmark = pytest.mark.stack


def at(minutes, stream, version, *events):
    return msgspec.structs.replace(commit(stream, version, *events), recorded_at=NOON + timedelta(minutes=minutes))


@pytest.fixture
def store(mongo):
    mongo.drop_database("bank")
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    store.prepare()
    store.append(
        [
            at(0, "account-1", 1, AccountOpened("Li"), MoneyTaken(5)),
            at(1, "account-2", 1, AccountOpened("Wang")),
            at(2, "account-1", 3, MoneyTaken(7)),
            at(3, "account-2", 2, MoneyTaken(1)),
            at(1, "account-2", 3, MoneyTaken(100)),  # a clock that was set back
        ]
    )
    sequencer = Sequencer(mongo, store)
    sequencer.claim()
    sequencer.sweep()
    yield store
    mongo.drop_database("bank")
    mongo.drop_database("bank_replay")


def shown(mongo, store, minutes, key=None):
    mongo.drop_database("bank_replay")
    into = mongo["bank_replay"]["then"]
    list(replay(mongo.bank, BALANCES, {"bank": store}, NOON + timedelta(minutes=minutes), into, key))
    return {d["_id"]: (d["owner"], d["total"]) for d in into.find({} if key is None else {"_id": key})}


def test_every_event_until_then_and_none_after(store, mongo):
    assert shown(mongo, store, -1) == {}
    assert shown(mongo, store, 0) == {"account-1": ("Li", 5)}
    assert shown(mongo, store, 1) == {"account-1": ("Li", 5), "account-2": ("Wang", 0)}
    assert shown(mongo, store, 2) == {"account-1": ("Li", 12), "account-2": ("Wang", 0)}
    assert shown(mongo, store, 3) == {"account-1": ("Li", 12), "account-2": ("Wang", 101)}
    assert shown(mongo, store, 3, "account-2") == {"account-2": ("Wang", 101)}


def test_the_newest_moment_is_what_is_shown(store, mongo):
    (subscription,) = subscribe(mongo.bank, BALANCES, {"bank": store})
    subscription.catch_up()
    live = {d["_id"]: (d["owner"], d["total"]) for d in mongo.bank.balances.find()}
    assert shown(mongo, store, 60) == live
    assert mongo.bank.checkpoints.find_one()["position"] == subscription.checkpoint
