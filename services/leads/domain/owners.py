"""How a lead comes in, and how each of its sides gets an owner or waits in a queue. Rules L1, L3 and L6."""

from collections.abc import Sequence
from datetime import date

import msgspec

from services.leads import rules
from services.leads.domain.commands import AssignOwner, ClaimSide, InvitePartner, OpenLead
from services.leads.domain.guards import must_be_free, must_be_open, opened, own_line
from services.leads.domain.routing import Why, group_routed, owner, routed, waiting
from services.leads.domain.split import shares_of
from services.leads.domain.state import OPEN, LeadState, Side, evolve
from services.leads.events import LeadEvent, LeadOpened, LeadReopened, LeadRouted, OwnerLine, SplitProposed
from services.leads.group_events import Line
from services.leads.segments import SEGMENTS
from shared.core.errors import RuleBroken

Events = Sequence[LeadEvent]


class Taker(msgspec.Struct, frozen=True):
    """Who becomes the owner of a line's side, and when."""

    line: Line
    staff_id: str
    unit_id: str
    on: date


def open_lead(state: LeadState, c: OpenLead) -> Events:
    if state.opened is not None:
        if c.origin is None or state.status != "expired":
            return []
        reopened = LeadReopened(c.lead_id, rules.STANDS_AGAIN, None, c.on)
        return [reopened, *default_split(evolve(state, reopened))]
    if c.source not in rules.SOURCES:
        known = ", ".join(rules.SOURCES)
        raise RuleBroken("unknown_source", f"{c.source} is no source; use one of {known}.", rule="L1")
    lead = LeadOpened(
        lead_id=c.lead_id,
        customer_id=c.customer_id,
        customer_kind=c.customer_kind,
        need=c.need,
        products=c.products,
        source=c.source,
        opened_by=c.opened_by,
        opened_by_line=c.opened_by_line,
        unit_id=c.unit_id,
        outlet_id=c.outlet_id,
        value_minor=c.value_minor,
        on=c.on,
        origin=c.origin,
        tier=c.tier,
        campaign_id=c.campaign_id,
    )
    sides = [_route(lead, line, c) for line in rules.OWNER_LINES]
    state = LeadState(opened=lead)
    for one in sides:
        state = evolve(state, one)
    return [lead, *sides, *_team(lead, c), *default_split(state)]


def _route(lead: LeadOpened, line: OwnerLine, c: OpenLead) -> LeadRouted:
    """The first decision about a side; its reason is kept, also where no rule matched (rule L3). A key customer's own
    manager serves them one to one (rule L6), unless they own the other side already.
    """
    named = c.manager if lead.tier == "key" and c.manager and c.manager.line == line else None
    if named is not None and named.staff_id == lead.opened_by:
        named = None
    rule = rules.route(
        opener=line == lead.opened_by_line and lead.campaign_id is None,
        spawned=lead.origin is not None,
        named=named is not None,
        counter=line == rules.side_of(lead.customer_kind) and SEGMENTS.counter(lead.customer_kind, lead.tier, c.habits),
    )
    why = Why(rule.reason, rule.rule, lead.on)
    if rule.to == "manager" and named is not None:
        return routed(lead.lead_id, line, owner(named.staff_id, named.unit_id), why)
    return routed(lead.lead_id, line, _place(rule, lead, line), why)


def _place(rule: rules.RoutingRule, lead: LeadOpened, line: Line) -> Side:
    match rule.to:
        case "opener":
            return owner(lead.opened_by, lead.unit_id)
        case "electronic":
            return waiting(rules.ELECTRONIC_QUEUE)
        case _:
            return waiting(rules.queue_of(line, lead.outlet_id))


def _team(lead: LeadOpened, c: OpenLead) -> Events:
    """A big institution is a team's, which somebody of branch management leads (rule L6)."""
    if not SEGMENTS.big(lead.customer_kind, c.habits):
        return []
    if c.leader is None:
        queue = rules.queue_of(rules.GROUP, lead.outlet_id)
        reason = "Big institution: a team serves it, and waits for a leader from branch management."
        return [group_routed(lead.lead_id, waiting(queue), Why(reason, rules.TEAM, lead.on))]
    reason = "Big institution: a team serves it, led by branch management."
    leader = owner(c.leader.staff_id, c.leader.unit_id)
    return [group_routed(lead.lead_id, leader, Why(reason, rules.TEAM, lead.on))]


def assign(state: LeadState, c: AssignOwner) -> Events:
    """Whoever claimed the side meanwhile keeps it. A lead that ended gets its owner too: it may be reopened."""
    if state.opened is None or state.sides[c.line].owner_id is not None or state.line_of(c.staff_id):
        return []
    return take(state, Taker(c.line, c.staff_id, c.unit_id, c.on), c.reason, c.rule)


def invite(state: LeadState, c: InvitePartner) -> Events:
    own = own_line(state, c.by)
    partner = _partner(c)
    if state.sides[partner.line].owner_id == c.staff_id:
        return []
    must_be_open(state)
    if partner.line == own:
        message = f"You own the {own} side, and {c.staff_id} serves the same line: invite somebody of the other."
        raise RuleBroken("same_line", message, rule="L2")
    must_be_free(state, partner.line, c.staff_id)
    return take(state, partner, f"Invited by {c.by}.", rules.INVITED)


def _partner(c: InvitePartner) -> Taker:
    post = c.post
    if post is None:
        raise RuleBroken("unknown_partner", f"No staff {c.staff_id} is known here. Check the number.", rule="L3")
    line = post.line
    if line is None:
        message = f"{c.staff_id} is no customer manager (their role is {post.role}) and cannot own a side."
        raise RuleBroken("not_a_manager", message, rule="L2")
    if c.line not in {None, line} or c.unit_id not in {None, post.unit_id}:
        message = f"{c.staff_id} serves the {line} line at {post.unit_id}. Leave line and unit out, or send these."
        raise RuleBroken("partner_serves_elsewhere", message, rule="L3")
    if not post.serves(c.on):
        raise RuleBroken("partner_not_in_post", f"{c.staff_id} is not in post on {c.on}.", rule="L3")
    return Taker(line, c.staff_id, post.unit_id, c.on)


def claim(state: LeadState, c: ClaimSide) -> Events:
    opened(state)
    side = state.sides.get(c.line)
    if side is None:
        raise RuleBroken("no_such_side", f"The {c.line} line is not on this lead. It may join it.", rule="L2")
    if side.owner_id == c.by:
        return []
    must_be_open(state)
    must_be_free(state, c.line, c.by)
    if side.queue not in _queues(c):
        message = f"The {c.line} side waits in the queue {side.queue}; only its own staff may claim it."
        raise RuleBroken("not_your_queue", message, rule="L3")
    return take(state, Taker(c.line, c.by, c.unit_id, c.on), f"Claimed from {side.queue}.", rules.CLAIMED)


def _queues(c: ClaimSide) -> tuple[str, ...]:
    """From which queues somebody may claim: of their own line and unit; the e-banking line also the channel's."""
    channel = (rules.ELECTRONIC_QUEUE,) if c.own == rules.ELECTRONIC else ()
    return (rules.queue_of(c.line, c.unit_id), *channel) if c.own in {None, c.line} else channel


def take(state: LeadState, taker: Taker, reason: str, rule: str) -> Events:
    """A side gets its owner. A spawned lead then has both, and its default split is proposed (rule K1)."""
    lead = opened(state)
    why = Why(reason, rule, taker.on)
    taken = routed(lead.lead_id, taker.line, owner(taker.staff_id, taker.unit_id), why)
    return [taken, *default_split(evolve(state, taken))]


def default_split(state: LeadState) -> Events:
    """What is proposed for a spawned lead as soon as it is open and both sides have their owner (rule K1). Where a
    further line joined before, the default does not name it: its owners propose.
    """
    lead = opened(state)
    if lead.origin is None or state.offered or any(side.owner_id is None for side in state.sides.values()):
        return []
    if state.status not in OPEN:
        return []
    if set(state.sides) != set(rules.OWNER_LINES):
        return []
    shares = shares_of(state, rules.spawned_split(rules.side_of(lead.customer_kind)))
    return [SplitProposed(lead.lead_id, state.proposals + 1, shares, rules.SPAWNED_BY)]
