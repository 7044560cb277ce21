"""How good a card is on records whose outcome is known: ranking (AUC) and calibration by score band."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from services.leads.scorecard.card import Card, chance

BANDS = 10
Z_95 = 1.959964


class Band(msgspec.Struct, frozen=True):
    """Scores ``low`` to ``high``; ``expected`` and ``observed`` are rates, ``interval`` is Wilson's at 95 %."""

    low: int
    high: int
    rows: int
    expected: float
    observed: float
    interval: tuple[float, float]

    @property
    def holds(self) -> bool:
        return self.interval[0] <= self.expected <= self.interval[1]


def auc(scores: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The chance that a positive scores above a negative, a tie counting half. NaN without both outcomes."""
    positives = sum(outcomes)
    negatives = len(outcomes) - positives
    if not positives or not negatives:
        return math.nan
    won, below = 0.0, 0
    for _, tied in groupby(sorted(zip(scores, outcomes, strict=True)), key=lambda pair: pair[0]):
        here = [outcome for _, outcome in tied]
        up = sum(here)
        won += up * (below + (len(here) - up) / 2)
        below += len(here) - up
    return won / (positives * negatives)


def calibration(card: Card, scores: Sequence[int], outcomes: Sequence[bool], bands: int = BANDS) -> list[Band]:
    """Bands of about equally many records, lowest scores first; equal scores stay in one band."""
    return [_band(card, members) for members in _bands(sorted(zip(scores, outcomes, strict=True)), bands)]


def _bands(ordered: list[tuple[int, bool]], bands: int) -> Iterator[list[tuple[int, bool]]]:
    members: list[tuple[int, bool]] = []
    done = 0
    for _, tied in groupby(ordered, key=lambda pair: pair[0]):
        members += tied
        if (done + len(members)) * bands >= len(ordered) * (done * bands // len(ordered) + 1):
            yield members
            done += len(members)
            members = []
    if members:
        yield members


def _band(card: Card, members: list[tuple[int, bool]]) -> Band:
    rows = len(members)
    up = sum(outcome for _, outcome in members)
    expected = sum(chance(card, points) for points, _ in members) / rows
    return Band(members[0][0], members[-1][0], rows, expected, up / rows, wilson(up, rows))


def wilson(up: int, rows: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval of a rate (Wilson 1927)."""
    rate, share = up / rows, z * z / rows
    middle = rate + share / 2
    reach = z * math.sqrt(rate * (1 - rate) / rows + share / (4 * rows))
    return max(0.0, (middle - reach) / (1 + share)), min(1.0, (middle + reach) / (1 + share))
