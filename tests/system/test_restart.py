"""SIGTERM to every process of the whole stack at once, under load, with the broker and without: all end by themselves
within 30 seconds, the supervisor starts them again, and nothing that was accepted is lost.
"""

import os
import signal
import threading

import pytest

from infra.drain import drain
from infra.processes import PROCESSES
from infra.projector import projections
from infra.verify import checks
from tests.infra.pids import alive, until

pytestmark = pytest.mark.system
OPENED: list[str] = []
NAMES = [process.name for process in PROCESSES]


@pytest.fixture
def load(stack):
    """A manager who keeps opening leads, each sent again under its key until it is answered; the ids of all."""
    person, stopping, opened = stack.stage["corporate"], threading.Event(), []

    def run():
        while not stopping.is_set():
            body = {
                "customer_id": f"C92{len(OPENED) + len(opened):04d}", "customer_kind": "company", "need": "settlement",
                "products": ["settlement"], "source": "branch", "outlet_id": person.principal.unit_id,
                "value_minor": 1, "on": "2026-09-01",
            }  # fmt: skip
            opened.append(person.post("/api/leads", body)["id"])

    thread = threading.Thread(target=run)
    thread.start()
    yield opened
    stopping.set()
    thread.join()
    OPENED.extend(opened)


@pytest.mark.parametrize("with_broker", [True, False])
def test_everything_ends_by_itself_and_comes_back(stack, load, with_broker):
    supervisor = stack.stack.servers.supervisor
    if not with_broker:
        if "AMQP_URI" in os.environ:
            pytest.skip("a given broker is not ours to stop")
        supervisor.stop(["rabbitmq"])
    pids = {name: supervisor.pid(name) for name in NAMES}
    deaths = supervisor.deaths()
    until(lambda: load, seconds=30)
    for pid in pids.values():
        os.kill(pid, signal.SIGTERM)
    until(lambda: not any(alive(pid) for pid in pids.values()), seconds=30)
    if not with_broker:
        supervisor.restart("rabbitmq")
    supervisor.wait_ready(["rabbitmq", *NAMES], seconds=90)
    assert {name: supervisor.deaths()[name] - deaths[name] for name in NAMES} == dict.fromkeys(NAMES, 1)
    before = len(load)
    until(lambda: len(load) > before, seconds=60)


def test_afterwards_nothing_is_missing(stack):
    here = stack.connected
    assert drain(here, 120)
    every = checks(here.client, here.logs, projections())
    assert {name: found for name, check in every.items() if (found := next(check(), None))} == {}
    shown = here.client.leads.leads.count_documents({"customer_id": {"$regex": "^C92"}})
    assert shown == len(set(OPENED)) > 0
