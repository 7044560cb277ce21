"""Logistic weights of binned attributes and pairs, shrunk and smoothed: a penalised Newton method.

Each bin has a weight (its smoothed weight of evidence, given all other terms). The penalty is that of P-splines (Eilers
and Marx 1996): a ridge draws bins with few records to nought, a difference penalty draws neighbours together, and where
an attribute must be monotone each step in the wrong direction is penalised until it is gone. The problem is convex, so
that the same records give the same weights.
"""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np

from infra.scorecard.axes import Binned, Codes, Reals
from services.leads.scorecard.card import Groups

ROUNDS = 25
ENOUGH = 1e-4
WRONG_STEP = 1e5
PURIFY = 20


class Penalty(msgspec.Struct, frozen=True):
    """``ridge`` in records at the outcome's variance, as a prior's weight; ``neighbours`` on squared differences."""

    ridge: float
    neighbours: float


class Block(msgspec.Struct, frozen=True):
    """A term to be fitted: its axes, each record's cell, and the penalty matrix. ``direction`` +1, -1 or 0."""

    axes: tuple[Binned, ...]
    cells: Codes
    size: int
    penalty: Reals
    direction: int = 0


class Weights(msgspec.Struct, frozen=True):
    base: float
    terms: tuple[Reals, ...]


def block(axes: tuple[Binned, ...], codes: Sequence[Codes], penalty: Penalty, direction: int = 0) -> Block:
    sizes = [one.axis.slots for one in axes]
    differences = [_differences(one.smooth) for one in axes]
    cells = codes[0]
    matrix = differences[0]
    if len(axes) > 1:
        cells = cells * sizes[1] + codes[1]
        matrix = np.kron(differences[0], np.eye(sizes[1])) + np.kron(np.eye(sizes[0]), differences[1])
    size = int(np.prod(sizes))
    return Block(axes, cells, size, penalty.ridge * np.eye(size) + penalty.neighbours * matrix, direction)


def _differences(smooth: Sequence[bool]) -> Reals:
    return _steps([at for at, yes in enumerate(smooth) if yes], len(smooth))


def _steps(order: Sequence[int], size: int) -> Reals:
    rows = np.zeros((max(len(order) - 1, 0), size))
    for row, (low, high) in enumerate(pairwise(order)):
        rows[row, low], rows[row, high] = -1, 1
    square: Reals = rows.T @ rows
    return square


def _move(weights: Reals, pair: int, main: int, count: Codes, shape: Sequence[int], side: int) -> None:
    """Takes the mean of each of a side's bins out of a pair's weights, and adds it to that bin's own weight."""
    cells = weights[pair : pair + len(count)].reshape(shape)
    records = count.reshape(shape)
    mean = (cells * records).sum(axis=1 - side) / np.maximum(records.sum(axis=1 - side), 1)
    cells -= mean[:, None] if side == 0 else mean[None, :]
    weights[main : main + shape[side]] += mean


class Problem:
    """The blocks side by side: one vector of weights, the base first."""

    def __init__(self, blocks: Sequence[Block], outcomes: Reals, rows: Codes | None = None) -> None:
        chosen = slice(None) if rows is None else rows
        self.blocks = blocks
        self.outcomes = outcomes[chosen]
        self.cells = [one.cells[chosen] for one in blocks]
        self.offsets = (1 + np.cumsum([0, *(one.size for one in blocks)])).tolist()
        self.penalty = np.zeros((self.offsets[-1], self.offsets[-1]))
        for one, at in zip(blocks, self.offsets, strict=False):
            self.penalty[at : at + one.size, at : at + one.size] = one.penalty

    def solve(self, start: Reals | None = None) -> Reals:
        weights = np.zeros(self.offsets[-1])
        weights[0] = np.log(self.outcomes.mean() / (1 - self.outcomes.mean()))
        if start is not None:
            weights[: len(start)] = start
        for _ in range(ROUNDS):
            penalty = self.penalty + self._wrong(weights)
            step = self._step(weights, penalty)
            length = self._length(weights, step)
            weights = weights + length * step
            if np.abs(step).max() < ENOUGH:
                break
        return weights

    def log_odds(self, weights: Reals, rows: Codes | None = None) -> Reals:
        total = np.full(len(self.outcomes) if rows is None else len(rows), weights[0])
        for one, cells, at in zip(self.blocks, self.cells, self.offsets, strict=False):
            total += weights[at:][cells if rows is None else one.cells[rows]]
        return total

    def split(self, weights: Reals) -> Weights:
        """The base and each block's weights, moved so that each block's mean over the records is nought."""
        base, terms = float(weights[0]), []
        purified = self._purified(weights)
        for one, cells, at in zip(self.blocks, self.cells, self.offsets, strict=False):
            own = purified[at : at + one.size]
            count = np.bincount(cells, minlength=one.size)
            mean = float(own @ count) / len(cells)
            base += mean
            terms.append(np.where(count > 0, own - mean, 0.0) if len(one.axes) == 1 else own - mean)
        return Weights(base, tuple(terms))

    def _purified(self, weights: Reals) -> Reals:
        """What a pair says of one of its categories alone, that category's own term says (Lengerich et al. 2020)."""
        moved = weights.copy()
        mains = {one.axes[0].axis: at for one, at in zip(self.blocks, self.offsets, strict=False) if len(one.axes) == 1}
        for one, cells, at in zip(self.blocks, self.cells, self.offsets, strict=False):
            count = np.bincount(cells, minlength=one.size)
            for _ in range(PURIFY if len(one.axes) > 1 else 0):
                for side, axis in enumerate(one.axes):
                    if axis.axis in mains and isinstance(axis.axis, Groups):
                        _move(moved, at, mains[axis.axis], count, [two.axis.slots for two in one.axes], side)
        return moved

    def _step(self, weights: Reals, penalty: Reals) -> Reals:
        chance = 1 / (1 + np.exp(-self.log_odds(weights)))
        spread, rest = chance * (1 - chance), self.outcomes - chance
        gradient, curve = np.zeros(len(weights)), penalty.copy()
        gradient[0], curve[0, 0] = rest.sum(), spread.sum()
        for number, (one, cells, at) in enumerate(zip(self.blocks, self.cells, self.offsets, strict=False)):
            here = slice(at, at + one.size)
            gradient[here] = np.bincount(cells, rest, one.size)
            own = np.bincount(cells, spread, one.size)
            curve[0, here] += own
            curve[here, 0] += own
            curve[here, here] += np.diag(own)
            for other in range(number):
                two, there = self.blocks[other], self.offsets[other]
                both = np.bincount(cells * two.size + self.cells[other], spread, one.size * two.size)
                both = both.reshape(one.size, two.size)
                curve[here, there : there + two.size] += both
                curve[there : there + two.size, here] += both.T
        return np.asarray(np.linalg.solve(curve, gradient - penalty @ weights), dtype=np.float64)

    def _length(self, weights: Reals, step: Reals) -> float:
        length, now = 1.0, self._loss(weights)
        while length > 1e-6 and self._loss(weights + length * step) > now:
            length /= 2
        return length

    def _loss(self, weights: Reals) -> float:
        odds = self.log_odds(weights)
        penalty = self.penalty + self._wrong(weights)
        return float((np.logaddexp(0, odds) - self.outcomes * odds).sum() + weights @ penalty @ weights / 2)

    def _wrong(self, weights: Reals) -> Reals:
        """The penalty on steps that go the wrong way just now; nought where none must be monotone."""
        penalty = np.zeros_like(self.penalty) if any(one.direction for one in self.blocks) else np.zeros((1, 1))
        for one, at in zip(self.blocks, self.offsets, strict=False):
            for low in range(at, at + one.size - 2) if one.direction else ():
                if one.direction * (weights[low + 1] - weights[low]) < 0:
                    penalty[low : low + 2, low : low + 2] += WRONG_STEP * np.array([[1, -1], [-1, 1]])
        return penalty
