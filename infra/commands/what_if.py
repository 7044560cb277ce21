"""``liandong what-if``: a plan as a file, checked, and tried over the whole history (rules I1, I8)."""

import sys
from functools import partial
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from infra.connected import connected
from infra.plans.file import read_plan
from infra.plans.history import deals_there_are, over_history
from services.incentives.scoring import Scoring
from services.incentives.what_if import Change, WhatIf
from shared.runtime.app import App
from shared.runtime.wiring import now

FEW = 15


@click.command(
    epilog="Examples: `liandong what-if plan.yaml`; `liandong what-if plan.yaml --check` only says what is wrong;"
    " `liandong what-if plan.yaml --json | jq .cost_milli`"
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", is_flag=True, help="Only say what is wrong with the file; no stack need run.")
@click.option("--json", "as_json", is_flag=True, help="The whole table, as JSON.")
@click.pass_obj
def command(run_dir: Path, file: Path, *, check: bool, as_json: bool) -> None:
    """What a plan would have paid, beside what was paid: over every deal, on every core. Nothing is recorded."""
    checked = read_plan(file)
    for fault in checked.faults:
        click.echo(f"{file}, line {fault.line}, {fault.place or 'the file'}: {fault.says}", err=True)
    if checked.plan is None:
        sys.exit(1)
    plan = checked.plan
    if check:
        click.echo(f"{file}: plan {plan.plan_id} version {plan.version} from {plan.effective_from}, no fault")
        return
    console = Console(highlight=False)
    with connected(run_dir) as here, Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("deals", total=deals_there_are(here.client))
        scoring = Scoring(App("incentives", here.client, here.logs, now))
        uri = here.settings.mongo_uri
        seen = partial(progress.update, bar)
        found = over_history(
            here.client, uri, scoring.plans(), plan, lambda done: seen(completed=done), scoring.months()
        )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    console.print(people_table(found))
    console.print(summary(found))


def people_table(found: WhatIf) -> Table:
    """Who gains most, and who loses most."""
    title = f"{found.deals:,} deals; points by person, old and new"
    table = Table("person", "unit", "old", "new", "difference", "rank", title=title)
    shown = found.people if len(found.people) <= 2 * FEW else (*found.people[:FEW], None, *found.people[-FEW:])
    for one in shown:
        table.add_row(*(_row(one) if one else ("…",) * 6))
    return table


def _row(one: Change) -> tuple[str, ...]:
    style = "green" if one.difference_milli > 0 else "red" if one.difference_milli < 0 else "dim"
    move = f"{one.old_rank} → {one.new_rank}"
    zero = " (newly at zero)" if one.newly_at_zero else ""
    points = (f"{one.old_milli / 1000:,.3f}", f"{one.new_milli / 1000:,.3f}{zero}")
    return (one.staff_id, one.unit_id, *points, f"[{style}]{one.difference_milli / 1000:+,.3f}[/]", move)


def summary(found: WhatIf) -> str:
    return (
        f"It would have cost {found.cost_milli / 1000:+,.3f} points: {found.new_milli / 1000:,.3f} instead of "
        f"{found.old_milli / 1000:,.3f}. {found.newly_at_zero} people would be newly at zero.\n"
        f"plan {found.plan_hash}\nwhat-if {found.what_if_hash}"
    )
