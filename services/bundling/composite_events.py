"""What bundling publishes of composite accounts (综合账户). Rule B4.

Streams: ``composite-<customer id>``, its balances; ``fee_run-bank``, one run after the other;
``fees-<YYYY-MM-DD>.<round>``, what a round of the run of a day charged. All sums are in minor units (分), months read
``YYYY-MM``.
"""

from datetime import date
from typing import ClassVar, Literal

import msgspec

from shared.core.event import Event

Tier = Literal["top", "middle", "basic"]


class BalanceCounted(Event, frozen=True, tag="balance_counted"):
    """The month-end balance of a holding that counts, as it is known now; a later one for the month replaces it. That
    may be of another product, where the holding is corrected, and count no more.
    """

    customer_id: str
    holding_id: str
    product: str
    month: str
    balance_minor: int
    on: date


class BalanceDropped(Event, frozen=True, tag="balance_dropped"):
    """What was counted of a holding counts no more: it is another customer's, or in another currency, as the bank
    corrected it.
    """

    customer_id: str
    holding_id: str
    month: str
    on: date


class Counted(msgspec.Struct, frozen=True):
    """A holding's part of the counted balance."""

    holding_id: str
    product: str
    balance_minor: int


class FeeCharged(Event, frozen=True, tag="fee_charged"):
    """The fee of a month, from the balances at its end. ``on`` is the close at which it was charged."""

    customer_id: str
    month: str
    counted: tuple[Counted, ...]
    counted_minor: int
    tier: Tier
    fee_minor: int
    rules_version: int
    on: date


class FeeAdjusted(Event, frozen=True, tag="fee_adjusted"):
    """A balance of a month that was charged already turned out different: ``fee_minor`` is what its fee should be, and
    ``adjustment_minor`` what is charged (or, below 0, given back) besides. What was charged stands. ``tier`` is None
    where there was no composite account, as it turned out: all is given back.
    """

    schema: ClassVar[int] = 2

    customer_id: str
    month: str
    number: int
    counted: tuple[Counted, ...]
    counted_minor: int
    tier: Tier | None
    fee_minor: int
    adjustment_minor: int
    rules_version: int
    on: date


class FeeRunStarted(Event, frozen=True, tag="fee_run_started"):
    """A day closed: every month up to ``upto`` is charged what its balances ask for and nobody paid yet."""

    day: date
    upto: str


class FeeRunQueued(Event, frozen=True, tag="fee_run_queued"):
    """A day closed while the run of an earlier one was going on. It starts after that one."""

    day: date
    upto: str


class RunTotal(msgspec.Struct, frozen=True):
    """``fees`` counts charges and adjustments; ``charged_minor`` is their sum, with what was given back taken off."""

    customers: int = 0
    fees: int = 0
    charged_minor: int = 0


class FeeRunAdvanced(Event, frozen=True, tag="fee_run_advanced"):
    """Round ``round`` had ``customers``, up to the id ``after``; ``done`` where nobody is left. ``total`` is of all
    rounds of the run so far.
    """

    schema: ClassVar[int] = 2

    day: date
    upto: str
    round: int
    after: str
    customers: int
    done: bool
    total: RunTotal


class FeeRunEnded(Event, frozen=True, tag="fee_run_ended"):
    """Control totals of a run."""

    day: date
    upto: str
    rounds: int
    total: RunTotal


AccountEvent = BalanceCounted | BalanceDropped | FeeCharged | FeeAdjusted
RoundEvent = FeeCharged | FeeAdjusted | FeeRunAdvanced
FeeRunEvent = FeeRunStarted | FeeRunQueued | FeeRunEnded
CompositeEvent = AccountEvent | FeeRunEvent | FeeRunAdvanced
