"""The example's log and its processes, each test's own."""

import uuid
from collections.abc import Iterator

import pika
import pytest

from shared.core.memory_store import MemoryStore
from shared.core.store import CommitStore
from shared.runtime.broker import parameters
from shared.runtime.codec import Codec
from shared.runtime.mongo_store import MongoStore
from tests.shared.bank import Bank
from tests.shared.examples import EVENTS


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.stack)])
def store(request) -> Iterator[CommitStore]:
    """An empty log of the example, on either store."""
    if request.param == "memory":
        yield MemoryStore("bank")
        return
    client = request.getfixturevalue("mongo")
    database = client[f"store_{uuid.uuid4().hex[:12]}"]
    store = MongoStore(database, Codec("bank", EVENTS, {}))
    store.prepare()
    yield store
    client.drop_database(database.name)


@pytest.fixture
def bank_store(mongo) -> Iterator[MongoStore]:
    """The example's log where its processes look for it, empty."""
    mongo.drop_database("bank")
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    store.prepare()
    yield store
    mongo.drop_database("bank")


@pytest.fixture
def channel(servers) -> Iterator[pika.channel.Channel]:
    """To the broker, closed whatever becomes of the test."""
    with pika.BlockingConnection(parameters(servers.amqp_uri)) as connection:
        yield connection.channel()


@pytest.fixture
def idle_bank(servers, mongo, tmp_path) -> Iterator[Bank]:
    """With an empty database; nothing runs yet."""
    mongo.drop_database("bank")
    bank = Bank(servers, tmp_path)
    yield bank
    bank.stop()
    # What was killed in mid-transaction would hold its locks for another minute.
    mongo.admin.command("killAllSessions", [])
    mongo.drop_database("bank")


@pytest.fixture
def bank(idle_bank) -> Bank:
    """All its processes run."""
    idle_bank.start()
    return idle_bank
