"""Which two attributes belong together: chosen one after another, by what each adds on records that were held out."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

import msgspec
import numpy as np

from infra.scorecard.axes import Codes, Reals
from infra.scorecard.fit import Block, Problem

FOLDS = 3
WORTH = 2e-4
"""Nats a record: a pair that adds less on held-out records is left out."""
TRIED = 3
"""How many of the most promising pairs are really fitted, when a place is to be given."""

Pair = tuple[str, str]


class Fold(msgspec.Struct):
    """One part of the records held out of a fit. ``weights``: the fit so far, where the next one begins."""

    fitted: Codes
    held: Codes
    weights: Reals | None = None
    loss: float = np.inf


def folds(outcomes: Reals, seed: int, number: int = FOLDS) -> list[Fold]:
    part = np.random.default_rng(seed).permutation(len(outcomes)) % number
    return [Fold(np.flatnonzero(part != at), np.flatnonzero(part == at)) for at in range(number)]


def choose(
    mains: Sequence[Block],
    candidates: Iterable[str],
    make: Callable[[Pair], Block],
    outcomes: Reals,
    parts: Sequence[Fold],
    most: int,
    tell: Callable[[Sequence[Pair]], None],
) -> list[Pair]:
    """At most ``most`` pairs of ``candidates``. ``make`` gives a pair's block, ``tell`` hears of the choice so far."""
    blocks, chosen = list(mains), list[Pair]()
    left = {pair: make(pair) for pair in combinations(candidates, 2)} if most else {}
    for part in parts:
        part.weights, part.loss = _fitted(blocks, outcomes, part)
    while left and len(chosen) < most:
        promising = sorted(left, key=lambda pair: -_promise(blocks, left[pair], outcomes, parts))[:TRIED]
        tried = {pair: [_fitted([*blocks, left[pair]], outcomes, part) for part in parts] for pair in promising}
        best = min(promising, key=lambda pair: sum(loss for _, loss in tried[pair]))
        if sum(part.loss - loss for part, (_, loss) in zip(parts, tried[best], strict=True)) / len(parts) < WORTH:
            break
        for part, (weights, loss) in zip(parts, tried[best], strict=True):
            part.weights, part.loss = weights, loss
        blocks.append(left.pop(best))
        chosen.append(best)
        tell(chosen)
    return chosen


def _fitted(blocks: Sequence[Block], outcomes: Reals, part: Fold) -> tuple[Reals, float]:
    """Weights on the fitted records, and the mean loss on those held out, in nats."""
    problem = Problem(blocks, outcomes, part.fitted)
    weights = problem.solve(part.weights)
    return weights, _loss(problem.log_odds(weights, part.held), outcomes[part.held])


def _loss(odds: Reals, outcomes: Reals) -> float:
    return float((np.logaddexp(0, odds) - outcomes * odds).mean())


def _promise(blocks: Sequence[Block], one: Block, outcomes: Reals, parts: Sequence[Fold]) -> float:
    """What one shrunk Newton step of this term alone gains on held-out records, all else standing."""
    gain, ridge = 0.0, np.diag(one.penalty)
    for part in parts:
        assert part.weights is not None  # noqa: S101, choose fits each part before it asks
        problem = Problem(blocks, outcomes, part.fitted)
        odds = problem.log_odds(part.weights)
        chance = 1 / (1 + np.exp(-odds))
        cells = one.cells[part.fitted]
        slope = np.bincount(cells, outcomes[part.fitted] - chance, one.size)
        step = slope / (np.bincount(cells, chance * (1 - chance), one.size) + ridge)
        before = problem.log_odds(part.weights, part.held)
        gain += _loss(before, outcomes[part.held]) - _loss(before + step[one.cells[part.held]], outcomes[part.held])
    return gain
