"""How the owners of a lead's lines come to one split. Rule L2."""

from collections.abc import Collection, Sequence
from typing import Literal

from services.leads import rules
from services.leads.domain.commands import AcceptSplit, ProposeSplit, WithdrawSplit
from services.leads.domain.guards import must_be_open, opened, own_line
from services.leads.domain.state import LeadState, evolve
from services.leads.events import (
    LeadActivated,
    LeadEvent,
    Share,
    SplitAccepted,
    SplitProposed,
    SplitVoided,
    StandingSplit,
)
from services.leads.group_events import Line
from shared.core.errors import RuleBroken

Events = Sequence[LeadEvent]


def propose(state: LeadState, c: ProposeSplit) -> Events:
    """A changed split needs every owner again; to propose is not yet to accept: each accepts what they can see."""
    own_line(state, c.by)
    must_be_open(state)
    shares = shares_of(state, c.shares)
    if shares == state.shares:
        return []
    return [SplitProposed(opened(state).lead_id, state.proposals + 1, shares, c.by)]


def withdraw(state: LeadState, c: WithdrawSplit) -> Events:
    """Before anybody else has accepted; what all had accepted before stands again."""
    own = own_line(state, c.by)
    if state.offered is None or state.offered == state.standing:
        return []
    must_be_open(state)
    if state.offered.proposed_by != c.by:
        raise RuleBroken("not_your_proposal", "Only who proposed a split may withdraw it. Propose another.", rule="L2")
    if state.accepted - {own}:
        message = "The other side has accepted it already. Propose a new split."
        raise RuleBroken("accepted_already", message, rule="L2")
    return [SplitVoided(opened(state).lead_id, state.proposals, state.standing, "withdrawn", c.by)]


def void_naming(
    state: LeadState, lines: Collection[Line], reason: Literal["owner_changed", "line_left"], by: str | None
) -> list[SplitVoided]:
    """What is offered is off where it names one of these lines; what all had accepted before stands again where it
    names none of them.
    """
    if not _names(state.offered, lines):
        return []
    standing = None if _names(state.standing, lines) else state.standing
    return [SplitVoided(opened(state).lead_id, state.proposals, standing, reason, by)]


def _names(split: StandingSplit | None, lines: Collection[Line]) -> bool:
    return split is not None and any(share.line in lines for share in split.shares)


def shares_of(state: LeadState, split: tuple[tuple[Line, int], ...]) -> tuple[Share, ...]:
    """One share for each line of the lead, the two sides first. A share of 0 is allowed where all accept it."""
    bps, lines = dict(split), rules.in_order(state.sides)
    if len(split) != len(bps) or set(bps) != set(lines):
        raise RuleBroken("split_needs_both_lines", f"A split names {' and '.join(lines)}, each once.", rule="L2")
    if any(part < 0 for part in bps.values()) or sum(bps.values()) != rules.FULL_BPS:
        message = f"The shares must be 0 or more and sum to {rules.FULL_BPS} bps; they sum to {sum(bps.values())}."
        raise RuleBroken("split_not_whole", message, rule="L2")
    shares: list[Share] = []
    for line in lines:
        side = state.sides[line]
        if side.owner_id is None or side.unit_id is None:
            message = f"The {line} side has no owner yet: name one, or let somebody claim it from {side.queue}."
            raise RuleBroken("side_unowned", message, rule="L2")
        shares.append(Share(line, side.owner_id, side.unit_id, bps[line]))
    return tuple(shares)


def accept(state: LeadState, c: AcceptSplit) -> Events:
    lead = opened(state)
    line = c.line or state.line_of(c.by)
    if line is None or state.owner_of(line) != c.by:
        raise RuleBroken("not_your_side", f"Only the owner of the {line or 'same'} side may accept for it.", rule="L2")
    if state.offered is None or c.proposal != state.offered.proposal:
        current = f"the newest is {state.offered.proposal}" if state.offered else "nothing is proposed"
        raise RuleBroken("not_the_proposal", f"Proposal {c.proposal} cannot be accepted: {current}.", rule="L2")
    if line in state.accepted:
        return []
    must_be_open(state)
    accepted = SplitAccepted(lead.lead_id, c.proposal, line, c.by)
    if not evolve(state, accepted).agreed:
        return [accepted]
    return [accepted, LeadActivated(lead.lead_id, lead.customer_id, c.proposal, state.shares, c.on, lead.origin)]
