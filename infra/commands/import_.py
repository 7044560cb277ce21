"""``liandong import``: feed files, or a foreign extract through a mapping, into the registry's log."""

import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from ulid import ULID

from infra.connected import Connected, connected
from infra.mappings.engine import run_mapping
from infra.mappings.shape import read_mapping
from infra.stack.broken import Broken
from services.registry.feed import Feed
from services.registry.intake import BANK_CURRENCIES, open_ports, plan, vault_of
from services.registry.kinds import KINDS
from services.registry.loader import Ports, Report, load
from services.registry.rejects import as_csv
from services.registry.secret_files import VaultError
from shared.core.recorded import Meta
from shared.runtime.execute import Executor
from shared.runtime.wiring import now

MAPPINGS = Path(__file__).parent.parent / "mappings"
COUNTS = ("rows", "recorded", "unchanged", "rejected")


@click.command(
    epilog="Examples: `liandong import /data/2026-08-31` loads a directory, held against its manifest; "
    "`liandong import extract/ --mapping berka` turns a foreign extract into feeds first."
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(list(KINDS)), help="The kind of feed, where a file's name does not say it.")
@click.option("--mapping", help="A mapping's YAML file, or the name of one that ships with Liandong.")
@click.pass_obj
def command(run_dir: Path, paths: tuple[Path, ...], kind: str | None, mapping: str | None) -> None:
    """Load feed files (CSV, NDJSON) or directories of them. Loading the same file twice changes nothing."""
    console = Console()
    currencies: Iterable[str] = ()
    if mapping is not None:
        paths, currencies = _mapped(run_dir, paths, mapping, console)
    import_files(run_dir, paths, console, kind=kind, currencies=currencies)


def import_files(
    run_dir: Path,
    paths: Sequence[Path],
    console: Console,
    *,
    kind: str | None = None,
    currencies: Iterable[str] = (),
) -> list[Report]:
    """Load files with a progress bar each, and print what became of them. Raises ``FeedRefused``."""
    try:
        with console.status("checking the files"):
            feeds = plan(paths, kind)
        here = connected(run_dir)
        with closing(here.client):
            ports = _ports(here, BANK_CURRENCIES | set(currencies))
            taken = take_in(feeds, ports, console)
            console.print(_summary(taken))
            for report, _ in taken:
                if report.loaded.rejected:
                    file = _write_rejects(run_dir, report, ports)
                    console.print(f"rejects of {report.loaded.name}: {file}", soft_wrap=True)
    except VaultError as error:
        raise Broken(str(error)) from None
    return [report for report, _ in taken]


def _ports(here: Connected, currencies: frozenset[str]) -> Ports:
    store = here.logs["registry"]
    store.prepare()
    database = here.client["registry"]
    vault = vault_of(database, here.settings.secrets)
    return open_ports(Executor(store, now), database, vault, lambda: str(ULID()).lower(), now, currencies)


def load_directory(run_dir: Path, directory: Path) -> None:
    """Load a directory of feed files, held against its manifest, and print what became of it."""
    import_files(run_dir, [directory], Console())


def take_in(feeds: Sequence[Feed], ports: Ports, console: Console) -> list[tuple[Report, float]]:
    """Each feed's report, and the seconds it took."""
    done: list[tuple[Report, float]] = []
    import_id = str(ULID()).lower()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        for feed in feeds:
            task = progress.add_task(feed.name, total=feed.figures.rows)
            began = time.perf_counter()
            meta = Meta(f"import-{import_id}/{feed.feed_id}", actor="import", role="ops", correlation_id=import_id)
            report = load(feed, ports, meta, partial(_show, progress, task))
            done.append((report, time.perf_counter() - began))
    return done


def _show(progress: Progress, task: TaskID, rows: int) -> None:
    progress.update(task, completed=rows)


def _mapped(
    run_dir: Path, paths: tuple[Path, ...], name: str, console: Console
) -> tuple[tuple[Path, ...], Iterable[str]]:
    """The directory of feed files that a mapping makes of an extract, and the currencies that it allows."""
    shipped = MAPPINGS / f"{name}.yaml"
    mapping = read_mapping(shipped if shipped.exists() else Path(name))
    if len(paths) != 1 or not paths[0].is_dir():
        raise Broken(f"a mapping reads one directory: liandong import DIRECTORY --mapping {name}")
    out = run_dir / "mapped" / mapping["mapping"]
    with console.status(f"mapping {paths[0]} to {out}"):
        counts = run_mapping(mapping, paths[0], out)
    console.print(f"mapped {sum(counts.values()):,} rows into {out}", soft_wrap=True)
    return (out,), mapping["currencies"]


def _summary(taken: Sequence[tuple[Report, float]]) -> Table:
    table = Table("file", "kind")
    for column in (*COUNTS, "rows/s"):
        table.add_column(column, justify="right")
    for report, seconds in taken:
        loaded = report.loaded
        counts = [f"{getattr(loaded, column):,}" for column in COUNTS]
        table.add_row(loaded.name, loaded.kind, *counts, f"{loaded.rows / seconds:,.0f}")
    return table


def _write_rejects(run_dir: Path, report: Report, ports: Ports) -> Path:
    path = run_dir / "rejects" / f"{report.loaded.kind}-{report.loaded.feed_id}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_csv(ports.rejects.of(report.loaded.feed_id)), encoding="utf-8")
    return path
