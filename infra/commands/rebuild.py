"""``liandong rebuild``: a projection built anew from the log beside the live one, compared, then switched."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from infra.connected import connected
from infra.projections import named
from shared.runtime.compare import Comparison
from shared.runtime.rebuild import LINGER_SECONDS, RebuildStopped, rebuild


class Speed(ProgressColumn):
    """Events a second, lately."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} events/s", style="progress.data.speed")


@click.command(
    epilog="Examples: `liandong rebuild leads.leads` while everything runs; `liandong rebuild desk.hr_desk "
    "--accept-difference` after its step was changed."
)
@click.argument("projection")
@click.option(
    "--accept-difference",
    is_flag=True,
    help="Switch although the new documents differ from the live ones: wanted after a change of the step.",
)
@click.pass_obj
def command(run_dir: Path, projection: str, *, accept_difference: bool) -> None:
    """Build a projection anew from the log, beside the live one; compare both; switch readers over at once.

    Killed at any moment, the live one stays as it is, and the command can be run again. A step that cannot take an
    event of the log ends it. What was parked is folded like everything else, and is parked no more.
    """
    owner, chosen = named(projection)
    here, console = connected(run_dir), Console(highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), Speed(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("fill", total=None)

        def tell(phase: str, done: int, total: int) -> None:
            progress.update(task, description=phase, completed=done, total=total)

        try:
            built = rebuild(
                here.client, here.logs.stores, owner, chosen, accept_difference=accept_difference, tell=tell
            )
        except RebuildStopped as stopped:
            progress.stop()
            if stopped.comparison is not None:
                _show(console, projection, stopped.comparison)
                console.print("--accept-difference switches nevertheless, where the step was changed on purpose")
            raise
    _show(console, projection, built.comparison)
    console.print(
        f"switched to {owner}.{built.collection}: {built.events:,} events in {built.seconds:.1f} s, "
        f"{built.events / max(built.seconds, 1e-9):,.0f}/s; the old one was dropped {LINGER_SECONDS:.0f} s later"
    )


def _show(console: Console, name: str, found: Comparison) -> None:
    table = Table("", "documents", "hash", title=f"{name} at equal places of the log")
    table.add_row("live", f"{found.live_count:,}", found.live_hash[:16])
    table.add_row("from the log", f"{found.rebuilt_count:,}", found.rebuilt_hash[:16])
    console.print(table)
    for example in found.examples:
        console.print(f"[red]≠[/] {example}", markup=True, soft_wrap=True)
    if found.differing > len(found.examples):
        console.print(f"and {found.differing - len(found.examples):,} more")
