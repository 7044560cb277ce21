"""A small set of every kind of fault under load, and planted faults that must be seen, as ``make chaos`` plays them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.chaos.faults import FAULTS
from infra.chaos.planted import PLANTED, must_fit

pytestmark = [pytest.mark.stack, pytest.mark.system]
ROOT = Path(__file__).parents[2]
SLOW = {  # of each kind of fault, one at least is played all the same
    *("freeze-broker", "freeze-relay", "freeze-bundling", "freeze-desk", "freeze-incentives", "freeze-linkage"),
    *("relay-behind-oplog", "clock-leads", "clock-projector", "queues-purged"),
    *("stop-relay-without-broker", "stop-leads", "kill-both-relay"),
}
MINUTES = 20  # a deadline for a hanging run, no measure


def chaos(run_dir, **settings):
    """Run it in a process of its own, which moves into namespaces; its report, and what it printed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LIANDONG_")}
    environ |= {"LIANDONG_RUN": str(run_dir), "SHORT": "yes", **settings}
    command = [sys.executable, "-m", "infra.chaos"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=MINUTES * 60)  # noqa: PLW1510
    report = run_dir / "chaos.json"
    return done, json.loads(report.read_text()) if report.exists() else {}


def broken(row):
    """What a fault broke. That it was late is for `make chaos` to say: how fast this machine is just now is no promise."""
    return [violation for violation in row["violations"] if not violation.startswith("recovered after")]


def test_every_promise_holds_under_at_least_sixty_faults(tmp_path):
    faults = ",".join(name for name in FAULTS if name not in SLOW)
    done, report = chaos(tmp_path, ROUNDS="1", PLANTED="no", FAULTS=faults)
    assert report.get("broken") == [], done.stdout + done.stderr
    assert {row["fault"]: found for row in report["faults"] if (found := broken(row))} == {}, done.stdout
    assert sum(row["times"] for row in report["faults"]) >= 60
    assert report["commands"]["acknowledged"] > 100
    assert report["commands"]["unknown"] == 0


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.patch)
def test_what_is_planted_fits_the_code(planted):
    must_fit(planted.patch)


def test_planted_faults_are_seen(tmp_path):
    planted = "mates_not_parked"  # `make chaos` plants them all
    done, report = chaos(tmp_path, ROUNDS="0", PLANTED=planted)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {row["patch"] for row in report["planted"] if row["caught"]} == set(planted.split(","))
