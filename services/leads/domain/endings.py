"""How a lead goes on once it is active, and how it ends. Rule L11."""

from collections.abc import Sequence

from services.leads import rules
from services.leads.domain.commands import ExpireLead, LoseLead, QualifyLead, ReopenLead, WinLead
from services.leads.domain.guards import must_be_active, must_be_open, must_follow, opened, own_line
from services.leads.domain.merging import let_go
from services.leads.domain.owners import default_split
from services.leads.domain.state import OPEN, LeadState, evolve
from services.leads.events import LeadEvent, LeadExpired, LeadLost, LeadQualified, LeadReopened, LeadWon
from shared.core.errors import RuleBroken

Events = Sequence[LeadEvent]


def qualify(state: LeadState, c: QualifyLead) -> Events:
    own_line(state, c.by)
    if state.qualified:
        return []
    must_be_open(state)
    must_be_active(state)
    return [LeadQualified(opened(state).lead_id, c.by, c.on)]


def win(state: LeadState, c: WinLead) -> Events:
    own = own_line(state, c.by)
    products = tuple(dict.fromkeys(c.products))
    if isinstance(state.ended, LeadWon) and state.ended.products == products:
        return []
    must_be_open(state)
    must_be_active(state)
    lead = opened(state)
    if not products:
        raise RuleBroken("no_products", "Name the products that were sold.", rule="L11")
    must_follow(lead, c.on)
    won = LeadWon(
        lead_id=lead.lead_id,
        customer_id=lead.customer_id,
        customer_kind=lead.customer_kind,
        line=rules.side_of(lead.customer_kind),
        products=products,
        shares=state.shares,
        won_by=c.by,
        unit_id=state.sides[own].unit_id or lead.unit_id,
        outlet_id=lead.outlet_id,
        value_minor=lead.value_minor if c.value_minor is None else c.value_minor,
        on=c.on,
        origin=state.origin,
    )
    return [won]


def lose(state: LeadState, c: LoseLead) -> Events:
    own_line(state, c.by)
    if isinstance(state.ended, LeadLost) and state.ended.reason == c.reason:
        return []
    must_be_open(state)
    if c.reason not in rules.LOST_REASONS:
        known = ", ".join(rules.LOST_REASONS)
        raise RuleBroken("unknown_lost_reason", f"{c.reason} is no reason; use one of {known}.", rule="L11")
    lead = opened(state)
    must_follow(lead, c.on)
    return [LeadLost(lead.lead_id, c.reason, c.text, c.by, c.on)]


def reopen(state: LeadState, c: ReopenLead) -> Events:
    own_line(state, c.by)
    if state.status in OPEN:
        return []
    if state.status == "won":
        message = "What is won stays won: credit and opportunities follow from it. Open a new lead for a new need."
        raise RuleBroken("won_stays_won", message, rule="L11")
    reopened = LeadReopened(opened(state).lead_id, c.reason, c.by, c.on)
    return [reopened, *default_split(evolve(state, reopened))]


def expire(state: LeadState, c: ExpireLead) -> Events:
    if state.status not in OPEN:
        return []
    lead_id = opened(state).lead_id
    return [*let_go(state, f"{lead_id} expired.", c.on), LeadExpired(lead_id, c.reason, c.on)]
