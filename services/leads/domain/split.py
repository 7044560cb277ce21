"""How two owners come to one split. Rule L2."""

from collections.abc import Sequence
from typing import Literal

from services.leads import rules
from services.leads.domain.commands import AcceptSplit, ProposeSplit, WithdrawSplit
from services.leads.domain.guards import must_be_open, opened, own_line
from services.leads.domain.state import LeadState, evolve
from services.leads.events import LeadActivated, LeadEvent, OwnerLine, Share, SplitAccepted, SplitProposed, SplitVoided
from shared.core.errors import RuleBroken

Events = Sequence[LeadEvent]


def propose(state: LeadState, c: ProposeSplit) -> Events:
    """A changed split needs both sides again; to propose is not yet to accept: each accepts what they can see."""
    own_line(state, c.by)
    must_be_open(state)
    shares = shares_of(state, c.shares)
    if shares == state.shares:
        return []
    return [SplitProposed(opened(state).lead_id, state.proposals + 1, shares, c.by)]


def withdraw(state: LeadState, c: WithdrawSplit) -> Events:
    """Before the other side has accepted; what both had accepted before stands again."""
    own = own_line(state, c.by)
    if state.offered is None or state.offered == state.standing:
        return []
    must_be_open(state)
    if state.offered.proposed_by != c.by:
        raise RuleBroken("not_your_proposal", "Only who proposed a split may withdraw it. Propose another.", rule="L2")
    if state.accepted - {own}:
        message = "The other side has accepted it already. Propose a new split."
        raise RuleBroken("accepted_already", message, rule="L2")
    return [void(state, "withdrawn", c.by)]


def void(state: LeadState, reason: Literal["withdrawn", "owner_changed"], by: str | None) -> SplitVoided:
    return SplitVoided(opened(state).lead_id, state.proposals, state.standing, reason, by)


def shares_of(state: LeadState, split: tuple[tuple[OwnerLine, int], ...]) -> tuple[Share, ...]:
    """One share for each owner, in the order of the lines. A share of 0 is allowed where both accept it."""
    bps = dict(split)
    if len(split) != len(bps) or set(bps) != set(rules.OWNER_LINES):
        raise RuleBroken("split_needs_both_lines", "A split names corporate and retail, each once.", rule="L2")
    if any(part < 0 for part in bps.values()) or sum(bps.values()) != rules.FULL_BPS:
        message = f"The shares must be 0 or more and sum to {rules.FULL_BPS} bps; they sum to {sum(bps.values())}."
        raise RuleBroken("split_not_whole", message, rule="L2")
    shares: list[Share] = []
    for line in rules.OWNER_LINES:
        side = state.sides[line]
        if side.owner_id is None or side.unit_id is None:
            message = f"The {line} side has no owner yet: invite a partner, or let somebody claim it from {side.queue}."
            raise RuleBroken("side_unowned", message, rule="L2")
        shares.append(Share(line, side.owner_id, side.unit_id, bps[line]))
    return tuple(shares)


def accept(state: LeadState, c: AcceptSplit) -> Events:
    lead = opened(state)
    if state.sides[c.line].owner_id != c.by:
        raise RuleBroken("not_your_side", f"Only the owner of the {c.line} side may accept for it.", rule="L2")
    if state.offered is None or c.proposal != state.offered.proposal:
        current = f"the newest is {state.offered.proposal}" if state.offered else "nothing is proposed"
        raise RuleBroken("not_the_proposal", f"Proposal {c.proposal} cannot be accepted: {current}.", rule="L2")
    if c.line in state.accepted:
        return []
    must_be_open(state)
    accepted = SplitAccepted(lead.lead_id, c.proposal, c.line, c.by)
    if not evolve(state, accepted).agreed:
        return [accepted]
    return [accepted, LeadActivated(lead.lead_id, lead.customer_id, c.proposal, state.shares, c.on, lead.origin)]
