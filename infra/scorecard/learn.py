"""Learning a card: bins, pairs, weights, and from them integers of points that add up.

The quality that is told is that of a card which never saw the records kept back, neither for its bins nor for its
choice of pairs; the card that is returned is then fitted on all records with those pairs.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np

from infra.scorecard.axes import Binned, Codes, Column, Reals, binned, codes, merged
from infra.scorecard.fit import Block, Penalty, Problem, Weights, block
from infra.scorecard.integers import as_card
from infra.scorecard.pairs import Pair, choose, folds
from infra.scorecard.table import Table
from services.leads.scorecard.card import Card
from services.leads.scorecard.quality import Band, auc, calibration
from services.leads.scorecard.score import points_of


class Settings(msgspec.Struct, frozen=True):
    """How a card is learned. The penalties and bins were chosen by cross-validation on public records of contacts."""

    name: str = "learned"
    version: int = 1
    seed: int = 1
    holdout: float = 0.25
    pairs: int = 10
    monotone: Mapping[str, int] = msgspec.field(default_factory=dict)
    """+1 or -1 for each numeric attribute whose points must never fall, or never rise. Such a one is in no pair."""

    fine_bins: int = 50
    pair_bins: int = 12
    smallest: int = 60
    worth: float = 3.0
    main: Penalty = Penalty(ridge=2, neighbours=2)
    pair: Penalty = Penalty(ridge=4, neighbours=2)


class Quality(msgspec.Struct, frozen=True):
    rows: int
    auc: float
    bands: Sequence[Band]


class Learned(msgspec.Struct, frozen=True):
    """``quality`` is None where nothing was kept back."""

    card: Card
    quality: Quality | None


class _Work(msgspec.Struct, frozen=True):
    """The records to learn from. ``tell`` hears what is being done."""

    columns: Mapping[str, Column]
    outcomes: Reals
    settings: Settings
    tell: Callable[[str], None]


def learn(table: Table, columns: Sequence[Column], settings: Settings, tell: Callable[[str], None]) -> Learned:
    """A card of these columns of a table, and its quality on records kept back."""
    work = _Work({one.name: one for one in columns}, np.array(table.outcomes, dtype=float), settings, tell)
    kept, rest = _split(work.outcomes, settings)
    pairs = _pairs(work, rest)
    quality = _quality(work, table, pairs, kept, rest) if len(kept) else None
    tell("fitting all records")
    return Learned(_fit(work, table, pairs, np.arange(len(work.outcomes))), quality)


def _split(outcomes: Reals, settings: Settings) -> tuple[Codes, Codes]:
    """The records kept back and the rest, both with the same share of positive ones."""
    order = np.random.default_rng(settings.seed).permutation(len(outcomes))
    kept = [rows[: round(len(rows) * settings.holdout)] for rows in (order[outcomes[order] == up] for up in (0, 1))]
    chosen = np.sort(np.concatenate(kept))
    return chosen, np.setdiff1d(np.arange(len(outcomes)), chosen)


def _pairs(work: _Work, rows: Codes) -> list[Pair]:
    work.tell("binning")
    part = _narrowed(work, rows)
    candidates = [name for name in part.columns if name not in work.settings.monotone]
    work.tell(f"trying {math.comb(len(candidates), 2)} pairs")
    return choose(
        _mains(part),
        candidates,
        lambda pair: _pair(part, pair),
        part.outcomes,
        folds(part.outcomes, work.settings.seed),
        work.settings.pairs,
        lambda chosen: work.tell("pairs: " + ", ".join(" × ".join(pair) for pair in chosen)),
    )


def _narrowed(work: _Work, rows: Codes) -> _Work:
    columns = {name: one.take(rows) for name, one in work.columns.items()}
    return msgspec.structs.replace(work, columns=columns, outcomes=work.outcomes[rows])


def _fit(work: _Work, table: Table, pairs: Sequence[Pair], rows: Codes) -> Card:
    part = _narrowed(work, rows)
    blocks = [*_mains(part), *(_pair(part, pair) for pair in pairs)]
    problem = Problem(blocks, part.outcomes)
    weights: Weights = problem.split(problem.solve())
    settings = work.settings
    note = f"learned from {len(rows)} of {len(table.outcomes)} records, sha256 {table.sha256}, seed {settings.seed}"
    return as_card(settings.name, settings.version, table.target, table.positive, blocks, weights, note)


def _mains(work: _Work) -> list[Block]:
    settings = work.settings
    made = []
    for name, one in work.columns.items():
        fine = binned(one, settings.fine_bins, settings.smallest)
        cells = codes(fine.axis, one)
        counts = np.bincount(cells, minlength=fine.axis.slots)
        coarse = merged(fine, counts, np.bincount(cells, work.outcomes, fine.axis.slots), settings.worth)
        made.append(block((coarse,), [codes(coarse.axis, one)], settings.main, settings.monotone.get(name, 0)))
    return made


def _pair(work: _Work, pair: Pair) -> Block:
    columns = [work.columns[name] for name in pair]
    axes: list[Binned] = [binned(one, work.settings.pair_bins, work.settings.smallest) for one in columns]
    found = [codes(axis.axis, one) for axis, one in zip(axes, columns, strict=True)]
    return block(tuple(axes), found, work.settings.pair)


def _quality(work: _Work, table: Table, pairs: Sequence[Pair], kept: Codes, rest: Codes) -> Quality:
    work.tell(f"fitting without the {len(kept):,} records kept back")
    card = _fit(work, table, pairs, rest)
    chosen = set(kept.tolist())
    judged = [
        (points_of(card, row), outcome)
        for at, (row, outcome) in enumerate(zip(table.rows(), table.outcomes, strict=True))
        if at in chosen
    ]
    scores, outcomes = [points for points, _ in judged], [outcome for _, outcome in judged]
    return Quality(len(scores), auc(scores, outcomes), calibration(card, scores, outcomes))
