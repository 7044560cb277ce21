"""``liandong rules``: bundle rules as files, checked and tried before anybody is offered anything by them (rule B2)."""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from infra.connected import Connected, connected
from infra.rules.bench import FEW, Trial, tried
from infra.rules.file import read_rules, write_rules
from infra.rules.results import results_table
from infra.stack.broken import Broken
from services.bundling.projections import CUSTOMER_FACTS, RULEBOOKS, facts_of
from services.bundling.projections.rulebook import PUBLISHED, sets_of
from services.bundling.rules import bundles
from services.bundling.rules.bundles import RuleSet
from services.bundling.rules.facts import Facts
from services.bundling.trial_service import results as judged
from shared.core.days import bank_day
from shared.runtime.app import Reader
from shared.runtime.wiring import now

BATCH, EVERY = 500, 0
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(
    epilog="Examples: `liandong rules show > rules.yaml`; `liandong rules check rules.yaml`;"
    " `liandong rules try rules.yaml`; `liandong rules results`"
)
def command() -> None:
    """Bundle rules as files: show those in force, check a draft, try it over the customers that there are."""


@command.command()
@click.pass_obj
def show(run_dir: Path) -> None:
    """Print the rules in force today, as a file to begin a draft with."""
    click.echo(write_rules(bundles.in_force(bank_day(now()), _published(run_dir))), nl=False)


@command.command()
@click.argument("file", type=FILE)
@click.pass_obj
def check(run_dir: Path, file: Path) -> None:
    """Say everything that is wrong with a draft, each with its line; 0 faults end with 0."""
    rules = _draft(file, _published(run_dir))
    click.echo(f"{file}: version {rules.version} from {rules.effective_from}, {len(rules.bundles)} bundles, no fault")


@command.command("try")
@click.argument("file", type=FILE)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of the question.  [default: today]")
@click.pass_obj
def try_(run_dir: Path, file: Path, on: datetime | None) -> None:
    """Whom a draft newly reaches and whom it loses, beside a running stack. Nothing is recorded."""
    published, day = _published(run_dir), (on or now()).date()
    draft = _draft(file, published)
    console = Console()
    with connected(run_dir) as here, Progress(console=console, transient=True) as progress:
        known = here.client["bundling"]
        total = Reader("bundling", here.client, here.logs).live(CUSTOMER_FACTS).estimated_document_count()
        watched = progress.track(_customers(here), total=total, description=f"{known.name} customers")
        trial = tried(watched, bundles.in_force(day, published), draft, day)
    console.print(_reach(trial))
    if trial.together:
        console.print(_together(trial))


@command.command()
@click.option("--bundle", help="Of one bundle alone.")
@click.pass_obj
def results(run_dir: Path, bundle: str | None) -> None:
    """How the rules do, by what customers came to use: against those held out, and beside what is popular."""
    with connected(run_dir) as here:
        found = judged(Reader("bundling", here.client, here.logs), {"bundle": bundle} if bundle else {})
    console = Console()
    console.print(results_table(found) if found else "No rule was offered to anybody yet.")
    for one in found:
        console.print(f"{one['bundle']} {one['rules_version']}: {one['sentence']}", highlight=False)


def _published(run_dir: Path) -> tuple[RuleSet, ...]:
    """The sets that there are, those of the running stack with them."""
    try:
        with connected(run_dir) as here:
            return sets_of(Reader("bundling", here.client, here.logs).documents(RULEBOOKS, PUBLISHED, limit=EVERY))
    except Broken as absent:
        click.echo(f"only the sets that the program ships with are known: {absent}", err=True)
        return bundles.RULE_SETS


def _draft(file: Path, published: Sequence[RuleSet]) -> RuleSet:
    """Ends with 1, and with each fault on a line of its own, where there are any."""
    checked = read_rules(file, published)
    for fault in checked.faults:
        click.echo(f"{file}, line {fault.line}, {fault.place or 'the file'}: {fault.says}", err=True)
    if checked.rules is None:
        sys.exit(1)
    return checked.rules


def _customers(here: Connected) -> Iterator[Facts]:
    reader, over = Reader("bundling", here.client, here.logs), ""
    while batch := reader.documents(CUSTOMER_FACTS, {"_id": {"$gt": over}}, limit=BATCH):
        yield from (facts_of(one["_id"], one) for one in batch)
        over = batch[-1]["_id"]
    if not over:
        raise Broken("bundling knows no customers yet: load them with `liandong import`")


def _reach(trial: Trial) -> Table:
    table = Table("bundle", "now", "draft", "gained", "lost", "such as", title=f"{trial.customers:,} customers")
    for code, one in trial.reach.items():
        such = [f"+{customer}" for customer in one.gained[:FEW]] + [f"-{customer}" for customer in one.lost[:FEW]]
        figures = (one.now, one.draft, len(one.gained), len(one.lost))
        table.add_row(code, *(f"{figure:,}" for figure in figures), " ".join(such))
    return table


def _together(trial: Trial) -> Table:
    table = Table("both bundles of the draft", "customers")
    for pair, count in trial.together.most_common():
        table.add_row(" + ".join(pair), f"{count:,}")
    return table
