"""A composite account: its counted balances, month by month. Rule B4."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never

import msgspec

from services.bundling.composite_events import BalanceCounted, BalanceDropped, Counted
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


class DropBalance(Command, frozen=True):
    """The bank corrected whose a holding is: it is none of the customer's."""

    customer_id: str
    holding_id: str
    month: str
    on: date


CompositeCommand = NoteBalance | DropBalance


class Account(msgspec.Struct, frozen=True):
    """``balances`` by month and holding."""

    balances: Mapping[tuple[str, str], Counted] = {}


def decide(state: Account, command: CompositeCommand) -> Sequence[BalanceCounted | BalanceDropped]:
    match command:
        case NoteBalance(month=month, currency=currency) if currency == in_force(month).currency:
            return _note(state, command)
        case NoteBalance() | DropBalance():
            known = (command.month, command.holding_id) in state.balances
            dropped = BalanceDropped(command.customer_id, command.holding_id, command.month, command.on)
            return [dropped] if known else []
        case _:
            assert_never(command)


def _note(state: Account, command: NoteBalance) -> Sequence[BalanceCounted]:
    """What was counted once is followed whatever its product turns out to be: a loan may prove to be a mortgage."""
    known = state.balances.get((command.month, command.holding_id))
    if known is None and command.product not in in_force(command.month).counted:
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
        case BalanceDropped(month=month, holding_id=holding_id):
            others = {key: one for key, one in state.balances.items() if key != (month, holding_id)}
            return Account(others)
    return state  # what it was charged, in accounts from before rounds kept that


COMPOSITE: Decider[Account, CompositeCommand] = Decider("composite", Account(), decide, evolve)
