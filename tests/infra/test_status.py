"""``liandong status`` beside a whole stack: what stands still shows, in words and for machines."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time

import pika
import pytest
from click.testing import CliRunner

from infra import cli
from shared.runtime.broker import parameters
from tests.infra.pids import until

pytestmark = pytest.mark.system


@pytest.fixture
def status(stack):
    def call(*arguments):
        done = CliRunner(env={"COLUMNS": "200"}).invoke(
            cli.liandong, ["--run-dir", str(stack.run_dir), "status", *arguments]
        )
        assert done.exit_code == 0, done.output
        return done.output

    yield call
    for name in [name for name in os.environ if name.startswith("LIANDONG_")]:
        del os.environ[name]  # `connected` sets them for the process that it is called in


def facts(status):
    return json.loads(status("--json"))


def open_a_lead(stack):
    person = stack.stage["corporate"]
    body = {
        "customer_id": "C910001", "customer_kind": "company", "need": "settlement", "products": ["settlement"],
        "source": "branch", "outlet_id": person.principal.unit_id, "value_minor": 1, "on": "2026-09-01",
    }  # fmt: skip
    person.post("/api/leads", body)


def test_what_stands_still_shows_in_words_and_for_machines(stack, status):
    supervisor = stack.stack.servers.supervisor
    until(lambda: not any(one["lag"] for one in facts(status)["subscriptions"]), seconds=60)
    assert "caught up" in status()
    supervisor.stop(["projector", "relay"])
    try:
        open_a_lead(stack)
        told = facts(status)
        assert [one["unnumbered"] for one in told["relays"] if one["service"] == "leads"] == [2], (
            "the need that it holds, and the lead"
        )
        assert "commits wait for a number" in status()
        supervisor.restart("relay")
        until(lambda: any(one["lag"] for one in facts(status)["subscriptions"]), seconds=30)
        behind = [one for one in facts(status)["subscriptions"] if one["name"] == "leads.leads"]
        assert [one["lag"] > 0 for one in behind] == [True]
        depth = {queue["name"]: queue for queue in facts(status)["queues"]}[behind[0]["queue"]]
        assert depth["messages"] > 0
        assert depth["consumers"] == 0
        assert "nobody consumes its queue" in status()
    finally:
        supervisor.restart("projector")
    until(lambda: not any(one["lag"] for one in facts(status)["subscriptions"]), seconds=60)


def test_parked_and_dead_lettered_are_counted(stack, status):
    queue = facts(status)["subscriptions"][0]["queue"]
    before = facts(status)
    with pika.BlockingConnection(parameters(stack.connected.settings.amqp_uri)) as connection:
        connection.channel().basic_publish("", queue, b"\xff no event")
    until(lambda: facts(status)["dead_lettered"] == before["dead_lettered"] + 1, seconds=30)
    first = before["subscriptions"][0]
    key = f"{first['name']}/{first['source']}/{first['partition']}"
    owner = stack.connected.client[first["name"].partition(".")[0]]
    owner.parked.insert_one({"_id": "a test", "subscription": key, "stream": "x", "position": 1})
    try:
        assert facts(status)["parked"] == before["parked"] + 1
        assert facts(status)["subscriptions"][0]["parked"] == first["parked"] + 1
        assert "parked events wait for a decision" in status()
    finally:
        owner.parked.delete_one({"_id": "a test"})
    assert facts(status)["oldest_unacknowledged"] is None


def test_watch_is_a_live_table_that_ctrl_c_ends_quietly(stack):
    """In a real terminal."""
    primary, secondary = pty.openpty()
    argv = [sys.executable, "-m", "infra.cli", "--run-dir", str(stack.run_dir), "status", "--watch"]
    environ = os.environ | {"TERM": "xterm", "COLUMNS": "160", "LINES": "60"}
    with subprocess.Popen(argv, stdout=secondary, stderr=secondary, env=environ) as watching:
        os.close(secondary)
        shown = b""
        deadline = time.monotonic() + 60
        while shown.count(b"subscriptions caught up") < 3 and time.monotonic() < deadline:
            if select.select([primary], [], [], 0.5)[0]:
                shown += os.read(primary, 65_536)
        watching.send_signal(signal.SIGINT)
        ended = time.monotonic() + 20
        while watching.poll() is None and time.monotonic() < ended:
            if select.select([primary], [], [], 0.5)[0]:
                with contextlib.suppress(OSError):  # the other end is gone
                    shown += os.read(primary, 65_536)
        watching.kill()
        assert watching.returncode == 0
    os.close(primary)
    assert shown.count(b"subscriptions caught up") >= 3
    assert b"Traceback" not in shown
