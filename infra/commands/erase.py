"""``liandong erase``: make a person unreadable everywhere, for ever."""

from contextlib import closing
from pathlib import Path

import click
from ulid import ULID

from infra.connected import connected
from infra.stack.broken import Broken
from services.registry.erasing import erase
from services.registry.intake import vault_of
from services.registry.people import People
from services.registry.secret_files import VaultError
from shared.core.recorded import Meta
from shared.runtime.execute import Executor
from shared.runtime.wiring import now


@click.command(epilog="Example: `liandong erase P000017 --reason 'asked for it in writing, case 2026-114' --by OPS01`")
@click.argument("customer_id")
@click.option("--reason", required=True, help="Why, for those who read it later. Name nobody: it is kept.")
@click.option("--by", default="erase", show_default=True, help="Staff number of whoever decided it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(run_dir: Path, customer_id: str, reason: str, by: str, *, yes: bool) -> None:
    """Destroy the key of a person's data and what they can be found by. It cannot be undone.

    Their name, telephone, identity number and birth date become unreadable in everything ever recorded; desks show ***.
    What they did still counts, so that no score changes. Rows about them are refused from now on.
    """
    if not reason.strip():
        raise click.UsageError("--reason must say something")
    if not yes:
        click.confirm(f"Erase {customer_id} for ever?", abort=True)
    here = connected(run_dir)
    with closing(here.client):
        store = here.logs["registry"]
        try:
            people = People(store, vault_of(here.client["registry"], here.settings.secrets))
            meta = Meta(f"erase-{str(ULID()).lower()}", actor=by, role="ops")
            erase(customer_id, reason.strip(), people, Executor(store, now).execute, meta)
        except VaultError as error:
            raise Broken(str(error)) from None
    click.echo(f"{customer_id} is erased; what shows them follows within seconds")
