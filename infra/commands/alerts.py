"""``liandong alerts``: what the alert patterns find in a file of transfers (rule C3)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.compliance.domain.watch import NoteTransfer, alerts_in
from services.compliance.events import AlertOpened
from services.registry.feed import Feed, file_feed
from services.registry.intake import BANK_CURRENCIES
from services.registry.kinds import KINDS

TRANSFERS = KINDS["transfers"]
FEW = 3


@click.command(epilog="Examples: `liandong alerts transfers.csv`; `liandong alerts czech.csv --opened --currency CZK`")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--opened", is_flag=True, help="Take every account as one that we opened: look for round trips in all.")
@click.option("--currency", "currencies", multiple=True, help="Allow this currency beside the bank's own.")
def command(file: Path, *, opened: bool, currencies: tuple[str, ...]) -> None:
    """Try the patterns on a feed of transfers, in the order of its rows. Nothing is recorded; no stack need run."""
    console = Console()
    feed = file_feed(file, TRANSFERS.shape)
    with Progress(console=console, transient=True) as progress:
        rows = _rows(feed, BANK_CURRENCIES | set(currencies))
        watched = progress.track(rows, total=feed.figures.rows, description=feed.name)
        found = by_pattern(_note(row, opened=opened) for row in watched)
    console.print(_table(found, feed.figures.rows))


def by_pattern(transfers: Iterator[NoteTransfer]) -> dict[str, list[AlertOpened]]:
    found: dict[str, list[AlertOpened]] = defaultdict(list)
    for alert in alerts_in(transfers):
        found[alert.pattern].append(alert)
    return found


def _rows(feed: Feed, currencies: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    """Rows that are wrong in themselves end it: a file is tried after it was loaded, or would be."""
    schema = TRANSFERS.schema(currencies)
    for line in feed.lines():
        if errors := schema.validate(line.values):
            column, said = next(iter(errors.items()))
            raise click.ClickException(f"{feed.name}, line {line.number}, {column}: {said[0]}")
        yield schema.load(line.values)


def _note(row: Mapping[str, Any], *, opened: bool) -> NoteTransfer:
    return NoteTransfer(
        transfer_id=row["transfer_id"],
        holding_id=row["holding_id"],
        opening_ref=f"{row['holding_id']}.opened.1" if opened else None,
        amount_minor=row["amount_minor"],
        limit_minor=row["limit_minor"],
        at=row["at"],
        on=row["business_date"],
        direction=row["direction"] or "out",
        counterparty=row["counterparty"],
    )


def _table(found: Mapping[str, list[AlertOpened]], transfers: int) -> Table:
    columns = ("pattern", "alerts", "per 10,000 transfers", "accounts", "the first")
    table = Table(*columns, title=f"{transfers:,} transfers")
    for pattern, alerts in sorted(found.items()):
        accounts = len({one.subject_id for one in alerts})
        first = ", ".join(one.alert_id for one in alerts[:FEW])
        table.add_row(pattern, f"{len(alerts):,}", f"{len(alerts) * 10_000 / transfers:.1f}", f"{accounts:,}", first)
    return table
