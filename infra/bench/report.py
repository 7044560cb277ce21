"""What a run leaves: a table for the eye, ``bench.json`` for machines, ``bench.md`` for a page."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from infra.bench.measure import Row


def number(value: float) -> str:
    """Three digits that matter: 0.842, 12.3, 1,234."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cells(row: Row) -> tuple[str, ...]:
    """A row as both tables show it; met or missed is a word."""
    return (
        row.budget.path,
        f"{number(row.ours)} {row.unit}",
        "" if row.base is None else f"{number(row.base)} {row.unit}",
        "" if row.ratio is None else f"{row.ratio:.2f} ×",
        f"{row.spread:.0%}",
        row.budget.text(row.unit),
        "met" if row.met else "missed",
    )


HEADS = ("path", "ours", "base", "ratio", "spread", "budget", "verdict")


def table(rows: Sequence[Row], machine: str) -> Table:
    shown = Table(*HEADS, title=machine)
    for row in rows:
        *first, verdict = cells(row)
        more = row.budget.against or row.note
        path = f"{first[0]}\n[dim]{more}[/]" if more else first[0]
        shown.add_row(path, *first[1:], f"[green]{verdict}[/]" if row.met else f"[red]{verdict}[/]")
    return shown


def figures(rows: Sequence[Row]) -> dict[str, dict[str, float | str | None]]:
    """What ``bench.json`` holds: one entry a row, and nothing else."""
    return {
        row.name: {
            "ours": row.ours,
            "base": row.base,
            "ratio": row.ratio,
            "unit": row.unit,
            "spread": row.spread,
        }
        for row in rows
    }


def markdown(rows: Sequence[Row], machine: str) -> str:
    lines = [machine, "", f"| path | against | {' | '.join(HEADS[1:])} |", "| --- " * (len(HEADS) + 1) + "|"]
    for row in rows:
        path, *rest = cells(row)
        lines.append(f"| {path} | {row.budget.against or row.note} | {' | '.join(rest)} |")
    return "\n".join(lines) + "\n"


def keep(rows: Sequence[Row], directory: Path, machine: str) -> None:
    (directory / "bench.json").write_text(json.dumps(figures(rows), indent=2) + "\n")
    (directory / "bench.md").write_text(markdown(rows, machine))
