"""``make bench``: measures the rows, prints the table, writes ``.run/bench.json``."""

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from infra.bench.budgets import BUDGETS
from infra.bench.chart import draw
from infra.bench.ground import Ground, standing
from infra.bench.measure import Row, machine
from infra.bench.report import keep, table
from infra.bench.rows.append import append
from infra.bench.rows.desk import desk
from infra.bench.rows.fees import tier_run
from infra.bench.rows.http import http_vs_rpc
from infra.bench.rows.incentives import incentives
from infra.bench.rows.intake import intake
from infra.bench.rows.million import million
from infra.bench.rows.projector import projector, projector_vs_nameko
from infra.bench.rows.relay import relay
from infra.bench.rows.rules import rules
from infra.bench.rows.spawn import spawn
from infra.bench.rows.visible import visible
from infra.processes import PROCESSES, Process
from shared.runtime.logs import configure_logs
from shared.runtime.memory import settle

ALONE: tuple[Process, ...] = ()
LEADS = tuple(process for process in PROCESSES if process.name == "leads")
console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


@dataclass(frozen=True)
class Measurement:
    """What measures some rows, and which of our processes run beside it."""

    rows: tuple[str, ...]
    processes: tuple[Process, ...]
    work: Callable[[Ground], list[Row]]


MEASUREMENTS = (
    Measurement(("append",), ALONE, append),
    Measurement(("import",), ALONE, intake),
    Measurement(("rule_evaluation", "alert_stream"), ALONE, rules),
    Measurement(("tier_run",), ALONE, tier_run),
    Measurement(("what_if", "period_close"), ALONE, incentives),
    Measurement(("relay",), ALONE, relay),
    Measurement(("projector",), ALONE, projector),
    Measurement(("projector_vs_nameko",), ALONE, projector_vs_nameko),
    Measurement(("http_vs_rpc",), LEADS, http_vs_rpc),
    Measurement(("visible_p50_ms", "visible_p99_ms"), PROCESSES, visible),
    Measurement(("spawn", "spawn_beside_p99_ms"), PROCESSES, spawn),
    Measurement(("desk_page_p95_ms", "desk_page_kb", "desk_million_p95_ms"), PROCESSES, desk),
    Measurement(("latency_growth", "rebuild"), ALONE, million),
)


def main() -> int:
    """0 if every budget measured is met, 1 if one is missed, 2 for a row that there is not."""
    wanted = [name for name in os.environ.get("ROWS", "").replace(",", " ").split() if name] or list(BUDGETS)
    if unknown := [name for name in wanted if name not in BUDGETS]:
        console.print(f"there is no row {unknown[0]}; the rows are {', '.join(BUDGETS)}")
        return 2
    directory = Path(os.environ.get("LIANDONG_RUN", ".run")).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    configure_logs("bench", "WARNING")
    settle()  # as our processes do
    rows = measured(directory, wanted)
    console.print(table(rows, machine()))
    keep(rows, directory, machine())
    draw(rows, directory / "bench.svg", machine())
    console.print(f"written to {directory}: bench.json, bench.md, bench.svg")
    return 0 if all(row.met for row in rows) else 1


def measured(directory: Path, wanted: Sequence[str]) -> list[Row]:
    """The wanted rows in the order of the table, measured on servers with fresh data."""
    found: dict[str, Row] = {}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=directory) as fresh,
        Progress(*columns, console=console) as progress,
    ):
        for processes in (ALONE, LEADS, PROCESSES):
            chosen = [m for m in MEASUREMENTS if m.processes == processes and set(m.rows) & set(wanted)]
            if not chosen:
                continue
            with standing(Path(fresh), processes) as ground:
                for measurement in chosen:
                    found |= {row.name: row for row in _watched(measurement, ground, progress)}
    return [found[name] for name in BUDGETS if name in found and name in wanted]


def _watched(measurement: Measurement, ground: Ground, progress: Progress) -> list[Row]:
    task = progress.add_task(", ".join(measurement.rows), total=None)

    def seen(done: int, of: int) -> None:
        progress.update(task, completed=done, total=of)

    rows = measurement.work(replace(ground, seen=seen))
    progress.update(task, description=f"{progress.tasks[task].description} [dim]done[/]", completed=1, total=1)
    return rows


if __name__ == "__main__":
    sys.exit(main())
