"""``liandong tiers``: rank the customers of every unit for a month again."""

from datetime import datetime
from pathlib import Path

import click
from ulid import ULID

from infra.connected import connected
from infra.stack.broken import Broken
from services.registry.figures import ShownFigures
from services.registry.reactions import requests
from shared.core.recorded import Meta
from shared.runtime.app import Reader
from shared.runtime.execute import Executor
from shared.runtime.wiring import now


@click.command(epilog="Example: `liandong tiers --month 2026-08` after late balances of August were loaded")
@click.option("--month", required=True, type=click.DateTime(["%Y-%m"]), help="YYYY-MM, a month whose balances are in.")
@click.pass_obj
def command(run_dir: Path, month: datetime) -> None:
    """Compute value tiers for a month, beside a running stack. When a month's last day closes, this happens by itself.

    An older month than the newest one corrects its own figures, and nobody's tier.
    """
    with connected(run_dir) as here:
        store = here.logs["registry"]
        units = ShownFigures(Reader("registry", here.client, here.logs)).units()
        if not units:
            raise Broken("no unit has customers yet: load them with `liandong import`")
        meta = Meta(f"tiers-{str(ULID()).lower()}", actor="tiers", role="ops")
        Executor(store, now).execute_many([(intent, meta) for intent in requests(units, f"{month:%Y-%m}")])
    click.echo(f"{len(units)} units are being ranked; GET /api/registry/units/<unit>/tiers shows them within seconds")
