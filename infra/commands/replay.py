"""``liandong replay``: a projection as it stood at a moment, printed or kept in a collection of its own."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from infra.connected import connected
from infra.projections import named
from infra.stack.broken import Broken
from shared.runtime.replay import replay, replay_into


class Moment(click.ParamType[datetime]):
    """A time with its offset, in ISO 8601."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no time: write it as 2026-09-01T12:00:00Z", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value} has no offset: say Z for UTC, or such as +08:00", param, ctx)
        return moment.astimezone(UTC)


@click.command(
    epilog="Examples: `liandong replay leads.leads --to 2026-09-01T12:00:00Z --key 01j…` prints one lead as it was; "
    "`liandong replay desk.hr_desk --to 2026-09-01T00:00:00+08:00 --into hr_desk_september` keeps all beside it."
)
@click.argument("projection")
@click.option("--to", type=Moment(), required=True, help="The moment, by the time at which events were recorded.")
@click.option("--key", "keys", multiple=True, help="Only the document of this id; may be repeated.")
@click.option("--into", help="Keep the documents in a new collection of this name in the owner's database.")
@click.pass_obj
def command(run_dir: Path, projection: str, to: datetime, keys: tuple[str, ...], into: str | None) -> None:
    """Fold a projection up to a moment, and print its documents as JSON lines. The live one is left alone."""
    owner, chosen = named(projection)
    if keys and into is not None:
        raise Broken("--key prints, --into keeps all: choose one")
    here = connected(run_dir)
    if into is not None:
        count = replay_into(here.client[owner], into, chosen, here.logs.stores, to)
        click.echo(f"{count:,} documents of {projection} as of {to.isoformat()} are in {owner}.{into}", err=True)
        return
    found = 0
    for document in replay(chosen, here.logs.stores, to, frozenset(keys)):
        sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
        found += 1
    sys.stdout.flush()
    if len(keys) > found:
        raise Broken(f"{len(keys) - found} of the keys have no document in {projection} as of {to.isoformat()}")
