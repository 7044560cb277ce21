"""Points with their intervals on one scale, as a drawing: where each stands. Templates draw it, colours are classes."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.desk.web.view import share
from services.desk.web.words import text
from shared.core.proportions import FULL_BPS, Proportion, wilson

WIDTH, MARGIN, ROW, FOOT = 360, 30, 44, 26
STEPS = (50, 100, 200, 500, 1_000, 2_000, 5_000, FULL_BPS)
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Estimate:
    """In basis points; ``value`` is None where there is not enough data, and ``told`` says so."""

    title: str
    value: int | None
    low: int = 0
    high: int = 0
    tone: str = "brand"
    told: str = ""


@dataclass(frozen=True)
class Mark:
    """Where an estimate stands, in the drawing's units."""

    title: str
    told: str
    tone: str
    y: int
    point: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Tick:
    x: float
    told: str
    zero: bool


@dataclass(frozen=True)
class Chart:
    width: int
    height: int
    ticks: Sequence[Tick]
    marks: Sequence[Mark]


def drawn(estimates: Sequence[Estimate]) -> Chart:
    """On a scale from 0, or one that has 0 in its middle where something lies below."""
    reach = max((max(abs(one.low), abs(one.high)) for one in estimates if one.value is not None), default=FULL_BPS)
    most = next((step for step in STEPS if reach <= step), FULL_BPS)
    least = -most if any(one.value is not None and one.low < 0 for one in estimates) else 0

    def x(bps: int) -> float:
        return round(MARGIN + (WIDTH - 2 * MARGIN) * (min(max(bps, least), most) - least) / (most - least), 1)

    ticks = [Tick(x(bps), signed(bps) if least else share(bps), bps == 0) for bps in (least, (least + most) // 2, most)]
    marks = [
        Mark(
            one.title,
            one.told,
            one.tone,
            28 + ROW * number,
            None if one.value is None else x(one.value),
            x(one.low),
            x(one.high),
        )
        for number, one in enumerate(estimates)
    ]
    return Chart(WIDTH, ROW * len(marks) + FOOT, ticks, marks)


def rate(title: str, customers: int, count: int, tone: str = "brand") -> Estimate:
    """Of the customers of an arm; with Wilson's interval of 95 %."""
    if not customers:
        return Estimate(text("%(arm)s: nobody yet", arm=title), None, told=not_enough())
    one = Proportion(customers, count)
    low, high = (round(bound * FULL_BPS) for bound in wilson(one))
    told = text("%(arm)s: %(share)s of %(customers)s", arm=title, share=share(one.bps or 0), customers=customers)
    return Estimate(told, one.bps, low, high, tone)


def interval(title: str, value: int | None, low: int | None, high: int | None, *, enough: bool = True) -> Estimate:
    """A difference of two rates."""
    if value is None or low is None or high is None or not enough:
        return Estimate(title, None, told=not_enough())
    told = text("%(what)s: %(told)s", what=title, told=f"{signed(value)} ({signed(low)} … {signed(high)})")
    return Estimate(told, value, low, high)


def not_enough() -> str:
    return text("not enough data yet")


def signed(bps: int) -> str:
    sign = "+" if bps > 0 else MINUS if bps < 0 else ""
    return f"{sign}{share(abs(bps))}"
