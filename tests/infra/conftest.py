"""A log with an event that nobody can read, and a projection that parks it."""

from dataclasses import replace

import pytest

from shared.runtime.codec import Codec
from shared.runtime.mongo_store import MongoStore
from shared.runtime.projector import subscribe
from shared.runtime.sequencer import Sequencer
from tests.infra.accounts import SECRET, STREAM
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS, AccountOpened, MoneyTaken, commit


@pytest.fixture
def store(mongo):
    """The log of a service ``leads`` with accounts in it: 5 streams of 6 commits, one event of which nobody can read."""
    mongo.drop_database("leads")
    store = MongoStore(mongo.leads, Codec("leads", EVENTS, {}))
    store.prepare()
    for version in range(1, 7):
        event = AccountOpened(SECRET) if version == 1 else MoneyTaken(version)
        store.append([commit(f"account-{n}", version, event, service="leads") for n in range(5)])
    sequencer = Sequencer(mongo, store)
    sequencer.claim()
    sequencer.sweep()
    mongo.leads.commits.update_one({"_id": f"{STREAM}@4"}, {"$set": {"events.0.schema": 9}})
    yield store
    mongo.drop_database("leads")


@pytest.fixture
def projection(store):
    return replace(BALANCES, sources={"leads": BALANCES.sources["bank"]})


@pytest.fixture
def subscription(store, mongo, projection):
    (subscription,) = subscribe(mongo.leads, projection, {"leads": store})
    subscription.catch_up()
    return subscription
