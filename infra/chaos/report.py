"""The table at the end, and the same as JSON."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from infra.chaos.faults.base import Fault
from infra.chaos.journal import Json
from infra.chaos.play import Happened, Result


def rows(faults: Iterable[Fault], result: Result) -> list[Json]:
    """One for each fault: how often, recovery in seconds (median, worst), limit, violations."""
    return [_row(fault, [one for one in result.happened if one.fault == fault.name]) for fault in faults]


def _row(fault: Fault, happened: Sequence[Happened]) -> Json:
    took = [one.recovery for one in happened if one.recovery is not None]
    return {
        "fault": fault.name,
        "times": sum(not one.impossible for one in happened),
        "median": round(median(took), 2) if took else None,
        "worst": round(max(took), 2) if took else None,
        "limit": fault.limit,
        "violations": [violation for one in happened for violation in one.violations],
        "not_possible": sorted({one.hit for one in happened if one.impossible}),
    }


def show(console: Console, found: Sequence[Json], result: Result) -> None:
    table = Table(title="faults under load")
    table.add_column("fault", no_wrap=True)
    for column in ("times", "median s", "worst s", "limit s", "violations"):
        table.add_column(column, justify="right")
    for row in found:
        seconds = ["–" if row[name] is None else f"{row[name]:.1f}" for name in ("median", "worst")]
        violations = str(len(row["violations"])) if row["times"] else "not possible here"
        table.add_row(row["fault"], str(row["times"]), *seconds, f"{row['limit']:.0f}", violations)
    console.print(table)
    for row in found:
        for said in (*row["violations"], *(f"not possible here: {reason}" for reason in row["not_possible"])):
            console.print(f"{row['fault']}: {said}", soft_wrap=True)
    for act in result.operated:
        console.print(f"operator: {act}", soft_wrap=True)
    for difference in result.broken:
        console.print(f"[red]✗[/] {difference}", soft_wrap=True)


def show_planted(console: Console, found: Sequence[Json]) -> None:
    table = Table("planted in our own code", "seen by", title="planted faults")
    table.add_column("s", justify="right")
    for row in found:
        table.add_row(
            row["what"], row["caught"] or ("nothing" if row["patch"] else "nothing, as it must be"), str(row["seconds"])
        )
    console.print(table)


def write(file: Path, report: Json) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
