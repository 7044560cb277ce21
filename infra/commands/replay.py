"""``liandong replay``: a projection as it was at a moment, folded from the log alone."""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from pymongo.collection import Collection
from rich.console import Console
from rich.progress import Progress

from infra.commands.rebuild import named
from infra.connected import Connected, connected
from infra.stack.broken import Broken
from shared.core.projection import Projection
from shared.runtime.aliases import make_indexes
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.replay import replay

DATABASE = "replay"


@click.command(
    epilog="Examples: `liandong replay leads.leads --to 2026-09-30T16:00:00Z | jq .status`;"
    " `liandong replay leads.leads --to 2026-09-30T16:00:00Z --key lead-01j…`;"
    " `liandong replay incentives.ledger --to 2026-09-30T16:00:00Z --into september_ledger`"
)
@click.argument("projection")
@click.option("--to", "moment", required=True, help="A moment with its zone, such as 2026-09-30T16:00:00Z.")
@click.option("--key", help="Only the document with this id.")
@click.option("--into", help=f"Keep the documents in this new collection of the database {DATABASE}; print none.")
@click.pass_obj
def command(run_dir: Path, projection: str, moment: str, key: str | None, into: str | None) -> None:
    """Show PROJECTION (owner.name) as it was: every event that was recorded until then, and none after.

    Prints one JSON document a line, in the order of their ids. The live projection is not touched.
    """
    until = moment_of(moment)
    owner, found = named(projection)
    with connected(run_dir) as here:
        if into is not None and into in here.client[DATABASE].list_collection_names():
            raise Broken(f"{DATABASE}.{into} exists already: choose another name, or drop it")
        target = here.client[DATABASE][into or f"scratch_{uuid.uuid4().hex}"]
        kept = False
        try:
            _fold(here, owner, found, until, target, key)
            if into is None:
                _print(target)
            else:
                make_indexes(target, found)
                count = target.count_documents({})
                click.echo(f"{count:,} documents in {DATABASE}.{into}, as of {until:%Y-%m-%d %H:%M:%S} UTC")
                kept = True
        finally:
            if not kept:
                target.drop()


def moment_of(text: str) -> datetime:
    """Aware UTC. Raises ``Broken`` where the text is no moment, or names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Broken(f"--to {text}: no moment; write it like 2026-09-30T16:00:00Z") from None
    if moment.tzinfo is None:
        raise Broken(f"--to {text}: which zone? Write Z at its end for UTC, or +08:00")
    return moment.astimezone(UTC)


def _fold(
    here: Connected,
    owner: str,
    projection: Projection,
    until: datetime,
    target: Collection[JsonDocument],
    key: str | None,
) -> None:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        bar.add_task(f"{owner}.{projection.name}", total=None)
        for _ in replay(here.client[owner], projection, here.logs.stores, until, target, key):
            pass
    if key is not None:
        target.delete_many({"_id": {"$ne": key}})


def _print(target: Collection[JsonDocument]) -> None:
    for document in target.find().sort("_id"):
        sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    sys.stdout.flush()
