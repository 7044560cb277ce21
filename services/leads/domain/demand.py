"""Which of a customer's needs are held by which lead, so that nobody opens a second one unawares. Rule L4.

All leads of a customer stand on one stream: of two who ask at the same moment, one is first. Whoever asks second is
told the lead there is. Leads that the system makes are never refused: linkage and campaigns owe each its own. They are
noted as duplicates, for a person to decide on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import assert_never, cast

import msgspec

from services.leads.duplicate_events import DemandEvent, DuplicateDismissed, DuplicateFound, NeedClaimed, Wish
from services.leads.duplicate_rules import DUPLICATES
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event


class Held(msgspec.Struct, frozen=True):
    """The needs that a lead holds, of the customer asked about or of one who is probably the same."""

    customer_id: str
    lead_id: str
    needs: tuple[str, ...]
    on: date


class ClaimNeed(Command, frozen=True):
    """Somebody wants to open a lead, or the system opened one (``wish`` None). ``elsewhere`` are the leads of customers
    who are probably the same; ``despite`` says why a second lead is needed.
    """

    customer_id: str
    lead_id: str
    needs: tuple[str, ...]
    on: date
    wish: Wish | None = None
    despite: str | None = None
    elsewhere: tuple[Held, ...] = ()


class CompareDemand(Command, frozen=True):
    """``elsewhere`` are the leads of a customer who turned out to be probably the same as this one."""

    customer_id: str
    elsewhere: tuple[Held, ...]


class DismissDuplicate(Command, frozen=True):
    lead_id: str
    duplicate_of: str
    reason: str
    by: str
    on: date


DemandCommand = ClaimNeed | CompareDemand | DismissDuplicate
Pair = tuple[str, str]


class Demand(msgspec.Struct, frozen=True):
    """``held`` by lead, first come first; ``pairs`` are (lead, the earlier one), ``dismissed`` those of them that a
    person looked at.
    """

    held: Mapping[str, Held] = {}
    pairs: frozenset[Pair] = frozenset()
    dismissed: frozenset[Pair] = frozenset()


def decide(state: Demand, command: DemandCommand) -> Sequence[DemandEvent]:
    match command:
        case ClaimNeed():
            return [] if command.lead_id in state.held else [_claimed(state, command)]
        case CompareDemand():
            return list(_found(state, command.elsewhere))
        case DismissDuplicate():
            return _dismissed(state, command)
        case _:
            assert_never(command)


def _claimed(state: Demand, c: ClaimNeed) -> NeedClaimed:
    earlier = holder((*state.held.values(), *c.elsewhere), c.needs, c.on)
    if earlier is not None and c.wish is not None and c.despite is None:
        raise duplicate(earlier)
    return NeedClaimed(
        customer_id=c.customer_id,
        lead_id=c.lead_id,
        needs=c.needs,
        on=c.on,
        rules_version=DUPLICATES.version,
        wish=c.wish,
        duplicate_of=earlier.lead_id if earlier else None,
        other_customer_id=earlier.customer_id if earlier and earlier.customer_id != c.customer_id else None,
        despite=c.despite if earlier else None,
    )


def holder(held: Iterable[Held], needs: Sequence[str], on: date) -> Held | None:
    """The first of the leads that hold one of the needs on a day; one's own customer's before another's."""
    return next((one for one in held if set(needs) & set(one.needs) and DUPLICATES.near(one.on, on)), None)


def duplicate(earlier: Held, lead_id: str | None = None) -> RuleBroken:
    """``lead_id`` is where the work goes on, if the earlier lead was merged into another."""
    lead_id = lead_id or earlier.lead_id
    message = (
        f"Lead {lead_id} of {earlier.on} is about the same: go on with it. "
        "Where another lead is really needed, say why in `despite`."
    )
    named = {"lead_id": lead_id, "customer_id": earlier.customer_id, "opened_on": earlier.on.isoformat()}
    return RuleBroken("duplicate_lead", message, rule="L4", named=named)


def _found(state: Demand, elsewhere: Sequence[Held]) -> Iterator[DuplicateFound]:
    """Each lead here that came after one there with the same need, once: the other customer looks for the rest."""
    for held in state.held.values():
        before = [one for one in elsewhere if (one.on, one.lead_id) < (held.on, held.lead_id)]
        earlier = holder(before, held.needs, held.on)
        if earlier is None or (held.lead_id, earlier.lead_id) in state.pairs:
            continue
        yield DuplicateFound(
            customer_id=held.customer_id,
            lead_id=held.lead_id,
            duplicate_of=earlier.lead_id,
            other_customer_id=earlier.customer_id,
            needs=tuple(need for need in held.needs if need in earlier.needs),
            on=held.on,
            rules_version=DUPLICATES.version,
        )


def _dismissed(state: Demand, c: DismissDuplicate) -> Sequence[DemandEvent]:
    pair = (c.lead_id, c.duplicate_of)
    if pair in state.dismissed:
        return []
    if pair not in state.pairs:
        message = f"{c.lead_id} was not found to be a duplicate of {c.duplicate_of}. Check the pair."
        raise RuleBroken("no_duplicate", message, rule="L4")
    customer_id = state.held[c.lead_id].customer_id
    return [DuplicateDismissed(customer_id, c.lead_id, c.duplicate_of, c.reason, c.by, c.on)]


def evolve(state: Demand, event: Event) -> Demand:
    known = cast("DemandEvent", event)
    match known:
        case NeedClaimed(lead_id=lead_id, duplicate_of=earlier):
            held = Held(known.customer_id, lead_id, known.needs, known.on)
            pairs = state.pairs | {(lead_id, earlier)} if earlier else state.pairs
            return Demand({**state.held, lead_id: held}, pairs, state.dismissed)
        case DuplicateFound(lead_id=lead_id, duplicate_of=earlier):
            return Demand(state.held, state.pairs | {(lead_id, earlier)}, state.dismissed)
        case DuplicateDismissed(lead_id=lead_id, duplicate_of=earlier):
            return Demand(state.held, state.pairs, state.dismissed | {(lead_id, earlier)})
        case _:
            assert_never(known)


DEMAND: Decider[Demand, DemandCommand] = Decider("demand", Demand(), decide, evolve)
