"""``liandong parked``: events that a subscription could not handle, with what waits behind them."""

import re
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from infra.connected import Connected, connected
from infra.projector import OWNERS
from infra.stack.broken import Broken


@click.group(epilog="Examples: `liandong parked list`; `liandong parked redrive bundling.offers lead-01j…`")
def command() -> None:
    """Events that could not be handled. Later events of the same stream wait behind them; nothing is dropped."""


@command.command("list")
@click.pass_obj
def list_parked(run_dir: Path) -> None:
    """What is parked, in the order in which it would be redriven."""
    here = connected(run_dir)
    table = Table("subscription", "event", "type", "tries", "error")
    for owner in OWNERS:
        for parked in here.client[owner].parked.find().sort([("subscription", 1), ("position", 1)]):
            table.add_row(
                parked["subscription"], parked["event_id"], parked["type"], str(parked["attempts"]), parked["error"]
            )
    Console().print(table if table.row_count else "nothing is parked")


@command.command()
@click.argument("subscription")
@click.argument("stream")
@click.pass_obj
def redrive(run_dir: Path, subscription: str, stream: str) -> None:
    """Let a subscription try a stream's parked events again, in their order, within a second or two."""
    released = release(connected(run_dir), subscription, stream)
    click.echo(f"{released} events released; `liandong parked list` shows what could still not be handled")


def release(here: Connected, subscription: str, stream: str) -> int:
    """Mark parked events; the subscription's own consumer redrives them, so that order is kept. Raises ``Broken``."""
    owner = subscription.partition(".")[0]
    if owner not in OWNERS:
        raise Broken(f"no subscription {subscription}: its name begins with one of {', '.join(OWNERS)}")
    query = {"subscription": {"$regex": f"^{re.escape(subscription)}/"}, "stream": stream}
    marked = here.client[owner].parked.update_many(query, {"$set": {"released": True}})
    if not marked.matched_count:
        raise Broken(f"nothing of {stream} is parked by {subscription}")
    return int(marked.matched_count)
