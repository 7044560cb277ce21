"""``liandong demo``: everything starts on free ports, the story is played, verified, and everything stops."""

import contextlib
import shutil
import sys
from pathlib import Path

import click
from rich.console import Console

from infra.bootstrap import cast, make_bank_files, prepare, welcome
from infra.commands.run import hold, stop_by_signal
from infra.commands.verify import run_checks
from infra.connected import connected, remember
from infra.demo.stage import Stage
from infra.demo.story import play
from infra.every_check import every_check
from infra.public import Unexpected
from infra.stack.nginx import docs_of
from infra.stack.stack import Stack

console = Console(highlight=False)


@click.command(epilog="Example: `liandong demo`. It has its own data under .run/demo, made anew each time.")
@click.option("--stay", is_flag=True, help="Afterwards it stays up, to be looked at, until Ctrl-C.")
@click.pass_obj
def command(run_dir: Path, *, stay: bool) -> None:
    """Play the whole story through the public HTTP API, then verify it; exit 0 only if all held."""
    directory = run_dir / "demo"
    shutil.rmtree(directory, ignore_errors=True)
    try:
        with stop_by_signal(), Stack(directory, prepare=prepare, seen=_seen) as stack:
            remember(directory, stack.context.settings())
            context = stack.context
            stage = Stage(context.public_url, context.secrets, directory, cast(), console)
            play(stage, make_bank_files(directory))
            stage.step("核对 · Everything computed again from the log")
            here = connected(directory)
            if run_checks(every_check(here), console):
                sys.exit(1)
            stage.close()
            console.print(f"\ndemo: {stage.steps} steps, all held")
            if stay:
                _stay(stack)
    except Unexpected as unexpected:
        console.print(f"[red]demo: did not hold: {unexpected}[/]")
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("stopped")
        sys.exit(130)


def _stay(stack: Stack) -> None:
    """The bank as the story left it, with every page filled."""
    from infra.docs.site import write_site  # noqa: PLC0415, it reads in nameko and all the services

    write_site(docs_of(stack.context.run_dir))
    welcome(stack.context)
    console.print("Ctrl-C stops everything.")
    with contextlib.suppress(KeyboardInterrupt):
        hold(stack)


def _seen(name: str) -> None:
    console.print(f"  [green]✓[/] {name}")
