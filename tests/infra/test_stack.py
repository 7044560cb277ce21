import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest
from click.testing import CliRunner

from infra import cli
from infra.stack.measured import measure
from infra.stack.stack import Stack
from tests.infra.pids import alive, until
from tests.infra.stand_ins import STAND_INS

HERE = Path(__file__).parent
pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def stack(servers, tmp_path_factory):
    """On the session's servers, so that only our own part starts here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MONGO_URI", servers.mongo_uri)
        patch.setenv("AMQP_URI", servers.amqp_uri)
        with Stack(tmp_path_factory.mktemp("run"), processes=STAND_INS) as running:
            yield running


@pytest.fixture
def door(stack):
    with httpx.Client(base_url=stack.context.public_url) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("/api/leads", "leads /api/leads"),
        ("/api/leads/lead-1?after=7", "leads /api/leads/lead-1?after=7"),
        ("/api/registry/feeds/report", "registry /api/registry/feeds/report"),
        ("/api/incentives/statements", "incentives /api/incentives/statements"),
        ("/api/leadsx", "desk /api/leadsx"),
        ("/retail", "desk /retail"),
    ],
)
def test_the_front_door_passes_each_its_own(door, path, whose):
    assert door.get(path).text == whose


def test_the_front_door_refuses_too_much_in_one_body_but_takes_a_feed(door):
    refused = door.post("/api/leads", content=b"x" * 1_100_000)
    assert (refused.status_code, refused.headers["content-type"]) == (413, "application/problem+json")
    assert refused.json()["code"] == "body_too_large"
    assert door.post("/api/registry/feeds/holdings", content=b"x" * 3_000_000).text.endswith(" 3000000")
    assert door.post("/api/registry/feeds/holdings", content=b"x" * 17_000_000).json()["code"] == "body_too_large"


def test_the_front_door_does_not_say_what_it_is(door):
    assert door.get("/").headers["server"] == "nginx"
    assert door.get("/" + "a" * 40_000).json()["code"] == "uri_too_long"
    assert door.get("/", headers={"X-Long": "a" * 90_000}).json() == {
        "type": "urn:liandong:problem:headers_too_large",
        "title": "Request Header Fields Too Large",
        "status": 431,
        "code": "headers_too_large",
        "detail": "The headers are too large.",
    }


@pytest.mark.parametrize(
    "target",
    [
        *("/health", "/ready", "/metrics", "/metrics?x=1", "//metrics", "/%6detrics", "/x/../metrics", "/metrics/"),
        *("/api/leads/../../metrics", "/api/leads/..%2f..%2fmetrics", "/./ready"),
    ],
)
def test_the_front_door_keeps_what_is_for_supervisors(stack, target):
    """Sent as written: a client library would tidy the address. The stand-ins would answer anything with 200."""
    connection = http.client.HTTPConnection(stack.context.public_url.removeprefix("http://"), timeout=10)
    connection.request("GET", target)
    answer = connection.getresponse()
    assert (answer.status, b"metrics" in answer.read()) == (404, False)
    connection.close()


def test_a_service_that_is_away_is_a_problem_for_machines_and_a_page_for_people(stack, door):
    supervisor = stack.servers.supervisor
    supervisor.stop(["leads", "desk"])
    away = door.get("/api/leads")
    assert (away.status_code, away.headers["content-type"]) == (502, "application/problem+json")
    assert away.json()["code"] == "service_unavailable"
    page = door.get("/corporate")
    assert (page.status_code, page.headers["retry-after"]) == (503, "2")
    assert "工作台正在启动" in page.text
    for name in ("leads", "desk"):
        supervisor.restart(name)
    supervisor.wait_ready(["leads", "desk"], seconds=20)
    assert door.get("/api/leads").text == "leads /api/leads"


def test_a_killed_service_comes_back_by_itself(stack, door):
    supervisor = stack.servers.supervisor
    os.kill(supervisor.pid("linkage"), signal.SIGKILL)
    until(lambda: supervisor.deaths()["linkage"] and door.get("/api/linkage").status_code == 200, seconds=20)


def test_status_shows_each_process_and_the_total(stack):
    answer = CliRunner().invoke(cli.liandong, ["--run-dir", str(stack.context.run_dir), "status"])
    assert answer.exit_code == 0
    assert all(name in answer.output for name in ("leads", "relay", "desk", "nginx", "total"))
    rows = {row.process: row for row in measure(stack.context.run_dir)}
    assert rows["desk"].pid == stack.servers.supervisor.pid("desk")
    assert rows["desk"].resident > 1_000_000
    machine = CliRunner().invoke(cli.liandong, ["--run-dir", str(stack.context.run_dir), "status", "--json"])
    assert json.loads(machine.output)["address"] == stack.context.public_url


def test_nobody_else_looks_at_the_keys(stack):
    assert stack.context.secrets.stat().st_mode & 0o077 == 0


def test_status_of_nothing_says_so(tmp_path):
    answer = CliRunner().invoke(cli.liandong, ["--run-dir", str(tmp_path), "status"])
    assert (answer.exit_code, answer.output) == (1, f"not running in {tmp_path}; `make run` starts it\n")


@pytest.fixture
def holder(tmp_path):
    """A process that holds a whole stack up, private servers too; killed if a test leaves it."""
    environment = {key: value for key, value in os.environ.items() if key not in ("MONGO_URI", "AMQP_URI")}
    script = [sys.executable, str(HERE / "stand_ins.py"), str(tmp_path)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True, env=environment) as running:
        yield running
        running.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_everything_started_is_gone_when_the_stack_ends(how, holder, tmp_path):
    """Even SIGKILL leaves nobody behind; and a second start meanwhile says who is there and does no harm."""
    address = next(line.split()[1] for line in holder.stdout if line.startswith("address "))
    family = psutil.Process(holder.pid).children(recursive=True)
    assert len(family) >= len(STAND_INS) + 4
    second = subprocess.run(
        [sys.executable, "-m", "infra.cli", "--run-dir", str(tmp_path), "run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"liandong: already running in {tmp_path} (pid {holder.pid}, {address}): nothing was changed\n"
    )
    assert httpx.get(address + "/api/leads").status_code == 200
    began = time.monotonic()
    holder.send_signal(how)
    assert holder.wait(30) == (-9 if how == signal.SIGKILL else 0)
    until(lambda: not [child for child in family if alive(child.pid)], seconds=began + 30 - time.monotonic())


def test_the_front_door_slows_down_who_tries_one_sign_in_after_another(door):
    answers = [door.post("/sign-in", data={"staff_id": f"S{number:04}"}) for number in range(60)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 5 <= len(refused) <= 20
    assert refused[0].headers["content-type"].startswith("text/html")
    assert refused[0].headers["retry-after"] == "5"
    assert "请稍候" in refused[0].text
    assert door.get("/sign-in").status_code == 200
