"""``make load``: Locust without its page on a stack of its own, then the invariants: fast and wrong fails."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from infra.bootstrap import cast, make_bank_files, prepare
from infra.commands.import_ import import_files
from infra.commands.verify import run_checks
from infra.connected import Connected, connected, remember
from infra.projector import projections
from infra.stack.stack import Stack
from infra.verify import checks
from shared.runtime.auth import issue_token

DRAIN_SECONDS = 120.0
console = Console(highlight=False)


def main() -> int:
    """0 if no request failed and every invariant holds."""
    run_dir = Path(os.environ.get("LIANDONG_RUN", ".run")).resolve()
    with Stack(run_dir / "load", prepare=prepare) as stack:
        remember(run_dir / "load", stack.context.settings())
        bank = make_bank_files(run_dir / "load")
        import_files(run_dir / "load", [bank / "units.csv", bank / "staff.csv"], console)
        here = connected(run_dir / "load")
        drain(here)
        team = run_dir / "load" / "team.json"
        team.touch(mode=0o600)
        team.write_text(json.dumps(_team(stack.context.secrets)))
        failed = _locust(stack.context.public_url, team, run_dir)
        begun = time.monotonic()
        drained = drain(here)
        console.print(f"drained in {time.monotonic() - begun:.1f} s" if drained else "not drained")
        broken = run_checks(checks(here.client, here.logs, projections()), console)
    return 1 if failed or broken or not drained else 0


def _team(secrets: Path) -> dict[str, object]:
    """Who plays: the demo bank's managers, with their tokens."""
    now, people = datetime.now(UTC), cast()
    return {
        "corporate": issue_token(secrets, people["corporate"], now),
        "retail": issue_token(secrets, people["retail"], now),
        "partner": {"staff_id": people["retail"].staff_id, "line": "retail"},
    }


def _locust(url: str, team: Path, run_dir: Path) -> int:
    users, duration = os.environ.get("USERS") or "10", os.environ.get("DURATION") or "30s"
    command = [sys.executable, "-m", "locust", "--headless", "--host", url, "--users", users, "--spawn-rate", users]
    command += ["--run-time", duration, "--html", str(run_dir / "load.html"), "--csv", str(run_dir / "load")]
    command += ["--locustfile", str(Path(__file__).parents[1] / "loadtests" / "locustfile.py"), "--only-summary"]
    environ = {name: value for name, value in os.environ.items() if value or name not in {"USERS", "RATE", "DURATION"}}
    done = subprocess.run(command, env=environ | {"LOAD_TEAM": str(team)}, check=False)
    console.print(f"report: {run_dir / 'load.html'}")
    return done.returncode


def drain(here: Connected) -> bool:
    """Wait until every log is numbered to its end and every subscription has seen it."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < deadline:
        if not any(behind(here)):
            return True
        time.sleep(0.2)
    return False


def behind(here: Connected) -> list[str]:
    """What has not caught up yet: logs with unnumbered commits, subscriptions before the head of their log."""
    heads = {service: store.head(0) for service, store in here.logs.stores.items()}
    behind = [s for s, store in here.logs.stores.items() if store.commits.find_one({"position": None})]
    for owner in (*heads, "desk"):
        for place in here.client[owner].checkpoints.find():
            _, source, _ = place["_id"].rsplit("/", 2)
            if place["position"] < heads[source]:
                behind.append(place["_id"])
    return behind


if __name__ == "__main__":
    sys.exit(main())
