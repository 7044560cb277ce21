"""What a card says and how well it does, as tables for people."""

import math
from collections import Counter
from collections.abc import Iterable

from rich.markup import escape
from rich.table import Column
from rich.table import Table as Shown

from infra.scorecard.table import Table
from services.leads.scorecard.card import Card, Term
from services.leads.scorecard.quality import Band
from services.leads.scorecard.score import cell, described

SMOOTH = 0.5


def attributes(card: Card, table: Table) -> Shown:
    """Each attribute's bins: records, rate, weight of evidence and points."""
    shown = Shown("bin", *_right("records", "rate", "WOE", "points"), title=f"{card.name}@{card.version}")
    rows = list(table.rows())
    ups = sum(table.outcomes)
    for term in (one for one in card.terms if len(one.axes) == 1):
        cells = [cell(term, row) for row in rows]
        all_of, up_of = Counter(cells), Counter(at for at, up in zip(cells, table.outcomes, strict=True) if up)
        for at, points in enumerate(term.points):
            number, up = all_of[at], up_of[at]
            if number:
                woe = _woe(up, number - up, ups, len(rows) - ups)
                figures = (f"{number:,}", f"{up / number:.1%}", f"{woe:+.2f}", f"{points:+d}")
                shown.add_row(escape(described(term.axes[0], at)), *figures)
        shown.add_section()
    return shown


def pairs(card: Card) -> Shown:
    """Each pair's range of points, and the cells where it speaks loudest."""
    shown = Shown("pair", *_right("from", "to"), "least", "most")
    for term in (one for one in card.terms if len(one.axes) > 1):
        low, high = min(term.points), max(term.points)
        shown.add_row(term.name, f"{low:+d}", f"{high:+d}", *(escape(_where(term, points)) for points in (low, high)))
    return shown


def calibration(bands: Iterable[Band]) -> Shown:
    shown = Shown("score band", *_right("n", "expected", "observed", "95 % interval"), "", title="calibration")
    for band in bands:
        low, high = band.interval
        rates = (f"{band.expected:.1%}", f"{band.observed:.1%}", f"{low:.1%} to {high:.1%}")
        shown.add_row(f"{band.low} to {band.high}", f"{band.rows:,}", *rates, "" if band.holds else "off")
    return shown


def _woe(up: int, down: int, ups: int, downs: int) -> float:
    """The weight of evidence, smoothed by half a record a cell."""
    return math.log((up + SMOOTH) / (ups + SMOOTH)) - math.log((down + SMOOTH) / (downs + SMOOTH))


def _where(term: Term, points: int) -> str:
    first, second = divmod(term.points.index(points), term.axes[1].slots)
    return ", ".join(described(axis, at) for axis, at in zip(term.axes, (first, second), strict=True))


def _right(*names: str) -> list[Column]:
    return [Column(name, justify="right") for name in names]
