"""What each process tells its supervisor: it lives, and it can serve; only the database makes it unready."""

import os
import signal

import httpx
import pytest

from tests.infra.pids import until
from tests.shared.bank import COMMANDS, free_port

pytestmark = pytest.mark.stack


@pytest.fixture
def bank(idle_bank):
    """Each test starts what it needs."""
    return idle_bank


def ask(bank, name, path):
    return httpx.get(f"http://127.0.0.1:{bank.ports[name]}{path}", timeout=10)


def test_a_database_that_hangs_makes_every_process_unready_but_not_ill(bank, servers):
    if "MONGO_URI" in os.environ:
        pytest.skip("a given database is not ours to freeze")
    bank.start()
    for name in COMMANDS:
        bank.await_ready(name)
    mongod = servers.supervisor.pid("mongod")
    os.kill(mongod, signal.SIGSTOP)
    try:
        for name in COMMANDS:
            until(lambda: ask(bank, name, "/ready").status_code == 503)  # noqa: B023
            assert "the database does not answer" in ask(bank, name, "/ready").text
            assert ask(bank, name, "/health").text == "ok\n"
    finally:
        os.kill(mongod, signal.SIGCONT)
    for name in COMMANDS:
        bank.await_ready(name)


def test_a_broker_that_is_away_makes_nobody_unready(bank):
    bank.environ |= {"LIANDONG_AMQP_URI": f"amqp://liandong:x@127.0.0.1:{free_port()}/%2F"}
    bank.start()
    for name in COMMANDS:
        bank.await_ready(name)
        assert ask(bank, name, "/health").text == "ok\n"


def test_a_process_without_pages_answers_nothing_else(bank):
    bank.start("relay")
    bank.await_ready("relay")
    assert ask(bank, "relay", "/").status_code == 404
    assert httpx.post(f"http://127.0.0.1:{bank.ports['relay']}/ready").status_code == 404


def test_a_taken_port_ends_in_one_line(bank, servers):
    bank.ports["relay"] = servers.ports.get("mongod", 1)
    bank.start("relay")
    assert bank.running["relay"].wait(timeout=30) == 2
    assert f"LIANDONG_PORT: cannot listen on {bank.ports['relay']}" in bank.log("relay")
