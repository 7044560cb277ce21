"""SIGTERM under load: every process ends by itself within 30 seconds, broker or not, and nothing is lost or doubled."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.runtime.codec import Codec
from shared.runtime.mongo_store import MongoStore
from tests.shared.bank import COMMANDS
from tests.shared.examples import EVENTS, commit
from tests.shared.test_recovery import Load, holds, settle

pytestmark = pytest.mark.stack
log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
GRACE = 30
LONG = 40_000


@pytest.fixture
def bank(bank):
    for name in COMMANDS:
        bank.await_ready(name)
    return bank


def terminate(bank, name):
    """The seconds that it took, and the exit code."""
    process = bank.running.pop(name)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=GRACE)
    return time.monotonic() - begun, code


@contextlib.contextmanager
def broker(servers, state):
    if state == "up":
        yield
        return
    if "AMQP_URI" in os.environ:
        pytest.skip("a given broker is not ours to stop")
    servers.supervisor.stop(["rabbitmq"])
    try:
        time.sleep(2)
        yield
    finally:
        servers.supervisor.restart("rabbitmq")
        servers.supervisor.wait_ready(["rabbitmq"], seconds=60)


@pytest.mark.parametrize("state", ["up", "down"])
@pytest.mark.parametrize("name", ["relay", "projector", "service"])
def test_a_stop_under_load(bank, mongo, servers, name, state):
    with Load(bank) as load:
        time.sleep(1)
        with broker(servers, state):
            took, code = terminate(bank, name)
            log.info("%s ended after %.1f s with %d", name, took, code)
            bank.start(name)
            bank.await_ready(name, seconds=60)
            time.sleep(1)
    assert code == 0
    settle(mongo, seconds=90)
    holds(mongo, load)


def lengthen(mongo):
    """Append many commits at once, and wait until the relay has numbered them."""
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    store.append([commit(f"account-mirror-long-{n % 50}", n // 50 + 1) for n in range(LONG)])
    deadline = time.monotonic() + 60
    while store.unnumbered(1) and time.monotonic() < deadline:
        time.sleep(0.1)


def test_in_a_long_catch_up(bank, mongo):
    """A projector with a long way to go stops between two batches, and goes on from there."""
    with Load(bank) as load:
        time.sleep(1)
    settle(mongo)
    bank.kill("projector")
    bank.kill("service")
    lengthen(mongo)
    bank.start("projector")
    places = mongo.bank.checkpoints
    before = places.find_one({"_id": "bank.balances/bank/0"})["position"]
    deadline = time.monotonic() + 60
    while places.find_one({"_id": "bank.balances/bank/0"})["position"] == before and time.monotonic() < deadline:
        time.sleep(0.005)
    took, code = terminate(bank, "projector")
    reached = places.find_one({"_id": "bank.balances/bank/0"})["position"]
    log.info("ended after %.1f s, %d of %d events on", took, reached - before, LONG)
    assert code == 0
    assert before < reached < before + LONG
    assert took < 10
    bank.start("projector", "service")
    settle(mongo, seconds=120)
    assert load.commands


def test_one_that_comes_at_the_worst_moment_is_heard():
    """Just when the main thread goes to sleep, beside busy threads: 200 times."""
    command = [sys.executable, "-m", "tests.shared.stopped_process"]
    assert subprocess.run(command, cwd=ROOT, timeout=120, check=False).returncode == 0
