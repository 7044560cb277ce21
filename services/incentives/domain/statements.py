"""The chain of statements: sealed in order, without a hole, acknowledged by HR in the same order (rules I9, I12).

One stream holds the whole chain, so that two closes at once cannot both win.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

import msgspec

from services.incentives.domain.period import incomplete
from services.incentives.events import SigningKeyPublished, StatementAcknowledged, StatementSealed
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event

KEY = "all"
GENESIS = "0" * 64


class SealStatement(Command, frozen=True):
    """Close a period by a sealed statement, and what was found when it was prepared.

    ``completed``: the period's last day has come. ``earlier``: months before it whose lines are in no statement yet.
    ``differences``: where the independent recomputation and the ledger do not agree, in words.
    """

    seal: StatementSealed
    public_key: str
    completed: bool
    earlier: tuple[str, ...]
    differences: tuple[str, ...]


class AcknowledgeStatement(Command, frozen=True):
    seq: int
    hash: str
    acknowledged_by: str
    at: datetime


StatementCommand = SealStatement | AcknowledgeStatement
StatementEvent = SigningKeyPublished | StatementSealed | StatementAcknowledged


class StatementsState(msgspec.Struct, frozen=True):
    """``seals`` in order, the first has ``seq`` 1; ``keys`` are all public keys that ever signed, by ``kid``."""

    seals: tuple[StatementSealed, ...] = ()
    acknowledged: StatementAcknowledged | None = None
    keys: tuple[SigningKeyPublished, ...] = ()

    @property
    def head(self) -> str:
        """The hash that the next statement follows."""
        return self.seals[-1].hash if self.seals else GENESIS

    @property
    def closed(self) -> str | None:
        """The last closed month: it and all before it are closed for ever."""
        return max((seal.period for seal in self.seals if seal.kind == "period"), default=None)

    @property
    def known(self) -> dict[int, int]:
        """By partition, the last position of the log that a statement has covered."""
        return {reach.partition: reach.last for seal in self.seals for reach in seal.log}


def decide(state: StatementsState, command: StatementCommand) -> Sequence[Event]:
    match command:
        case SealStatement(seal=seal) if any(s.kind == "period" and s.period == seal.period for s in state.seals):
            return []
        case SealStatement():
            _check(state, command)
            published = any(key.kid == command.seal.kid for key in state.keys)
            keys = [] if published else [SigningKeyPublished(command.seal.kid, command.public_key)]
            return [*keys, command.seal]
        case AcknowledgeStatement():
            return _acknowledge(state, command)
        case _:
            assert_never(command)


def _check(state: StatementsState, command: SealStatement) -> None:
    seal = command.seal
    if state.closed is not None and seal.period < state.closed:
        message = f"{state.closed} is closed, and {seal.period} before it with it; its late lines go into the next"
        raise RuleBroken("period_passed", message, rule="I9")
    if not command.completed:
        raise incomplete(seal.period)
    if command.earlier:
        message = f"{command.earlier[0]} has lines and is open; close it before {seal.period}"
        raise RuleBroken("earlier_period_open", message, rule="I9")
    if command.differences:
        message = f"the recomputation from the facts differs from the ledger: {'; '.join(command.differences[:5])}"
        raise RuleBroken("recomputation_differs", message, rule="I12")
    if (seal.seq, seal.prev_hash) != (len(state.seals) + 1, state.head):
        raise RuleBroken("seal_overtaken", "another statement was sealed meanwhile; close the period again", rule="I12")


def _acknowledge(state: StatementsState, command: AcknowledgeStatement) -> Sequence[Event]:
    done = state.acknowledged.seq if state.acknowledged else 0
    if not 1 <= command.seq <= min(done + 1, len(state.seals)):
        expected = f"the next to acknowledge is {done + 1}" if done < len(state.seals) else f"{done} is the last"
        raise RuleBroken(
            "ack_out_of_order", f"statement {command.seq} cannot be acknowledged now; {expected}", rule="I12"
        )
    if state.seals[command.seq - 1].hash != command.hash:
        message = f"that is not the hash of statement {command.seq}; pull it again and compare"
        raise RuleBroken("ack_hash_mismatch", message, rule="I12")
    if command.seq <= done:
        return []
    return [StatementAcknowledged(command.seq, command.hash, command.acknowledged_by, command.at)]


def evolve(state: StatementsState, event: Event) -> StatementsState:
    return _evolve(state, event) if isinstance(event, StatementEvent) else state


def _evolve(state: StatementsState, event: StatementEvent) -> StatementsState:
    match event:
        case SigningKeyPublished():
            return msgspec.structs.replace(state, keys=(*state.keys, event))
        case StatementSealed():
            return msgspec.structs.replace(state, seals=(*state.seals, event))
        case StatementAcknowledged():
            return msgspec.structs.replace(state, acknowledged=event)
        case _:
            assert_never(event)


STATEMENTS: Decider[StatementsState, StatementCommand] = Decider("statements", StatementsState(), decide, evolve)
