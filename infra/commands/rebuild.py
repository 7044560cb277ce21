"""``liandong rebuild``: a projection from the start of the log beside the live one, compared, then switched."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from infra.connected import Connected, connected
from infra.projector import projections
from infra.stack.broken import Broken
from shared.core.projection import Projection
from shared.runtime.compare import Comparison
from shared.runtime.memory import settle
from shared.runtime.rebuild import GRACE_SECONDS, Differs, Rebuild, Rebuilt

console = Console(highlight=False)


@click.command(
    epilog="Examples: `liandong rebuild leads.leads`; `liandong rebuild desk.corporate_desk --accept-difference` after"
    " a change of its step. Exit code 1 where the two differ and that was not accepted: nothing is switched then."
)
@click.argument("projection")
@click.option("--accept-difference", is_flag=True, help="Switch although the two differ, as after a changed step.")
@click.option("--grace", default=GRACE_SECONDS, show_default=True, help="Seconds until the old collection is dropped.")
@click.pass_obj
def command(run_dir: Path, projection: str, grace: float, *, accept_difference: bool) -> None:
    """Fill PROJECTION (owner.name) anew from the log, compare it with the live one, and switch. Readers notice nothing.

    Can be stopped or killed at any moment, and run again.
    """
    owner, found = named(projection)
    settle()
    try:
        with connected(run_dir) as here:
            _tell(_rebuild(here, owner, found, grace, accept_difference=accept_difference))
    except Differs as differs:
        _show(differs.comparison)
        raise Broken(f"{differs} If its step was changed, that is meant: run it with --accept-difference.") from None


def named(projection: str) -> tuple[str, Projection]:
    """The owner and the projection of ``owner.name``. Raises ``Broken`` with those that there are."""
    known = {f"{owner}.{one.name}": (owner, one) for owner, owned in projections().items() for one in owned}
    if projection not in known:
        raise Broken(f"no projection {projection}; there are {', '.join(sorted(known))}")
    return known[projection]


def _rebuild(here: Connected, owner: str, projection: Projection, grace: float, *, accept_difference: bool) -> Rebuilt:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"{owner}.{projection.name}", total=None, rate="")

        def progress(done: int, total: int) -> None:
            elapsed = bar.tasks[0].elapsed or 0.001
            bar.update(task, completed=done, total=total, rate=f"{done / elapsed:,.0f} events/s")

        rebuild = Rebuild(here.client[owner], projection, here.logs.stores, progress)
        return rebuild.run(accept_difference=accept_difference, grace=grace)


def _tell(done: Rebuilt) -> None:
    if done.comparison.different:
        _show(done.comparison)
        console.print("the difference was accepted")
    else:
        console.print(f"equal: {done.comparison.live.count:,} documents, sha256 {done.comparison.live.hash[:16]}")
    rate = done.events / max(done.seconds, 0.001)
    console.print(f"{done.events:,} events in {done.seconds:.1f} s ({rate:,.0f}/s); live is now {done.collection}")
    if done.unparked:
        console.print(f"{done.unparked} parked events were taken in")


def _show(comparison: Comparison) -> None:
    for side, tally in (("live", comparison.live), ("rebuilt", comparison.rebuilt)):
        console.print(f"{side:8} {tally.count:>12,} documents, sha256 {tally.hash[:16]}")
    for difference in comparison.differences:
        console.print(f"  {difference}", markup=False)
    if comparison.different > len(comparison.differences):
        console.print(f"  … and {comparison.different - len(comparison.differences):,} more")
