"""Those who left or moved: what they leave behind, for whoever leads their branch, and what goes back by itself (L9).

A branch manager orders a handover until its day; what nobody was named for by then goes back to its queue, as does what
comes to a leaver later, such as a lead that is reopened.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from services.leads.domain.commands import ReturnSide
from services.leads.projections import (
    CUSTOMER_VISITS,
    HISTORY,
    LEADS,
    VISITS_DUE,
    due_by,
    left_behind,
    to_hand_over,
)
from services.leads.rules import GROUP
from shared.runtime.app import App

BATCH = 200
"""How many leads one look takes at most; the next look goes on."""
SHOWN = 500

Json = Mapping[str, Any]


def lists(app: App, person: Json, today: date) -> dict[str, Any]:
    """What somebody leaves behind, with both lists of each handover; and the visits that are due of theirs."""
    staff_id = person["staff_id"]
    visits = [
        {"customer_id": one.get("customer_id") or one["_id"], "due_on": one["due_on"]}
        for projection in (VISITS_DUE, CUSTOMER_VISITS)
        for one in app.documents(projection, due_by(staff_id, today), sort="due_on", limit=SHOWN)
    ]
    due = [{**one, **_leads(app, staff_id, one, today)} for one in person["handovers"]]
    return {"staff_id": staff_id, "name": person.get("name", staff_id), "handovers": due, "visits": visits}


def _leads(app: App, staff_id: str, due: Json, today: date) -> dict[str, list[str]]:
    found = app.documents(LEADS, left_behind(staff_id, due), limit=SHOWN, without=HISTORY)
    if due["line"] == GROUP:
        return {"leads": [one["lead_id"] for one in found], "credit": []}
    paid = {**to_hand_over(due["line"], staff_id, today, _unit_left(due)), "status": "won"}
    won = app.documents(LEADS, paid, limit=SHOWN, without=HISTORY)
    return {"leads": [one["lead_id"] for one in found], "credit": [one["lead_id"] for one in won]}


def given_back(lead: Json, people: Sequence[Json], today: date) -> Iterator[ReturnSide]:
    """What of a lead, as it is shown, leavers still own after the day on which it was to be handed over."""
    for person in people:
        for due in person["handovers"]:
            if due["due_on"] < today.isoformat() and _owns(lead, person["staff_id"], due):
                why = f"{person['staff_id']} {due['why']} on {due['since']}, and nobody was named by {due['due_on']}."
                yield ReturnSide(person["staff_id"], due["line"], _unit_left(due), why, today)


def _unit_left(due: Json) -> str | None:
    """Where what is to be handed over is; None for one who left the bank: wherever it is."""
    return due["unit_id"] if due["why"] == "moved" else None


def _owns(lead: Json, staff_id: str, due: Json) -> bool:
    if due["line"] == GROUP:
        side = lead.get("group") or {}
        owner, unit = side.get("leader_id"), side.get("leader_unit_id")
    else:
        side = lead["sides"].get(due["line"], {})
        owner, unit = side.get("owner_id"), side.get("unit_id")
    return owner == staff_id and _unit_left(due) in {None, unit}


def command_id(lead: Json, command: ReturnSide) -> str:
    """The same for the same state of a lead, so that two timers, or one that restarted, do it once."""
    return f"L9/{type(command).__name__}/{lead['lead_id']}/{command.staff_id}/{command.line}/{lead['version']}"
