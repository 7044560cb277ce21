"""``liandong run``: everything starts, the demo bank is loaded, the addresses are printed; it stays until Ctrl-C."""

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console

from infra.stack.context import Context
from infra.stack.definitions import HR_QUEUE
from infra.stack.stack import SOURCE, Stack

console = Console(highlight=False)


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="The front door's; without it a free one, kept between runs."
)
@click.pass_obj
def command(run_dir: Path, port: int | None) -> None:
    """Start everything, load the demo bank, print the addresses and logins, stay. Ctrl-C stops all that was started."""
    run(Stack(run_dir, port=port, prepare=_prepare, seen=_said_with_time()), _bootstrap)


def _prepare(context: Context) -> None:
    _apart("prepare", context)


def _bootstrap(context: Context) -> None:
    _apart("bootstrap", context)


def _apart(step: str, context: Context) -> None:
    """In a process of its own: the step reads in all the services, and what they take should not stay with the
    supervisor for as long as the stack stands. The context goes by the pipe: addresses may hold passwords.
    """
    argv = [sys.executable, "-m", "infra.bootstrap", step]
    done = subprocess.run(argv, input=pickle.dumps(context), cwd=SOURCE, check=False)
    if done.returncode:
        raise click.exceptions.Exit(done.returncode)  # it has said why


def run(stack: Stack, bootstrap: Callable[[Context], None]) -> None:
    """Hold the stack up until a signal comes."""
    began = time.monotonic()
    try:
        with stop_by_signal(), stack:
            console.print(f"ready in {time.monotonic() - began:.1f} s: [bold]{stack.context.public_url}[/]")
            bootstrap(stack.context)
            if hr_uri := stack.servers.hr_uri:
                console.print(f"the HR system hears of sealed statements from the queue {HR_QUEUE} at {hr_uri}")
            console.print("Ctrl-C stops everything.")
            hold(stack)
    except KeyboardInterrupt:
        console.print("stopped")


def _said_with_time() -> Callable[[str], None]:
    began = time.monotonic()
    return lambda name: console.print(f"  [green]✓[/] {name} [dim]{time.monotonic() - began:.1f} s[/]")


@contextmanager
def stop_by_signal() -> Iterator[None]:
    """SIGTERM and SIGHUP (a closed terminal) end us the way Ctrl-C does: in order, and once.

    Only a second Ctrl-C hurries the end: that one is meant.
    """
    gentle = (signal.SIGTERM, signal.SIGHUP)

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        for number in gentle:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, *gentle)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def hold(stack: Stack) -> NoReturn:
    """Watch until a signal comes, and say when something died."""
    known: dict[str, int] = {}
    while True:
        for name, deaths in stack.servers.supervisor.deaths().items():
            if deaths > known.get(name, 0):
                log = stack.servers.supervisor.log(name)
                console.print(f"  [yellow]{name} died and is started again ({deaths} ×); see {log}[/]")
                known[name] = deaths
        time.sleep(0.5)
