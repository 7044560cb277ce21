"""A side of a lead changes hands, with its place in the split. Rule L9.

What was agreed stays agreed, in the successor's name: it is the bank that orders the change, and credit that has not
vested follows the split. What was only offered is the successor's to accept.
"""

from collections.abc import Iterator, Sequence

from services.leads import rules
from services.leads.domain.commands import HandOver, ReturnSide
from services.leads.domain.routing import Why, group_routed, home, owner, routed, waiting
from services.leads.domain.split import void_naming
from services.leads.domain.state import OPEN, LeadState
from services.leads.events import (
    LeadActivated,
    LeadEvent,
    LeadHandedOver,
    LeadOpened,
    Share,
    SplitAccepted,
    SplitProposed,
    StandingSplit,
)

Events = Sequence[LeadEvent]


def hand_over(state: LeadState, c: HandOver) -> Events:
    """Of what has ended, only a won lead moves: its credit may still vest."""
    lead = state.opened
    if lead is None or state.owner_of(c.line) != c.from_id or state.status not in OPEN | {"won"}:
        return []
    if c.unit_id not in {None, state.sides[c.line].unit_id}:
        return []  # theirs where they serve now
    if state.line_of(c.to_id) is None:
        return [*_moved(state, lead, c, c.to_id), *_split(state, lead, c)]
    if state.status == "won":
        return []  # it takes two, and there is nothing left to do but to be paid
    return [*void_naming(state, {c.line}, "owner_changed", None), *_moved(state, lead, c, None)]


def _moved(state: LeadState, lead: LeadOpened, c: HandOver, owner_id: str | None) -> Events:
    to = owner(owner_id, c.to_unit_id) if owner_id else home(state, lead, c.line)
    why = f"Handed over by {c.from_id}" + ("." if owner_id else f"; {c.to_id} owns the other side.")
    handed = LeadHandedOver(lead.lead_id, c.handover_id, c.line, c.from_id, owner_id, to.queue, c.on)
    return [handed, routed(lead.lead_id, c.line, to, Why(why, rules.HANDED_OVER, c.on))]


def give_back(state: LeadState, c: ReturnSide) -> Events:
    """What nobody was named for goes back to its queue, so that it is never left with somebody who is gone; a group's
    lead likewise. Of what has ended nothing is left to do: its credit stays with who earned it until it is handed over.
    """
    lead = state.opened
    if lead is None or state.status not in OPEN:
        return []
    why = Why(c.why, rules.UNHANDED, c.on)
    if c.line == rules.GROUP:
        if state.group is None or not state.leads(c.staff_id) or c.unit_id not in {None, state.group.unit_id}:
            return []
        queue = rules.queue_of(rules.GROUP, state.group.unit_id or lead.outlet_id)
        return [group_routed(lead.lead_id, waiting(queue), why)]
    if state.owner_of(c.line) != c.staff_id or c.unit_id not in {None, state.sides[c.line].unit_id}:
        return []
    return [
        *void_naming(state, {c.line}, "owner_changed", None),
        routed(lead.lead_id, c.line, home(state, lead, c.line), why),
    ]


def _split(state: LeadState, lead: LeadOpened, c: HandOver) -> Iterator[LeadEvent]:
    """The split that stands, agreed again in the new names; then the one that is offered beside it."""
    number = state.proposals
    if state.standing is not None:
        number += 1
        shares = _renamed(state.standing, c)
        yield SplitProposed(lead.lead_id, number, shares, rules.HANDED_OVER)
        for share in shares:
            yield SplitAccepted(lead.lead_id, number, share.line, share.staff_id)
        yield LeadActivated(lead.lead_id, lead.customer_id, number, shares, c.on, lead.origin)
    if state.offered is not None and state.offered != state.standing:
        shares = _renamed(state.offered, c)
        yield SplitProposed(lead.lead_id, number + 1, shares, rules.HANDED_OVER)
        for share in shares:
            if share.line in state.accepted and share.line != c.line:
                yield SplitAccepted(lead.lead_id, number + 1, share.line, share.staff_id)


def _renamed(split: StandingSplit, c: HandOver) -> tuple[Share, ...]:
    return tuple(
        Share(share.line, c.to_id, c.to_unit_id, share.bps) if share.line == c.line else share for share in split.shares
    )
