"""``liandong status``: each process with its pid, state and memory, and the total."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import psutil
from rich.console import Console
from rich.table import Table

from infra.stack.lock import read_holder

MB = 1_000_000


@dataclass(frozen=True)
class Row:
    """``resident`` is in bytes and counts the process with its own children."""

    process: str
    pid: int | None
    state: str
    resident: int


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def command(run_dir: Path, *, as_json: bool) -> None:
    """What runs, and how much memory it takes. Exit code 1 when nothing does."""
    holder = read_holder(run_dir)
    rows = list(measure(run_dir))
    if holder is None:
        click.echo(f"not running in {run_dir}; `make run` starts it", err=True)
        raise SystemExit(1)
    if as_json:
        processes = [
            {"process": row.process, "pid": row.pid, "state": row.state, "resident": row.resident} for row in rows
        ]
        click.echo(json.dumps({"address": holder.address, "processes": processes}))
        return
    Console().print(_table(rows, holder.address or "starting"))


def measure(run_dir: Path) -> Iterator[Row]:
    """The stack's processes now; none when it does not run."""
    holder = read_holder(run_dir)
    if holder is None:
        return
    yield Row("liandong", holder.pid, "running", _resident(holder.pid, with_children=False))
    try:
        lines = json.loads((run_dir / "state.json").read_text())
    except FileNotFoundError:
        return
    for line in lines:
        pid, deaths = line["pid"], line["deaths"]
        state = ("running" if pid else "down") + (f", died {deaths} ×" if deaths else "")
        yield Row(line["name"], pid, state, _resident(pid, with_children=True) if pid else 0)


def _resident(pid: int, *, with_children: bool) -> int:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)] if with_children else [process]
        return sum(member.memory_info().rss for member in family)
    except psutil.NoSuchProcess:
        return 0


def _table(rows: list[Row], address: str) -> Table:
    table = Table("process", "pid", "state", title=f"Liandong, {address}", show_footer=True)
    table.add_column("resident MB", justify="right", footer=f"{sum(row.resident for row in rows) / MB:,.0f}")
    table.columns[0].footer = "total"
    for row in rows:
        table.add_row(row.process, str(row.pid or "–"), row.state, f"{row.resident / MB:,.0f}")
    return table
