"""Who may earn by a customer's product. The domain leaves it open; without it, splitting a deal in two, or closing and
opening again, would be paid twice: so a product earns for the first of its accounts, and again only for one that was
opened long after the last before it was closed.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from services.incentives.claim_events import AccountClaimed, ClaimDecided, ClaimEvent
from services.incentives.domain.facts import source_order
from shared.core.decider import Command, Decider
from shared.core.event import Event

AGAIN_AFTER_DAYS = 180
"""Days after a closing from which the same product earns again: as long as a closing takes credit back (default)."""


class ClaimAccount(Command, frozen=True):
    claimed: AccountClaimed


class Claims(msgspec.Struct, frozen=True):
    """``accounts`` by opening and holding; ``denied``: by opening that may not earn, the one in its way."""

    accounts: Mapping[tuple[str, str], AccountClaimed] = {}
    denied: Mapping[str, str] = {}


def decide(state: Claims, command: ClaimAccount) -> Sequence[ClaimEvent]:
    claimed = command.claimed
    known = state.accounts.get((claimed.opening_id, claimed.holding_id))
    if known is not None and source_order(claimed.source) <= source_order(known.source):
        return []
    after = _denied(evolve(state, claimed).accounts.values())
    changed = [one for one in sorted({*after, *state.denied}) if after.get(one) != state.denied.get(one)]
    return [claimed, *(ClaimDecided(one, after.get(one), claimed.opened_on) for one in changed)]


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
        case AccountClaimed(opening_id=opening_id, holding_id=holding_id):
            return replace(state, accounts={**state.accounts, (opening_id, holding_id): event})
        case ClaimDecided(opening_id=opening_id, because_of=because_of):
            others = {one: by for one, by in state.denied.items() if one != opening_id}
            return replace(state, denied=others if because_of is None else {**others, opening_id: because_of})
    return state


CLAIM: Decider[Claims, ClaimAccount] = Decider("claim", Claims(), decide, evolve)


def claim_of(customer_id: str, product: str) -> str:
    return f"{customer_id}.{product}"
