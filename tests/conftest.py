"""Real servers for every test that crosses a wire: started once a session, private, gone afterwards."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from pymongo import MongoClient

from infra.bootstrap import prepare
from infra.connected import remember
from infra.demo.corporate import propose_a_joint_lead
from infra.demo.story import play
from infra.public import until
from infra.stack.servers import Servers
from infra.stack.stack import Stack
from services.desk.projections import CORPORATE_DESK, RETAIL_DESK
from shared.runtime.aliases import live
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
    """The stack with the story in it: a joint lead won, leads spawned from it, a statement sealed; and another joint
    lead that both sides still work on.
    """
    stage = stack.stage
    if stack.connected.client["desk"]["hr_desk"].find_one() is None:
        play(stage, stack.bank_files())
    path = f"/api/leads/{propose_a_joint_lead(stage, 'C000002')}"
    for part in ("corporate", "retail"):
        stage[part].post(f"{path}/accept", {"proposal": 1, "on": "2026-09-02"})
    for desk in (CORPORATE_DESK, RETAIL_DESK):
        until(lambda desk=desk: shown_as(stack, desk, path) == "active", f"the lead on {desk.name}")
    return stack


def shown_as(stack, desk, path):
    """The state of a lead on a desk."""
    found = live(stack.connected.client["desk"], desk).find_one({"_id": path.rpartition("/")[2]})
    return found and found["state"]


def pytest_collection_modifyitems(items):
    """What asks for anything comes last: nobody foresees what it leaves behind."""
    items.sort(key=lambda item: item.path.stem == "test_unforeseen")
