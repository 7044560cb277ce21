"""``make bench``: measures the rows, prints the table, writes ``.run/bench.json``."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

from infra.bench.measure import Row, machine
from infra.bench.rows import append, visible
from infra.bootstrap import prepare
from infra.processes import PROCESSES
from infra.stack.stack import Stack
from shared.runtime.auth import Principal, issue_token
from shared.runtime.mongo_store import JsonDocument

NEEDED = ("leads", "relay", "projector")
console = Console(highlight=False)


def main() -> int:
    """0 if every budget measured is met, 1 if one is missed."""
    run_dir = Path(os.environ.get("LIANDONG_RUN", ".run")).resolve()
    processes = [process for process in PROCESSES if process.name in NEEDED]
    with Stack(run_dir / "bench", processes=processes, prepare=prepare) as stack:
        client: MongoClient[JsonDocument] = MongoClient(stack.context.mongo_uri, tz_aware=True)
        with console.status("append a commit, ours and bare in turn"):
            rows = [append(client)]
        owner = Principal("S0001", "bench", frozenset({"corporate"}), "O01", "corporate")
        token = issue_token(stack.context.secrets, owner, datetime.now(UTC))
        with console.status("from a command to its effect in the projection"):
            rows += visible(stack.context.public_url, token)
    show(rows)
    keep(rows, run_dir / "bench.json")
    return 0 if all(row.met for row in rows) else 1


def show(rows: list[Row]) -> None:
    table = Table("row", "ours", "bare", "ratio", "spread", "budget", "", title=machine())
    for row in rows:
        budget = f"≥ {row.at_least} ×" if row.at_least is not None else f"≤ {row.at_most} {row.unit}"
        table.add_row(
            row.name,
            f"{row.ours:,.1f} {row.unit}",
            "" if row.base is None else f"{row.base:,.1f}",
            "" if row.ratio is None else f"{row.ratio:.2f}",
            f"{row.spread:.0%}",
            budget,
            "[green]met[/]" if row.met else "[red]missed[/]",
        )
    console.print(table)


def keep(rows: list[Row], path: Path) -> None:
    figures = {
        row.name: {"ours": row.ours, "base": row.base, "ratio": row.ratio, "unit": row.unit, "spread": row.spread}
        for row in rows
    }
    path.write_text(json.dumps({"machine": machine(), **figures}, indent=2) + "\n")
    console.print(f"written to {path}")


if __name__ == "__main__":
    sys.exit(main())
