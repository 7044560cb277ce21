"""``liandong scorecard``: learn a card of integer points from leads whose outcome is known, and judge one (rule L5)."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from infra.scorecard import report
from infra.scorecard.table import Table, read_table
from infra.stack.broken import Broken
from services.leads.scorecard.card import dump_card, known_after
from services.leads.scorecard.loading import load_card
from services.leads.scorecard.quality import auc, calibration
from services.leads.scorecard.score import points_of

if TYPE_CHECKING:
    from infra.scorecard.axes import Column

FEWEST = 30
"""Records of each outcome: with fewer, no bin says anything."""
DIRECTIONS = {"+": 1, "-": -1}


@click.group(
    epilog="Examples: `liandong scorecard learn contacts.csv --out card.json`;"
    " `liandong scorecard learn leads.csv --out card.json --target status --positive won --monotone balance:+`;"
    " `liandong scorecard evaluate card.json newer.csv`"
)
def command() -> None:
    """Learn a scorecard, and judge one. Points are integers, and the parts of a score add up to it."""


@command.command()
@click.argument("csv", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The card's file.")
@click.option("--target", default="outcome", show_default=True, help="The column that says how it ended.")
@click.option("--positive", help="The outcome to foretell.  [default: the one of yes, true, 1, won]")
@click.option("--predictor", "predictors", multiple=True, help="Look at this column; at no other than those named so.")
@click.option("--ignore", "ignored", multiple=True, help="Do not look at this column.")
@click.option("--monotone", multiple=True, metavar="NAME:+|-", help="A number's points never fall (+), or rise (-).")
@click.option("--pairs", type=click.IntRange(0, 20), default=10, show_default=True, help="At most so many pairs.")
@click.option("--no-pairs", is_flag=True, help="Each attribute by itself.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Decides what is kept back.")
@click.option("--holdout", type=click.FloatRange(0, 0.5), default=0.25, show_default=True, help="Share kept back.")
@click.option("--name", default="learned", show_default=True, help="The card's name.")
@click.option("--version", type=click.IntRange(1), default=1, show_default=True, help="The card's version.")
def learn(
    csv: Path,
    out: Path,
    target: str,
    positive: str | None,
    predictors: tuple[str, ...],
    ignored: tuple[str, ...],
    monotone: tuple[str, ...],
    pairs: int,
    no_pairs: bool,
    seed: int,
    holdout: float,
    name: str,
    version: int,
) -> None:
    """Learn an integer points card from CSV, and say how good it is on records kept back.

    A column that is known only once the contact is over, such as `duration`, is refused as a predictor.
    """
    directions = dict(_direction(wish) for wish in monotone)
    for named in (*predictors, *directions):
        _refuse_known_after(named)
    if not out.parent.is_dir():
        raise Broken(f"{out}: there is no directory {out.parent}: make it, or choose another --out")
    table = read_table(csv, target, positive)
    try:
        from infra.scorecard.learn import Settings, learn  # noqa: PLC0415, numpy is needed here alone
    except ModuleNotFoundError as error:
        raise Broken(f"learning needs {error.name}: install it with pip install 'liandong[learn]'") from None
    columns = _columns(csv, table, predictors, ignored, directions)
    _enough(csv, table)
    settings = Settings(name, version, seed, holdout, 0 if no_pairs else pairs, directions)
    with _progress() as tell:
        learned = learn(table, columns, settings, tell)
    out.write_bytes(dump_card(learned.card))
    console = Console()
    console.print(report.attributes(learned.card, table), report.pairs(learned.card))
    if learned.quality is not None:
        console.print(report.calibration(learned.quality.bands))
        click.echo(f"auc={learned.quality.auc:.3f} on {learned.quality.rows:,} records kept back")
    click.echo(f"{out}: {name}@{version}, fitted on all {len(table.outcomes):,} records")


@command.command()
@click.argument("card", type=click.Path(path_type=Path))
@click.argument("csv", type=click.Path(path_type=Path))
@click.option("--target", help="The column that says how it ended.  [default: the card's]")
@click.option("--positive", help="The outcome that was foretold.  [default: the card's]")
def evaluate(card: Path, csv: Path, target: str | None, positive: str | None) -> None:
    """Print a CARD's AUC and calibration on the records of a CSV file. Those that it learned from flatter it."""
    try:
        content = card.read_bytes()
    except OSError as error:
        raise Broken(f"{card}: cannot be read ({error.strerror})") from None
    judged = load_card(content, str(card))
    table = read_table(csv, target or judged.target, positive or judged.positive)
    if absent := [name for name in judged.attributes if name not in table.columns]:
        raise Broken(f"{csv}: has no column {', '.join(absent)}, which {card} looks at: add it, empty where unknown")
    if all(table.outcomes):
        raise Broken(f"{csv}: every {table.target} is {table.positive!r}: give records of both outcomes")
    scores = [points_of(judged, row) for row in table.rows()]
    click.echo(f"auc={auc(scores, table.outcomes):.3f}")
    Console().print(report.calibration(calibration(judged, scores, table.outcomes)))


def _enough(path: Path, table: Table) -> None:
    up = sum(table.outcomes)
    if min(up, len(table.outcomes) - up) < FEWEST:
        raise Broken(
            f"{path}: too few records to learn from: {up} of {len(table.outcomes)} have {table.target}"
            f" {table.positive!r}, and {FEWEST} are needed with it and {FEWEST} without"
        )


def _direction(wish: str) -> tuple[str, int]:
    name, _, sign = wish.rpartition(":")
    if not name or sign not in DIRECTIONS:
        raise click.UsageError(f"--monotone {wish}: write it like balance:+ or age:-")
    return name, DIRECTIONS[sign]


def _refuse_known_after(name: str) -> None:
    if reason := known_after(name):
        raise click.UsageError(
            f"{name!r} is refused as a predictor: {reason}, and a score is wanted before it (rule L5)."
            f" Leave it out: --ignore {name}"
        )


def _columns(
    path: Path, table: Table, predictors: Sequence[str], ignored: Sequence[str], directions: dict[str, int]
) -> "list[Column]":
    """What to learn from; what is left out unasked is said."""
    from infra.scorecard.axes import column, too_many  # noqa: PLC0415, numpy is needed here alone

    for named in (*predictors, *ignored, *directions):
        if named not in table.columns:
            raise Broken(f"{path}: has no column {named!r}, only {', '.join(table.columns)}")
    found = []
    for name in predictors or table.columns:
        if name in ignored:
            continue
        one = column(name, table.columns[name])
        if reason := known_after(name):
            _say(f"{name} is refused as a predictor: {reason} (rule L5). Learning without it; --ignore {name} agrees")
        elif too_many(one):
            _say(f"{name} is left out: it has too many different values to tell anything of new records")
        else:
            found.append(one)
    numeric = {one.name for one in found if one.numbers is not None}
    for name in directions:
        if name not in numeric:
            raise Broken(f"{path}: --monotone {name}: not a number's column, or ignored: take the wish back")
    if not found:
        raise Broken(f"{path}: no column is left to learn from")
    return found


def _say(line: str) -> None:
    click.echo(f"liandong: {line}", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """One line that changes on a terminal, a line a step elsewhere."""
    console, began = Console(stderr=True), time.perf_counter()
    if not sys.stderr.isatty():
        yield lambda step: _say(f"{time.perf_counter() - began:5.1f} s  {step}")
        return
    with console.status("reading") as status:
        yield lambda step: status.update(f"{time.perf_counter() - began:5.1f} s  {step}")
