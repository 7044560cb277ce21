"""The command ``liandong``: a table of commands, each read from its own module only when it is called."""

import importlib
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from infra.stack.broken import Broken

# The name, what `liandong --help` says of it, and where it is.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("start everything, load the demo bank, stay", "infra.commands.run:command"),
    "status": ("what runs, and how far everything is", "infra.commands.status:command"),
    "demo": ("play the whole story through the public API", "infra.commands.demo:command"),
    "import": ("load feed files into the registry", "infra.commands.import_:command"),
    "erase": ("make a person unreadable everywhere, for ever", "infra.commands.erase:command"),
    "relearn": ("let linkage read registry's log again", "infra.commands.relearn:command"),
    "tiers": ("rank the customers of every unit for a month again", "infra.commands.tiers:command"),
    "duplicates": ("find customers who are probably one person or firm", "infra.commands.duplicates:command"),
    "rules": ("show, check and try the bundle rules", "infra.commands.rules:command"),
    "what-if": ("check a plan of incentives, and try it over the whole history", "infra.commands.what_if:command"),
    "alerts": ("try the alert patterns on a file of transfers", "infra.commands.alerts:command"),
    "token": ("issue a bearer token for a demo user", "infra.commands.token:command"),
    "verify": ("compute everything again from the log and compare", "infra.commands.verify:command"),
    "rebuild": ("fill a projection anew from the log, compare, switch", "infra.commands.rebuild:command"),
    "replay": ("show a projection as it was at a moment", "infra.commands.replay:command"),
    "scorecard": ("learn a scorecard of integer points, or judge one", "infra.commands.scorecard:command"),
    "docs": ("write the descriptions of the HTTP API and the events", "infra.commands.docs:command"),
    "parked": ("list, show, redrive or discard parked events", "infra.commands.parked:command"),
}


class Table(click.Group):
    """A group whose help needs none of its commands, so that a broken one cannot break the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002, click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002, click's signature
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][1].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002, click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (summary, _) in COMMANDS.items()])


@click.command(cls=Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--run-dir",
    envvar="LIANDONG_RUN",
    default=".run",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where data, logs and keys are.",
)
@click.pass_context
def liandong(context: click.Context, run_dir: Path) -> None:
    """Liandong: integrated marketing for banks."""
    context.obj = run_dir.resolve()


def _expected() -> tuple[type[Exception], ...]:
    """Troubles that are told in one line. Looked up when one happens, so that a good start stays quick."""
    from shared.core.errors import LiandongError  # noqa: PLC0415
    from shared.runtime.config import BadSettings  # noqa: PLC0415

    return Broken, BadSettings, LiandongError


def main(arguments: list[str] | None = None, command: click.Command = liandong) -> Any:
    """Ends a broken prerequisite in one line and exit code 1."""
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # a refused connection is told once, by us
    try:
        return command(arguments, prog_name="liandong")
    except _expected() as error:
        click.echo(f"liandong: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # `liandong … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
