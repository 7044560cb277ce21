"""What must hold before a wish about a lead is heard: each guard refuses with its rule, or answers what it found."""

from collections.abc import Collection, Iterable
from datetime import date

from services.leads import rules
from services.leads.domain.state import OPEN, LeadState
from services.leads.events import LeadOpened
from services.leads.group_events import Line
from shared.core.errors import Forbidden, RuleBroken


def must_lead(units: frozenset[str], asked: Collection[str], what: str) -> None:
    """Who leads a unit has a say there and in those below it, not elsewhere. ``units``: all that the caller leads;
    ``asked``: the units of ``what``, of which it takes one.
    """
    if units.isdisjoint(asked):
        message = f"{what} is of {', '.join(sorted(asked))}, and not of your units. Ask who leads it there."
        raise Forbidden("another_unit", message)


def opened(state: LeadState) -> LeadOpened:
    if state.opened is None:
        raise RuleBroken("not_opened", "There is no such lead. Open it first.", rule="L1")
    return state.opened


def own_line(state: LeadState, by: str) -> Line:
    opened(state)
    line = state.line_of(by)
    if line is None:
        raise RuleBroken("not_an_owner", "Only an owner of the lead may do this.", rule="L2")
    return line


def must_be_open(state: LeadState) -> None:
    if state.status not in OPEN:
        raise RuleBroken("lead_ended", f"The lead is {state.status}. Reopen it, or open a new one.", rule="L11")


def must_be_active(state: LeadState) -> None:
    if not state.agreed:
        missing = " and ".join(line for line in rules.in_order(_asked(state)) if line not in state.accepted)
        message = f"The lead is not active: the split still needs the acceptance of {missing}."
        raise RuleBroken("lead_not_active", message, rule="L2")


def _asked(state: LeadState) -> Iterable[Line]:
    """Whose acceptance the newest split needs; before there is one, everybody's."""
    return [share.line for share in state.shares] or state.sides


def must_be_free(state: LeadState, line: Line, staff_id: str) -> None:
    owner = state.owner_of(line)
    if owner is not None:
        raise RuleBroken("side_taken", f"The {line} side belongs to {owner} already.", rule="L3")
    if (other := state.line_of(staff_id)) is not None:
        raise RuleBroken("two_owners_needed", f"{staff_id} owns the {other} side; it takes two.", rule="L2")


def must_follow(lead: LeadOpened, on: date) -> None:
    if on < lead.on:
        raise RuleBroken("before_opening", f"The lead was opened on {lead.on}; {on} is before that.", rule="L11")
