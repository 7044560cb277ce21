"""How the transfers behind an alert are drawn (rule C3): each at its moment, money in above a line and money out below
it; under that, what they leave together, step by step. Geometry alone, in units of the picture that the page frames:
640 by 350.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from shared.runtime.mongo_store import JsonDocument

LEFT, RIGHT = 20.0, 620.0
MOVES_TOP, MOVES_HEIGHT = 30.0, 130.0
BALANCE_TOP, BALANCE_HEIGHT = 232.0, 80.0
WIDEST, NARROWEST = 16.0, 0.5
LIMIT_IN_VIEW = 2
"""A limit is drawn where it is at most so many times the largest transfer; else it would press the others flat."""
ROOM = 140.0
"""What the words of a moment take."""


@dataclass(frozen=True)
class Move:
    """One transfer. ``left``, ``top``, ``height`` are its bar's; ``together_minor`` is what all up to it leave."""

    transfer: JsonDocument
    together_minor: int
    left: float
    top: float
    height: float
    middle: float
    step: float


@dataclass(frozen=True)
class Picture:
    """``limit`` is where the limit of one transfer lies, where it is in view; ``path`` the line of what is left."""

    moves: Sequence[Move]
    bar: float
    line: float
    limit: float | None
    limit_minor: int
    zero: float
    path: str
    ticks: Sequence[tuple[float, str, str]]

    @property
    def most_in_minor(self) -> int:
        return _largest(self.moves, "in")

    @property
    def most_out_minor(self) -> int:
        return _largest(self.moves, "out")


def drawn(transfers: Iterable[JsonDocument]) -> Picture | None:
    """None where there is nothing to draw."""
    told = sorted(transfers, key=lambda one: (_moment(one), one["transfer_id"]))
    if not told:
        return None
    together = list(accumulate(_signed(one) for one in told))
    bar = max(min(WIDEST, (RIGHT - LEFT) / len(told) - 1), NARROWEST)
    middles = _middles([_moment(one).timestamp() for one in told], bar)
    most = {
        way: max((one["amount_minor"] for one in told if one["direction"] == way), default=0) for way in ("in", "out")
    }
    limit_minor = _limit(told, most["out"])
    scale = MOVES_HEIGHT / max(most["in"] + max(most["out"], limit_minor), 1)
    line = MOVES_TOP + most["in"] * scale
    zero, steps = _levels(together)
    moves = [
        Move(
            transfer=one,
            together_minor=left,
            left=_round(middle - bar / 2),
            top=_round(line - (one["amount_minor"] * scale if one["direction"] == "in" else 0)),
            height=_round(one["amount_minor"] * scale),
            middle=_round(middle),
            step=step,
        )
        for one, left, middle, step in zip(told, together, middles, steps, strict=True)
    ]
    return Picture(
        moves=moves,
        bar=_round(bar),
        line=_round(line),
        limit=_round(line + limit_minor * scale) if limit_minor else None,
        limit_minor=limit_minor,
        zero=zero,
        path=f"M{LEFT} {zero}" + "".join(f"H{one.middle}V{one.step}" for one in moves) + f"H{RIGHT}",
        ticks=_ticks(moves),
    )


def _moment(transfer: JsonDocument) -> datetime:
    return datetime.fromisoformat(transfer["at"])


def _signed(transfer: JsonDocument) -> int:
    amount = int(transfer["amount_minor"])
    return amount if transfer["direction"] == "in" else -amount


def _largest(moves: Iterable[Move], way: str) -> int:
    return max((one.transfer["amount_minor"] for one in moves if one.transfer["direction"] == way), default=0)


def _limit(transfers: Sequence[JsonDocument], most_out: int) -> int:
    """The limit that all that went out had, in minor units; 0 where they had several, or it is far away."""
    limits = {one["limit_minor"] for one in transfers if one["direction"] == "out"}
    limit = limits.pop() if len(limits) == 1 else 0
    return limit if limit <= LIMIT_IN_VIEW * most_out else 0


def _middles(seconds: Sequence[float], bar: float) -> list[float]:
    """Where each stands: to scale in time, and moved as far as it takes for none to hide another."""
    first, last, step = LEFT + bar / 2, RIGHT - bar / 2, bar + 1
    span = max(seconds[-1] - seconds[0], 1.0)
    places: list[float] = []
    for one in seconds:
        place = first + (one - seconds[0]) / span * (last - first)
        places.append(max(place, places[-1] + step) if places else place)
    for number in range(len(places) - 1, -1, -1):
        after = places[number + 1] - step if number + 1 < len(places) else last
        places[number] = min(places[number], after)
    return places


def _levels(together: Sequence[int]) -> tuple[float, list[float]]:
    """Where nothing lies, and where each balance does."""
    low, high = min(0, *together), max(0, *together)
    scale = BALANCE_HEIGHT / max(high - low, 1)
    zero, *steps = (_round(BALANCE_TOP + (high - one) * scale) for one in (0, *together))
    return zero, steps


def _ticks(moves: Sequence[Move]) -> list[tuple[float, str, str]]:
    """The moments that are written under the picture, where there is room for them: of the first, the last, and one in
    the middle; each with its place and which side of it the words are on.
    """
    first, last, centre = moves[0], moves[-1], (LEFT + RIGHT) / 2
    ticks = [(first.middle, "start", first.transfer["at"])]
    between = min(moves, key=lambda one: abs(one.middle - centre))
    if abs(between.middle - centre) <= ROOM / 2:
        ticks.append((between.middle, "middle", between.transfer["at"]))
    if last.middle - first.middle >= 2 * ROOM:
        ticks.append((last.middle, "end", last.transfer["at"]))
    return ticks


def _round(place: float) -> float:
    return round(place, 1)
