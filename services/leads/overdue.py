"""What a timer brings to a lead whose first contact is due: it is noticed, then the lead is taken away (rule L7)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.leads.calendar import working_day_after
from services.leads.domain.commands import MissFirstContact, RerouteMissed
from services.leads.rules import FIRST_CONTACT

BATCH = 500
"""How many leads one look takes at most; the next look goes on."""


def due(lead: Mapping[str, Any], today: date) -> MissFirstContact | RerouteMissed | None:
    """The wish for a lead as it is shown; None where there is nothing to do yet."""
    clock = lead["first_contact"]
    due_on = date.fromisoformat(clock["due_on"])
    if not clock["missed"]:
        return MissFirstContact(clock["owner_id"], due_on, today) if due_on < today else None
    late = working_day_after(due_on, FIRST_CONTACT.grace_days) < today
    return RerouteMissed(clock["owner_id"], today) if late and lead["split"] is None else None


def command_id(lead: Mapping[str, Any], command: MissFirstContact | RerouteMissed) -> str:
    """The same for the same owner and day, so that two timers, or one that restarted, do it once."""
    clock = lead["first_contact"]
    return f"L7/{type(command).__name__}/{lead['lead_id']}/{clock['owner_id']}/{clock['due_on']}"
