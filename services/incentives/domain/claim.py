"""Who may earn by a customer's product. The domain leaves it open; without it, splitting a deal in two, or closing and
opening again, would be paid twice: so a product earns for the first of its accounts, and again only for one that was
opened long after the last before it was closed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

import msgspec
from msgspec.structs import replace

from services.incentives.claim_events import (
    AccountClaimed,
    AccountPlaced,
    AccountReleased,
    ClaimDecided,
    ClaimEvent,
)
from services.incentives.domain.facts import source_order
from shared.core.decider import Command, Decider
from shared.core.event import Event

AGAIN_AFTER_DAYS = 180
"""Days after a closing from which the same product earns again: as long as a closing takes credit back (default)."""


class ClaimAccount(Command, frozen=True):
    claimed: AccountClaimed


class ReleaseAccount(Command, frozen=True):
    released: AccountReleased


class Claims(msgspec.Struct, frozen=True):
    """``accounts`` by holding; ``denied``: by opening that may not earn, the one in its way; ``told``: by holding, the
    newest word of the bank that was heard of it.
    """

    accounts: Mapping[str, AccountClaimed] = {}
    denied: Mapping[str, str] = {}
    told: Mapping[str, str] = {}


def decide(state: Claims, command: ClaimAccount | ReleaseAccount) -> Sequence[ClaimEvent]:
    match command:
        case ClaimAccount(claimed=said):
            about = said.opened_on
        case ReleaseAccount(released=said):
            if said.holding_id not in state.accounts:
                return []
            about = state.accounts[said.holding_id].opened_on
        case _:
            assert_never(command)
    heard = state.told.get(said.holding_id)
    if heard is not None and source_order(said.source) <= source_order(heard):
        return []
    after = _denied(evolve(state, said).accounts.values())
    changed = [one for one in sorted({*after, *state.denied}) if after.get(one) != state.denied.get(one)]
    return [said, *(ClaimDecided(said.customer_id, said.product, one, after.get(one), about) for one in changed)]


def _denied(accounts: Iterable[AccountClaimed]) -> dict[str, str]:
    """By opening that may not earn, the first one in its way. Of several accounts of one opening, the first counts."""
    first: dict[str, AccountClaimed] = {}
    for account in sorted(accounts, key=lambda one: (one.opened_on, one.opening_id, one.holding_id)):
        first.setdefault(account.opening_id, account)
    ordered = list(first.values())
    found = {}
    for place, account in enumerate(ordered):
        blocking = next((one for one in ordered[:place] if _stands_in_the_way(one, account)), None)
        if blocking is not None:
            found[account.opening_id] = blocking.opening_id
    return found


def _stands_in_the_way(earlier: AccountClaimed, later: AccountClaimed) -> bool:
    return earlier.closed_on is None or (later.opened_on - earlier.closed_on).days < AGAIN_AFTER_DAYS


def evolve(state: Claims, event: Event) -> Claims:
    match event:
        case AccountClaimed(holding_id=holding_id, source=source):
            told = {**state.told, holding_id: source}
            return replace(state, accounts={**state.accounts, holding_id: event}, told=told)
        case AccountReleased(holding_id=holding_id, source=source):
            others = {one: account for one, account in state.accounts.items() if one != holding_id}
            return replace(state, accounts=others, told={**state.told, holding_id: source})
        case ClaimDecided(opening_id=opening_id, because_of=because_of):
            allowed = {one: by for one, by in state.denied.items() if one != opening_id}
            return replace(state, denied=allowed if because_of is None else {**allowed, opening_id: because_of})
    return state


CLAIM: Decider[Claims, ClaimAccount | ReleaseAccount] = Decider("claim", Claims(), decide, evolve)


def claim_of(customer_id: str, product: str) -> str:
    return f"{customer_id}.{product}"


class PlaceAccount(Command, frozen=True):
    """Whose account it is, of what, and for which opening of ours, None for none, as the bank says now."""

    holding_id: str
    customer_id: str
    product: str
    opening_id: str | None
    source: str


def _place(state: AccountPlaced | None, c: PlaceAccount) -> Sequence[AccountPlaced]:
    placed = (c.holding_id, c.customer_id, c.product)
    if state is None:
        return [] if c.opening_id is None else [AccountPlaced(*placed, None, c.source, c.opening_id, None)]
    before = (state.customer_id, state.product)
    same = (*before, state.opening_id) == (c.customer_id, c.product, c.opening_id)
    if same or source_order(c.source) <= source_order(state.source):
        return []
    left = state.opening_id if state.opening_id != c.opening_id else None
    return [AccountPlaced(*placed, before, c.source, c.opening_id, left)]


PLACED: Decider[AccountPlaced | None, PlaceAccount] = Decider(
    "placed", initial=None, decide=_place, evolve=lambda _, event: event
)
"""Where each account stands, so that a correction takes it away from the claim and the opening it stood for."""
