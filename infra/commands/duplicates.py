"""``liandong duplicates``: find customers who are probably one person or firm."""

from collections.abc import Iterator
from pathlib import Path

import click
from ulid import ULID

from infra.connected import connected
from infra.stack.broken import Broken
from services.registry.intake import vault_of
from services.registry.matching import Found, Matcher
from services.registry.projections import CUSTOMERS, MATCHES
from services.registry.secret_files import VaultError
from services.registry.stores import MongoBlocks
from shared.core.days import bank_day
from shared.core.projection import Projection
from shared.runtime.app import Reader
from shared.runtime.execute import Executor
from shared.runtime.wiring import now

BATCH = 500


@click.command(epilog="Example: `liandong duplicates --by OPS01`, each night after the customers' feed")
@click.option("--by", default="duplicates", show_default=True, help="Staff number of whoever runs it.")
@click.pass_obj
def command(run_dir: Path, by: str) -> None:
    """Compare all customers by telephone, identity number and name, and note who is probably one.

    GET /api/registry/matches lists the pairs, with score and reasons, for a person to decide on; leads treats those
    that score high as one. Killed and run again it tells nothing twice.
    """
    with connected(run_dir) as here:
        database, store = here.client["registry"], here.logs["registry"]
        reader = Reader("registry", here.client, here.logs)
        executor = Executor(store, now)
        try:
            vault = vault_of(database, here.settings.secrets)
            run = str(ULID()).lower()
            blocks = MongoBlocks(database)
            matcher = Matcher(store.load_many, executor.execute_many, vault, blocks, bank_day(now()), run, by)
            found = matcher.find(_customers(reader), _noted(reader), _said)
        except VaultError as error:
            raise Broken(str(error)) from None
    click.echo(_line(found))


def _customers(reader: Reader) -> Iterator[list[str]]:
    return ([one["_id"] for one in batch] for batch in _batches(reader, CUSTOMERS))


def _noted(reader: Reader) -> Iterator[tuple[str, str]]:
    return ((one["one_id"], one["other_id"]) for batch in _batches(reader, MATCHES) for one in batch)


def _batches(reader: Reader, projection: Projection) -> Iterator[list[dict[str, str]]]:
    """All documents, by id, a bounded batch at a time."""
    over = ""
    while batch := reader.documents(projection, {"_id": {"$gt": over}}, limit=BATCH):
        yield batch
        over = batch[-1]["_id"]


def _said(found: Found) -> None:
    if found.customers % (BATCH * 20) == 0 and not found.compared:
        click.echo(f"{found.customers:,} customers read", err=True)


def _line(found: Found) -> str:
    rest = f"; {found.left_out:,} telephones or names that too many share were left out" if found.left_out else ""
    return (
        f"{found.customers:,} customers, {found.compared:,} pairs compared, {found.told:,} found or changed{rest}; "
        "GET /api/registry/matches shows them within seconds"
    )
