"""A composite account: its counted balances, month by month. Rule B4."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from services.bundling.composite_events import BalanceCounted, Counted
from services.bundling.rules.composite import in_force
from shared.core.decider import Command, Decider
from shared.core.event import Event


class NoteBalance(Command, frozen=True):
    """The bank's word on a holding at the end of a month."""

    customer_id: str
    holding_id: str
    product: str
    month: str
    balance_minor: int
    currency: str
    on: date


class Account(msgspec.Struct, frozen=True):
    """``balances`` by month and holding."""

    balances: Mapping[tuple[str, str], Counted] = {}


def decide(state: Account, command: NoteBalance) -> Sequence[BalanceCounted]:
    """What was counted once is followed whatever its product turns out to be: a loan may prove to be a mortgage."""
    rules = in_force(command.month)
    known = state.balances.get((command.month, command.holding_id))
    if command.currency != rules.currency or (known is None and command.product not in rules.counted):
        return []
    if known == Counted(command.holding_id, command.product, command.balance_minor):
        return []
    return [
        BalanceCounted(
            customer_id=command.customer_id,
            holding_id=command.holding_id,
            product=command.product,
            month=command.month,
            balance_minor=command.balance_minor,
            on=command.on,
        )
    ]


def evolve(state: Account, event: Event) -> Account:
    match event:
        case BalanceCounted(month=month, holding_id=holding_id):
            counted = Counted(holding_id, event.product, event.balance_minor)
            return Account({**state.balances, (month, holding_id): counted})
    return state  # what it was charged, in accounts from before rounds kept that


COMPOSITE: Decider[Account, NoteBalance] = Decider("composite", Account(), decide, evolve)
