"""A month: complete once the feed closes its last day, or one after it; closed for ever once its statement is sealed
(rule I9).
"""

from collections.abc import Sequence
from typing import assert_never

import msgspec

from services.incentives.events import PeriodClosed, PeriodCompleted
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event


class CompletePeriod(Command, frozen=True):
    period: str
    source: str


class ClosePeriod(Command, frozen=True):
    """``seq`` is the statement that holds the period."""

    period: str
    seq: int
    closed_by: str


PeriodCommand = CompletePeriod | ClosePeriod
PeriodEvent = PeriodCompleted | PeriodClosed


class PeriodState(msgspec.Struct, frozen=True):
    completed: bool = False
    closed: bool = False


def decide(state: PeriodState, command: PeriodCommand) -> Sequence[Event]:
    match command:
        case CompletePeriod():
            return [] if state.completed else [PeriodCompleted(command.period, command.source)]
        case ClosePeriod() if state.closed:
            return []
        case ClosePeriod():
            if not state.completed:
                raise incomplete(command.period)
            return [PeriodClosed(command.period, command.seq, command.closed_by)]
        case _:
            assert_never(command)


def incomplete(period: str) -> RuleBroken:
    return RuleBroken(
        "period_not_complete",
        f"the end-of-day feed has closed neither the last day of {period} nor a later one; close the period after that",
        rule="I9",
    )


def evolve(state: PeriodState, event: Event) -> PeriodState:
    return _evolve(state, event) if isinstance(event, PeriodEvent) else state


def _evolve(state: PeriodState, event: PeriodEvent) -> PeriodState:
    match event:
        case PeriodCompleted():
            return PeriodState(completed=True, closed=state.closed)
        case PeriodClosed():
            return PeriodState(completed=state.completed, closed=True)
        case _:
            assert_never(event)


PERIOD: Decider[PeriodState, PeriodCommand] = Decider("period", PeriodState(), decide, evolve)
