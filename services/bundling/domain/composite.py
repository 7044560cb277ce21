"""A composite account: its counted balances month by month, what was charged, what is adjusted. Rule B4.

What was charged is never rewritten: a balance that comes late posts the difference as an adjustment.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never, cast

import msgspec
from msgspec.structs import replace

from services.bundling.composite_events import (
    AccountEvent,
    BalanceCounted,
    Counted,
    FeeAdjusted,
    FeeCharged,
    FeeRunAdvanced,
    FeeRunEvent,
    FeeRunStarted,
)
from services.bundling.rules.composite import Standing, in_force, standing
from shared.core.decider import Command, Decider
from shared.core.event import Event
from shared.core.months import month_over


class NoteBalance(Command, frozen=True):
    """The bank's word on a holding at the end of a month."""

    customer_id: str
    holding_id: str
    product: str
    month: str
    balance_minor: int
    currency: str
    on: date


class ChargeFees(Command, frozen=True):
    """Every month up to ``upto`` that has balances and no fee yet; ``on`` is the day that closed."""

    upto: str
    on: date


AccountCommand = NoteBalance | ChargeFees


class Month(msgspec.Struct, frozen=True):
    """``charged_minor``: the fee and its adjustments so far; None while nothing was charged."""

    balances: Mapping[str, Counted] = {}
    charged_minor: int | None = None
    adjustments: int = 0


class Account(msgspec.Struct, frozen=True):
    customer_id: str = ""
    months: Mapping[str, Month] = {}


def decide(state: Account, command: AccountCommand) -> Sequence[AccountEvent]:
    match command:
        case NoteBalance():
            return _note(state, command)
        case ChargeFees(upto=upto, on=on):
            due = sorted(month for month, one in state.months.items() if month <= upto and one.charged_minor is None)
            return [fee for month in due if (fee := _fee(state, month, on)) is not None]
        case _:
            assert_never(command)


def _note(state: Account, c: NoteBalance) -> Sequence[AccountEvent]:
    rules = in_force(c.month)
    if c.product not in rules.counted or c.currency != rules.currency:
        return []
    month = state.months.get(c.month, Month())
    known = month.balances.get(c.holding_id)
    if known == Counted(c.holding_id, c.product, c.balance_minor):
        return []
    counted = BalanceCounted(c.customer_id, c.holding_id, c.product, c.month, c.balance_minor, c.on)
    after = evolve(state, counted)
    return [counted, *_adjusted(after, c.month, c.on)]


def _fee(state: Account, month: str, on: date) -> FeeCharged | None:
    found = _standing(state, month)
    if found is None:
        return None
    return FeeCharged(
        customer_id=state.customer_id,
        month=month,
        counted=found.counted,
        counted_minor=found.counted_minor,
        tier=found.rule.tier,
        fee_minor=found.rule.fee_minor,
        rules_version=found.rules_version,
        on=on,
    )


def _adjusted(state: Account, month: str, on: date) -> Sequence[FeeAdjusted]:
    """The difference, where the month was charged and its fee should have been another."""
    charged, found = state.months[month], _standing(state, month)
    if charged.charged_minor is None or found is None or found.rule.fee_minor == charged.charged_minor:
        return []
    return [
        FeeAdjusted(
            customer_id=state.customer_id,
            month=month,
            number=charged.adjustments + 1,
            counted=found.counted,
            counted_minor=found.counted_minor,
            tier=found.rule.tier,
            fee_minor=found.rule.fee_minor,
            adjustment_minor=found.rule.fee_minor - charged.charged_minor,
            rules_version=found.rules_version,
            on=on,
        )
    ]


def _standing(state: Account, month: str) -> Standing | None:
    return standing(state.months[month].balances, in_force(month))


def evolve(state: Account, event: Event) -> Account:
    known = cast("AccountEvent", event)
    month = state.months.get(known.month, Month())
    match known:
        case BalanceCounted(holding_id=holding_id):
            balances = {**month.balances, holding_id: Counted(holding_id, known.product, known.balance_minor)}
            now = replace(month, balances=balances)
        case FeeCharged(fee_minor=fee):
            now = replace(month, charged_minor=fee)
        case FeeAdjusted(fee_minor=fee, number=number):
            now = replace(month, charged_minor=fee, adjustments=number)
        case _:
            assert_never(known)
    return Account(known.customer_id, {**state.months, known.month: now})


COMPOSITE: Decider[Account, AccountCommand] = Decider("composite", Account(), decide, evolve)


class StartFeeRun(Command, frozen=True):
    day: date


class AdvanceFeeRun(Command, frozen=True):
    """Round ``round`` was asked for ``customers``, up to the id ``after``."""

    round: int
    after: str
    customers: int
    done: bool


FeeRunCommand = StartFeeRun | AdvanceFeeRun


class FeeRun(msgspec.Struct, frozen=True):
    started: FeeRunStarted | None = None
    round: int = 0


def decide_run(state: FeeRun, command: FeeRunCommand) -> Sequence[FeeRunEvent]:
    match command:
        case StartFeeRun(day=day):
            return [] if state.started else [FeeRunStarted(day, month_over(day))]
        case AdvanceFeeRun(round=number):
            if state.started is None or number <= state.round:
                return []
            day, upto = state.started.day, state.started.upto
            return [FeeRunAdvanced(day, upto, number, command.after, command.customers, command.done)]
        case _:
            assert_never(command)


def evolve_run(state: FeeRun, event: Event) -> FeeRun:
    match event:
        case FeeRunStarted():
            return FeeRun(event)
        case FeeRunAdvanced(round=number):
            return replace(state, round=number)
    return state


FEE_RUN: Decider[FeeRun, FeeRunCommand] = Decider("fee_run", FeeRun(), decide_run, evolve_run)
