"""Real servers for every test that crosses a wire: started once a session, private, gone afterwards."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from pymongo import MongoClient

from infra.bootstrap import prepare
from infra.connected import remember
from infra.demo.story import play
from infra.stack.servers import Servers
from infra.stack.stack import Stack
from tests.running import Running

settings.register_profile("liandong", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if "CI" in os.environ else "liandong")


@pytest.fixture(scope="session")
def servers(tmp_path_factory) -> Iterator[Servers]:
    """A MongoDB replica set and a RabbitMQ node (or those that MONGO_URI and AMQP_URI name)."""
    with Servers(Path(os.environ.get("TEST_SERVERS", tmp_path_factory.mktemp("servers")))) as running:
        yield running


@pytest.fixture(scope="session")
def mongo(servers) -> Iterator[MongoClient]:
    with MongoClient(servers.mongo_uri, tz_aware=True) as client:
        yield client


@pytest.fixture(scope="session")
def stack(tmp_path_factory) -> Iterator[Running]:
    """The whole stack as processes, once a session, on ports and data of its own."""
    run_dir = tmp_path_factory.mktemp("stack")
    with Stack(run_dir, prepare=prepare) as stack:
        remember(run_dir, stack.context.settings())
        running = Running(stack, run_dir)
        yield running
        running.stage.close()
        running.connected.client.close()


@pytest.fixture(scope="session")
def played(stack):
    """The stack with the story in it: a joint lead won, leads spawned from it, a statement sealed."""
    if stack.connected.client["desk"]["hr_desk"].find_one() is None:
        play(stack.stage, stack.bank_files())
    return stack


def pytest_collection_modifyitems(items):
    """What asks for anything comes last: nobody foresees what it leaves behind."""
    items.sort(key=lambda item: item.path.stem == "test_unforeseen")
