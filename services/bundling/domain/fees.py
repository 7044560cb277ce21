"""The fees of composite accounts: charged once a month is over, many accounts at a time. Rule B4.

What was charged is never rewritten: a balance that comes late posts the difference as an adjustment, at the next close.
A round is one commit on a stream of its own, so that a bank's worth of accounts is a few thousand commits. An account
is in one round of a run at most, and one run ends before the next begins: nobody is charged twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import assert_never

import msgspec
from msgspec.structs import replace

from services.bundling.composite_events import (
    Counted,
    FeeAdjusted,
    FeeCharged,
    FeeRunAdvanced,
    FeeRunEnded,
    FeeRunEvent,
    FeeRunQueued,
    FeeRunStarted,
    RoundEvent,
    RunTotal,
)
from services.bundling.rules.composite import Standing, in_force, standing
from shared.core.decider import Command, Decider
from shared.core.event import Event
from shared.core.months import month_over


class Month(msgspec.Struct, frozen=True):
    """``balances`` by holding. ``charged_minor`` is the fee with its adjustments so far, None before it was charged."""

    balances: Mapping[str, Counted]
    charged_minor: int | None = None
    adjustments: int = 0


class Charges(msgspec.Struct, frozen=True):
    """A customer's composite account as the list of them knows it."""

    customer_id: str
    months: Mapping[str, Month]


def due(account: Charges, upto: str, on: date) -> Iterator[FeeCharged | FeeAdjusted]:
    """What is to be charged or given back, month by month, so that each comes to what its balances ask for."""
    for month in sorted(account.months):
        if month <= upto and (fee := fee_due(account.customer_id, month, account.months[month], on)):
            yield fee


def fee_due(customer_id: str, month: str, known: Month, on: date) -> FeeCharged | FeeAdjusted | None:
    """What was charged for a month in which there was no account, as it turned out, is given back."""
    rules = in_force(month)
    found = standing(known.balances, rules)
    if known.charged_minor is None:
        return _charge(customer_id, month, found, on) if found else None
    fee_minor = found.rule.fee_minor if found else 0
    if fee_minor == known.charged_minor:
        return None
    return FeeAdjusted(
        customer_id=customer_id,
        month=month,
        number=known.adjustments + 1,
        counted=found.counted if found else (),
        counted_minor=found.counted_minor if found else 0,
        tier=found.rule.tier if found else None,
        fee_minor=fee_minor,
        adjustment_minor=fee_minor - known.charged_minor,
        rules_version=rules.version,
        on=on,
    )


def _charge(customer_id: str, month: str, found: Standing, on: date) -> FeeCharged:
    return FeeCharged(
        customer_id=customer_id,
        month=month,
        counted=found.counted,
        counted_minor=found.counted_minor,
        tier=found.rule.tier,
        fee_minor=found.rule.fee_minor,
        rules_version=found.rules_version,
        on=on,
    )


class ChargeRound(Command, frozen=True):
    """``accounts`` are the next ones after the last round's, up to the id ``after``; ``before`` is what the run came to
    until here.
    """

    day: date
    upto: str
    round: int
    accounts: tuple[Charges, ...]
    after: str
    before: RunTotal
    done: bool


def decide_round(charged: bool, command: ChargeRound) -> Sequence[RoundEvent]:
    if charged:
        return []
    fees = [fee for account in command.accounts for fee in due(account, command.upto, command.day)]
    customers, before = len(command.accounts), command.before
    total = RunTotal(
        customers=before.customers + customers,
        fees=before.fees + len(fees),
        charged_minor=before.charged_minor + sum(map(_minor, fees)),
    )
    advanced = FeeRunAdvanced(
        day=command.day,
        upto=command.upto,
        round=command.round,
        after=command.after,
        customers=customers,
        done=command.done,
        total=total,
    )
    return [*fees, advanced]


def _minor(fee: FeeCharged | FeeAdjusted) -> int:
    return fee.fee_minor if isinstance(fee, FeeCharged) else fee.adjustment_minor


FEES: Decider[bool, ChargeRound] = Decider("fees", False, decide_round, lambda _charged, _event: True)


class StartFeeRun(Command, frozen=True):
    day: date


class EndFeeRun(Command, frozen=True):
    day: date
    rounds: int
    total: RunTotal


FeeRunCommand = StartFeeRun | EndFeeRun


class FeeRuns(msgspec.Struct, frozen=True):
    """``running`` is the day whose run goes on, ``queued`` the newest that closed meanwhile, ``newest`` of all."""

    running: date | None = None
    queued: date | None = None
    newest: date = date.min


def decide_run(state: FeeRuns, command: FeeRunCommand) -> Sequence[FeeRunEvent]:
    match command:
        case StartFeeRun(day=day) if day <= state.newest:
            return []
        case StartFeeRun(day=day):
            return [FeeRunQueued(day, month_over(day)) if state.running else FeeRunStarted(day, month_over(day))]
        case EndFeeRun(day=day) if day != state.running:
            return []
        case EndFeeRun(day=day, rounds=rounds, total=total):
            ended = FeeRunEnded(day, month_over(day), rounds, total)
            return [ended, FeeRunStarted(state.queued, month_over(state.queued))] if state.queued else [ended]
        case _:
            assert_never(command)


def evolve_run(state: FeeRuns, event: Event) -> FeeRuns:
    match event:
        case FeeRunStarted(day=day):
            return FeeRuns(running=day, newest=max(day, state.newest))
        case FeeRunQueued(day=day):
            return replace(state, queued=day, newest=day)
        case FeeRunEnded():
            return replace(state, running=None)
    return state


FEE_RUN: Decider[FeeRuns, FeeRunCommand] = Decider("fee_run", FeeRuns(), decide_run, evolve_run)
BANK = "bank"
"""The key of the one stream of runs."""
