"""``liandong verify``: compute everything again from the log and compare."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from infra.connected import connected
from infra.every_check import every_check
from infra.verify import Check, Note

SHOWN = 3


@click.command(
    epilog="Example: `liandong verify` beside a running stack; exit 1 with the first differences where any are found."
)
@click.pass_obj
def command(run_dir: Path) -> None:
    """Compute everything again from the log and compare."""
    with connected(run_dir) as here:
        sys.exit(run_checks(every_check(here), Console()))


def run_checks(every: Mapping[str, Check], console: Console) -> int:
    """Run the checks with a progress bar; 1 if any found a difference, and the first ones in words."""
    broken = 0
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("verify", total=len(every))
        for name, check in every.items():
            progress.update(task, description=name)
            differences = 0
            for found in check():
                if isinstance(found, Note):
                    console.print(f"[yellow]•[/] {name}: {escape(found)}", highlight=False)
                    continue
                console.print(f"[red]✗[/] {name}: {escape(found)}", highlight=False)
                differences += 1
                if differences == SHOWN:
                    break
            broken += differences
            progress.advance(task)
    if broken:
        console.print("verify: the log and what is shown differ")
        return 1
    console.print(f"verify: {len(every)} checks, nothing differs")
    return 0
