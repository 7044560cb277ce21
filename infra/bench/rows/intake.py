"""A feed into the registry's log: read, checked against what is known, compared with what it knew, recorded."""

import csv
import statistics
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from pymongo.database import Database
from rich.console import Console
from ulid import ULID

from infra.bench.ground import Ground
from infra.bench.measure import Row, in_turn, per_core_second, spread
from infra.commands.import_ import take_in
from infra.demo_bank import SEED
from infra.demo_bank.bank import write_bank
from services.catalogue import EVENTS, UPCASTS
from services.registry.intake import open_ports, plan, vault_of
from services.registry.kinds import KINDS
from services.registry.loader import BATCH_ROWS, Ports
from services.registry.rows import ActivityRow
from shared.runtime.codec import Codec
from shared.runtime.execute import Executor
from shared.runtime.mongo_store import MongoStore
from shared.runtime.wiring import now

ROWS = 50_000  # a round
KNOWN = ("units", "staff", "customers", "holdings")
FIRST_DAY = date(2030, 1, 1)


def intake(ground: Ground) -> list[Row]:
    """The activity of the demo bank's holdings, day after day, each row new. Of a core: the loader's own computing
    counts, not its waits for MongoDB, which works on another. Reading the file twice (first checked from end to end,
    then recorded) is in the figure; beside it the libraries alone, once through.
    """
    with ground.database("bench_intake") as database, tempfile.TemporaryDirectory(dir=ground.run_dir) as made:
        directory = Path(made)
        store = MongoStore(database, Codec("registry", EVENTS["registry"], UPCASTS["registry"]))
        store.prepare()
        vault = vault_of(database, directory)
        ports = open_ports(Executor(store, now), database, vault, lambda: str(ULID()).lower(), now)
        bank = directory / "bank"  # beside its manifest, only the files that it names may stand
        write_bank(bank, SEED)
        _load(ports, *(bank / f"{kind}.csv" for kind in KNOWN))
        days = _activity(bank / "holdings.csv")

        def rate() -> float:
            feed = directory / f"activity-{ULID()}.csv"
            _write(feed, islice(days, ROWS))
            return per_core_second(ROWS, lambda: _load(ports, feed))

        def bare_rate() -> float:
            feed = directory / f"activity-{ULID()}.csv"
            _write(feed, islice(days, ROWS))
            return per_core_second(ROWS, lambda: _bare(database, feed))

        rates, bare = in_turn(ground.seen, rate, bare_rate)
    return [Row("import", statistics.median(rates), statistics.median(bare), "rows/s", spread(rates))]


def _load(ports: Ports, *files: Path) -> None:
    for report, _ in take_in(plan(files, _kind(files)), ports, Console(quiet=True)):
        if report.loaded.recorded != report.loaded.rows:
            raise RuntimeError(f"{report.loaded.name}: {report.loaded.rejected} of its rows are rejected")


def _bare(database: Database[dict[str, Any]], feed: Path) -> None:
    """What the libraries alone take for it: csv, marshmallow and pymongo, with no rule, check or history between."""
    schema = ActivityRow()
    with feed.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        while batch := [schema.load(row) for row in islice(rows, BATCH_ROWS)]:
            stored = [{**row, "business_date": row["business_date"].isoformat()} for row in batch]
            database["bare"].insert_many(stored, ordered=True)


def _kind(files: tuple[Path, ...]) -> str | None:
    return None if files[0].stem in KINDS else "activity"


def _activity(holdings: Path) -> Iterator[tuple[str, int, int, str]]:
    with holdings.open(encoding="utf-8", newline="") as file:
        ids = [row["holding_id"] for row in csv.DictReader(file)]
    for day in range(100 * 365):
        yield from ((holding, 3, 2, (FIRST_DAY + timedelta(days=day)).isoformat()) for holding in ids)


def _write(feed: Path, rows: Iterator[tuple[str, int, int, str]]) -> None:
    with feed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("holding_id", "uses", "authenticated_uses", "business_date"))
        writer.writerows(rows)
