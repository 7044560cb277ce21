"""``make load``: Locust on a stack of its own, then the drain and the invariants: fast and wrong fails.

``RATE`` requests a second arrive whatever the answers take, for ``DURATION``, from at most ``USERS`` users at a time.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from infra.bootstrap import cast, make_bank_files, prepare
from infra.commands.import_ import import_files
from infra.commands.verify import run_checks
from infra.connected import Connected, connected, remember
from infra.demo.corporate import EVIDENCE
from infra.demo.money import activate_the_plan, close_period
from infra.demo.stage import Stage
from infra.demo.story import default_plan
from infra.drain import drain
from infra.every_check import every_check
from infra.load_report import Report, forget, judged, keep
from infra.stack.context import Context
from infra.stack.measured import measure
from infra.stack.stack import Stack
from shared.runtime.auth import Principal, issue_token

HERE = Path(__file__).parents[1] / "loadtests"
DRAIN_SECONDS = 120.0
FILES = ("units", "staff", "customers", "relationships", "holdings")
CLOSED = (date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31))
"""Months closed before the load begins, so that the HR system has statements to pull and to acknowledge."""
SINGLE = ("product", "compliance", "hr")
console = Console(highlight=False)


def main() -> int:
    """0 if no request failed, every limit was kept and every invariant holds. Its data are made anew each time."""
    run_dir = Path(os.environ.get("LIANDONG_RUN", ".run")).resolve()
    shutil.rmtree(run_dir / "load", ignore_errors=True)
    forget(run_dir)
    with Stack(run_dir / "load", prepare=prepare) as stack:
        here = _set_up(run_dir / "load", stack.context)
        if "--ui" in sys.argv:
            return _locust(stack.context, run_dir, ui=True)
        before, recorded = spent(run_dir / "load"), _recorded(here)
        if _locust(stack.context, run_dir, ui=False):
            console.print("Locust did not run to its end")
            return 1
        after, recorded = spent(run_dir / "load"), _recorded(here) - recorded
        begun = time.monotonic()
        drained = drain(here, DRAIN_SECONDS)
        figures = json.loads(_summary(run_dir).read_text()) | {"drain_seconds": time.monotonic() - begun}
        figures["heard_share"] = figures["heard_count"] / max(1, recorded)
        _show_spent({name: seconds - before.get(name, 0.0) for name, seconds in after.items()})
        broken = run_checks(every_check(here), console)
    asked = float(os.environ.get("RATE") or 50)
    report = Report(datetime.now(UTC), asked, judged(figures, asked), drained, invariants_held=not broken)
    keep(report, run_dir)
    console.print(_table(report))
    if not drained:
        console.print(f"[red]not drained[/] after {DRAIN_SECONDS:.0f} s")
    return 0 if report.passed else 1


def _recorded(here: Connected) -> int:
    """How many events all logs have."""
    stores = here.logs.stores.values()
    return sum(store.head(partition) for store in stores for partition in range(store.partitions))


def _summary(run_dir: Path) -> Path:
    """Where Locust leaves its figures for us."""
    return run_dir / "load" / "figures.json"


def _set_up(run_dir: Path, context: Context) -> Connected:
    """The demo bank's people and customers, an active plan, closed months, and who plays."""
    remember(run_dir, context.settings())
    files = make_bank_files(run_dir)
    import_files(run_dir, [files / f"{kind}.csv" for kind in FILES], console)
    here = connected(run_dir)
    stage = Stage(context.public_url, context.secrets, run_dir, cast(), console)
    activate_the_plan(stage, default_plan())
    for day in CLOSED:
        close_period(stage, f"{day:%Y-%m}", day)
    stage.close()
    drain(here, DRAIN_SECONDS)
    team = run_dir / "team.json"
    team.touch(mode=0o600)
    team.write_text(json.dumps(_team(here, context.secrets)))
    return here


def _team(here: Connected, secrets: Path) -> dict[str, Any]:
    """Who plays: the demo bank's people with their tokens, and whom they meet."""
    now, people = datetime.now(UTC), cast()
    customers = here.client.registry.customers
    return {
        "people": {
            **{part: [_player(secrets, people[part], now)] for part in SINGLE},
            **{line: [_player(secrets, one, now) for one in _managers(here, line)] for line in ("corporate", "retail")},
        },
        "companies": sorted(customers.distinct("_id", {"kind": "company"})),
        "persons": sorted(customers.distinct("_id", {"kind": "person"})),
        "evidence": EVIDENCE
        | {
            "maker_id": people["maker"].staff_id,
            "checker_id": people["checker"].staff_id,
            "call_back_by": people["checker"].staff_id,
            "on": "2026-09-04",
        },
    }


def _managers(here: Connected, line: str) -> list[Principal]:
    found = here.client.registry.staff.find({"line": line, "role": line}).sort("_id")
    return [Principal(one["_id"], one["_id"], frozenset({line}), one["unit_id"], line) for one in found]


def _player(secrets: Path, principal: Principal, now: datetime) -> dict[str, Any]:
    token = issue_token(secrets, principal, now)
    return {"staff_id": principal.staff_id, "unit_id": principal.unit_id, "token": token}


def _locust(context: Context, run_dir: Path, *, ui: bool) -> int:
    users = os.environ.get("USERS") or "60"
    command = [sys.executable, "-m", "locust", "--host", context.public_url, "--users", users, "--spawn-rate", users]
    command += ["--locustfile", str(HERE / "locustfile.py"), "--html", str(run_dir / "load.html")]
    command += ["--csv", str(run_dir / "load")]
    if ui:
        console.print("Locust's page: [bold]http://127.0.0.1:8089[/]; Ctrl-C ends it")
        command += ["--web-host", "127.0.0.1"]
    else:
        command += ["--headless", "--run-time", os.environ.get("DURATION") or "30s", "--only-summary"]
    told = {
        "LOAD_TEAM": str(context.run_dir / "team.json"),
        "LOAD_AMQP_URI": context.amqp_uri,
        "LOAD_SUMMARY": str(_summary(run_dir)),
    }
    done = subprocess.run(command, env=os.environ | told, check=False)
    console.print(f"report: {run_dir / 'load.html'}")
    return done.returncode


def spent(run_dir: Path) -> dict[str, float]:
    """Seconds of processor time that each process of the stack, with its children, has taken so far."""
    found = {}
    for row in measure(run_dir):
        if row.pid is not None:
            family = [psutil.Process(row.pid), *psutil.Process(row.pid).children(recursive=True)]
            found[row.process] = sum(sum(member.cpu_times()[:2]) for member in family)
    return found


def _show_spent(seconds: Mapping[str, float]) -> None:
    table = Table("process", "processor seconds", title="where the time went")
    for name, spent in sorted(seconds.items(), key=lambda one: -one[1]):
        table.add_row(name, f"{spent:,.1f}")
    console.print(table)


def _table(report: Report) -> Table:
    table = Table("figure", "measured", "limit", "", title=f"load: {report.rate:g} requests a second asked for")
    for one in report.figures:
        said = "" if one.limit is None else "[green]kept[/]" if one.kept else "[red]missed[/]"
        table.add_row(one.name, f"{one.value:,.2f}", "" if one.limit is None else f"{one.limit:g}", said)
    return table


if __name__ == "__main__":
    sys.exit(main())
