"""``liandong relearn``: let linkage read registry's log again, for what an older version of it passed over."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from infra.connected import connected
from services.linkage.reactions import REGISTRY_FACTS, note_registry
from shared.core.reaction import follow
from shared.core.recorded import Recorded
from shared.runtime.execute import Executor
from shared.runtime.wiring import Logs, now

NAME = "linkage.relearned"
"""Who it is that notes it: a subscription's name of its own, so that nothing counts as done by the usual one."""
BATCH = 500


@click.command(epilog="Example: `liandong relearn`, once, after an upgrade whose changelog says so")
@click.pass_obj
def command(run_dir: Path) -> None:
    """Read registry's log again as linkage, beside a running stack: what it knows already changes nothing.

    Can be stopped at any moment, and run again.
    """
    with connected(run_dir) as here, Progress(console=Console(stderr=True), transient=True) as bar:
        head = sum(here.logs["registry"].head(partition) for partition in range(here.settings.partitions))
        task = bar.add_task("registry's log", total=head)
        noted = 0
        for facts, made in relearn(here.logs):
            noted += made
            bar.advance(task, facts)
    click.echo(f"read {head:,} facts of registry again; linkage noted {noted:,} that it did not know")


def relearn(logs: Logs) -> Iterator[tuple[int, int]]:
    """By batch: how many facts were read, and how many events were noted for them."""
    registry, executor = logs["registry"], Executor(logs["linkage"], now)
    for partition in range(registry.partitions):
        facts = registry.stream(partition, 0, registry.head(partition))
        while batch := list(islice(facts, BATCH)):
            yield len(batch), note(batch, executor)


def note(batch: list[Recorded], executor: Executor) -> int:
    followed = [one for one in batch if isinstance(one.event, REGISTRY_FACTS)]
    work = [(intent, follow(one, NAME, intent)) for one in followed for intent in note_registry(one)]
    return sum(executor.execute_many(work)) if work else 0
