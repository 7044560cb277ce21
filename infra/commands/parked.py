"""``liandong parked``: events that a subscription could not handle, with what waits behind them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra.connected import connected
from infra.operations.parked import parking_of
from infra.projector import OWNERS
from shared.runtime.auth import Authenticator, require
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.parking import Parking

DECIDES = frozenset({"ops"})
SHOWN = 10


@click.group(epilog="Examples: `liandong parked list`; `liandong parked redrive bundling.offers lead-01j…`")
def command() -> None:
    """Events that could not be handled. Later events of the same stream wait behind them; nothing is dropped."""


@command.command("list")
@click.option("--discarded", is_flag=True, help="Those that were left out by decision, instead.")
@click.pass_obj
def list_parked(run_dir: Path, *, discarded: bool) -> None:
    """What is parked, in the order in which it would be redriven."""
    table = Table("subscription", "stream", "event", "type", "tries", "error", "discard")
    with connected(run_dir) as here:
        every = [one for owner in OWNERS for one in _of(Parking(here.client[owner]), discarded=discarded)]
    for one in every:
        facts = (one["subscription"], one["stream"], one["event_id"], one["type"], str(one["attempts"]))
        table.add_row(*facts, escape(one["error"]), _decision(one))
    nothing = "nothing was discarded" if discarded else "nothing is parked"
    Console().print(table if table.row_count else nothing)


@command.command()
@click.argument("subscription")
@click.argument("stream")
@click.pass_obj
def show(run_dir: Path, subscription: str, stream: str) -> None:
    """The event that a stream waits behind, why, and what waits. Its content, which may be personal, is not shown."""
    with connected(run_dir) as here:
        first, *waiting = parking_of(here.client, subscription).queue(subscription, stream)
    table = Table(show_header=False, title=first["event_id"])
    for name, said in {
        "subscription": first["subscription"],
        "type": first["type"],
        "position": f"{first['position']:,}",
        "parked": f"{first['parked_at']:%Y-%m-%d %H:%M:%S} UTC",
        "tries": str(first["attempts"]),
        "error": escape(first["error"]),
        "released": "yes, is being tried again" if first["released"] else "no",
        "discard": _decision(first) or "not proposed",
        "waiting behind it": f"{len(waiting):,} events",
    }.items():
        table.add_row(name, said)
    console = Console()
    console.print(table)
    for mate in waiting[:SHOWN]:
        console.print(f"  {mate['event_id']} {mate['type']}", highlight=False)
    if len(waiting) > SHOWN:
        console.print(f"  … and {len(waiting) - SHOWN:,} more")


@command.command()
@click.argument("subscription")
@click.argument("stream")
@click.pass_obj
def redrive(run_dir: Path, subscription: str, stream: str) -> None:
    """Let a subscription try a stream's parked events again, in their order, within a second or two."""
    with connected(run_dir) as here:
        released = parking_of(here.client, subscription).release(subscription, stream)
    click.echo(f"{released} events released; `liandong parked list` shows what could still not be handled")


@command.command(
    epilog="Example: one person runs `liandong parked discard bundling.offers lead-01j… --reason 'typed twice by hand'`"
    " with a token of their own (`liandong token --staff OPS01 --role ops`) in OPS_TOKEN; another one, with theirs,"
    " `liandong parked discard bundling.offers lead-01j… --confirm`."
)
@click.argument("subscription")
@click.argument("stream")
@click.option("--reason", help="Why it may be left out: proposes it. Name nobody: it is shown and kept.")
@click.option("--confirm", is_flag=True, help="Agree to what somebody else proposed.")
@click.option("--token", envvar="OPS_TOKEN", required=True, help="Who you are, with the role ops; also in OPS_TOKEN.")
@click.pass_obj
def discard(run_dir: Path, subscription: str, stream: str, reason: str | None, *, confirm: bool, token: str) -> None:
    """Leave out the event that a stream waits behind, by decision of two people; the events behind it go on.

    Its record is kept for ever (`liandong parked list --discarded`), and `liandong verify` names it.
    """
    if confirm == bool(reason and reason.strip()):
        raise click.UsageError("give either --reason, to propose, or --confirm, to agree")
    with connected(run_dir) as here:
        principal = Authenticator(here.settings.secrets).principal(f"Bearer {token}")
        require(principal, DECIDES)
        parking, who, now = parking_of(here.client, subscription), principal.staff_id, datetime.now(UTC)
        if confirm:
            first = parking.confirm_discard(subscription, stream, who=who, at=now)
            click.echo(f"{first['event_id']} is left out; what waits behind it goes on within a second or two")
        else:
            first = parking.propose_discard(subscription, stream, who=who, reason=(reason or "").strip(), at=now)
            click.echo(f"{first['event_id']}: discard proposed by {who}; somebody else must confirm")


def _of(parking: Parking, *, discarded: bool) -> Iterable[JsonDocument]:
    return parking.discarded() if discarded else parking.every()


def _decision(parked: JsonDocument) -> str:
    decision = parked.get("discard")
    if decision is None:
        return ""
    agreed = f", confirmed by {decision['confirmed_by']}" if "confirmed_by" in decision else ""
    return escape(f"proposed by {decision['proposed_by']}{agreed}: {decision['reason']}")
