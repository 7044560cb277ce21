"""The clock of the first contact. Rule L7.

It runs for the owner of the customer's own side, from the moment they get the lead, on the wall clock: whoever waits,
waits in real days. By when it is due is computed where leads are shown (``projections``); a timer brings it here.
"""

from collections.abc import Sequence

from services.leads import rules
from services.leads.domain.commands import MissFirstContact, NoteContact, RerouteMissed
from services.leads.domain.routing import Why, home, routed
from services.leads.domain.split import void_naming
from services.leads.domain.state import OPEN, LeadState
from services.leads.events import FirstContactMade, FirstContactMissed, LeadEvent, LeadOpened, OwnerLine

Events = Sequence[LeadEvent]


def own_side(lead: LeadOpened) -> OwnerLine:
    """The side that the customer belongs to, and whose owner speaks with them first."""
    return rules.side_of(lead.customer_kind)


def note_contact(state: LeadState, c: NoteContact) -> Events:
    """The first contact of any owner stops the clock; not one with somebody else, or from before the lead. Whose leads
    were merged into this one is the same customer under another number.
    """
    lead, line = state.opened, state.line_of(c.staff_id)
    if lead is None or state.contacted or line is None or c.on < lead.on:
        return []
    if c.customer_id != lead.customer_id and not state.absorbed:
        return []
    return [FirstContactMade(lead.lead_id, line, c.staff_id, c.contact_id, c.on)]


def miss(state: LeadState, c: MissFirstContact) -> Events:
    """Noticed once for each owner and day, however often the timer comes."""
    lead = state.opened
    if lead is None or not _waits_for(state, lead, c.owner_id) or (c.owner_id, c.due_on) in state.missed:
        return []
    return [FirstContactMissed(lead.lead_id, own_side(lead), c.owner_id, c.due_on, rules.FIRST_CONTACT.version, c.on)]


def reroute(state: LeadState, c: RerouteMissed) -> Events:
    """The side waits at the customer's outlet, for whoever claims it or is invited. A split that names the owner who
    lost it is void; where one was agreed, the two are at work, and the lead stays theirs.
    """
    lead = state.opened
    if lead is None or not _waits_for(state, lead, c.owner_id) or state.standing is not None:
        return []
    if not any(owner_id == c.owner_id for owner_id, _ in state.missed):
        return []
    why = Why(f"{c.owner_id} did not contact the customer in time.", rules.MISSED, c.on)
    route = routed(lead.lead_id, own_side(lead), home(state, lead, own_side(lead)), why)
    return [*void_naming(state, {own_side(lead)}, "owner_changed", None), route]


def _waits_for(state: LeadState, lead: LeadOpened, owner_id: str) -> bool:
    return state.status in OPEN and not state.contacted and state.sides[own_side(lead)].owner_id == owner_id
