"""A locked-up process ends by itself and says why; one that only waits, or was frozen, does not."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from shared.runtime.codec import Codec
from shared.runtime.mongo_store import MongoStore
from shared.runtime.sequencer import Sequencer
from shared.runtime.watchdog import STALLED, Pulse, Watchdog
from tests.shared.bank import ROOT, free_port
from tests.shared.examples import EVENTS, commit

LOCKING_UP = {
    "projector": ([sys.executable, "-m", "tests.shared.stuck_processes"], ["bank.projections.bank.0"]),
    "service": (
        [sys.executable, "-m", "shared.runtime.serve", "tests.shared.stuck_service"],
        ["bank.stuck.bank.0", "green threads"],
    ),
}


def test_a_loop_that_turns_is_left_alone_and_one_that_stands_is_named():
    watchdog, turning, standing = Watchdog("test", limit=3), Pulse("turning"), Pulse("standing")
    watchdog.watch(turning)
    watchdog.watch(standing)
    for _ in range(3):
        assert watchdog.stalled() == []
        turning.beat()
        watchdog.look(passed=1.0)
    assert watchdog.stalled() == ["standing"]
    standing.beat()
    watchdog.look(passed=1.0)
    assert watchdog.stalled() == []
    assert watchdog.ages() == {"turning": 1.0, "standing": 0.0}


@pytest.fixture
def bank(idle_bank):
    """Each test starts what it needs."""
    return idle_bank


@pytest.mark.stack
@pytest.mark.parametrize("kind", ["projector", "service"])
def test_a_process_that_locks_up_ends_with_its_own_code_and_a_clear_line(bank, mongo, kind):
    store = MongoStore(mongo.bank, Codec("bank", EVENTS, {}))
    store.prepare()
    store.append([commit("account-1", 1)])
    sequencer = Sequencer(mongo, store)
    sequencer.claim()
    sequencer.sweep()
    argv, loops = LOCKING_UP[kind]
    environ = bank.environ | {"LIANDONG_WATCHDOG_SECONDS": "3"}
    done = subprocess.run(argv, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == STALLED, done.stderr
    (line,) = [json.loads(line) for line in done.stderr.splitlines() if "loops_stalled" in line]
    assert line["loops"] == loops
    assert "lock_up" in done.stderr


@pytest.mark.stack
@pytest.mark.parametrize("name", ["relay", "projector", "service"])
def test_a_process_that_was_frozen_or_waits_for_its_broker_lives_on(bank, name):
    bank.environ |= {
        "LIANDONG_WATCHDOG_SECONDS": "8",
        "LIANDONG_AMQP_URI": f"amqp://liandong:x@127.0.0.1:{free_port()}/%2F",
    }
    bank.start(name)
    bank.await_ready(name)
    process = bank.running[name]
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(12)
    os.kill(process.pid, signal.SIGCONT)
    time.sleep(10)
    assert process.poll() is None, bank.log(name)
    bank.await_ready(name)
