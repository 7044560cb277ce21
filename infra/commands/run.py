"""``liandong run``: everything starts, the demo bank is loaded, the addresses are printed; it stays until Ctrl-C."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console

from infra.bootstrap import bootstrap, prepare
from infra.stack.stack import Stack

console = Console(highlight=False)


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="The front door's port; without it a free one, kept from run to run."
)
@click.pass_obj
def command(run_dir: Path, port: int | None) -> None:
    """Start everything, load the demo bank, print the addresses and logins, stay. Ctrl-C stops all that was started."""
    began = time.monotonic()

    def seen(name: str) -> None:
        console.print(f"  [green]✓[/] {name} [dim]{time.monotonic() - began:.1f} s[/]")

    try:
        with stop_by_signal(), Stack(run_dir, port=port, prepare=prepare, seen=seen) as stack:
            console.print(f"ready in {time.monotonic() - began:.1f} s: [bold]{stack.context.public_url}[/]")
            bootstrap(stack.context)
            console.print("Ctrl-C stops everything.")
            _stay(stack)
    except KeyboardInterrupt:
        console.print("stopped")


@contextmanager
def stop_by_signal() -> Iterator[None]:
    """SIGTERM and SIGHUP (a closed terminal) end us the way Ctrl-C does: in order."""

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stay(stack: Stack) -> NoReturn:
    """Watch until a signal comes, and say when something died."""
    known: dict[str, int] = {}
    while True:
        for name, deaths in stack.servers.supervisor.deaths().items():
            if deaths > known.get(name, 0):
                log = stack.servers.supervisor.log(name)
                console.print(f"  [yellow]{name} died and is started again ({deaths} ×); see {log}[/]")
                known[name] = deaths
        time.sleep(0.5)
