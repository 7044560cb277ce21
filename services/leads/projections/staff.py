"""Where everybody serves, and what is to be handed over of those who left or moved (rule L9)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from services.leads.calendar import DAY, working_day_after
from services.leads.departure_events import HandoverDue
from services.leads.domain.handover import Served
from services.leads.domain.state import OPEN
from services.leads.events import StaffPosted
from services.leads.rules import GROUP, RETURN_WORKING_DAYS, stands_for
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

Fields = dict[str, Any]
Told = StaffPosted | HandoverDue


def _step(document: Document | None, recorded: Recorded) -> Document:
    event = cast("Told", recorded.event)
    old: Document = document or {}
    shown: Fields = plain(event)
    if isinstance(event, StaffPosted):
        for name in ("type", "left_queue", "seq"):
            del shown[name]
        due = [one for one in (_after(one, event) for one in old.get("handovers", ())) if one]
        return {**shown, "handovers": due} if due else shown
    for name in ("type", "staff_id", "seq"):
        del shown[name]
    others = [one for one in old.get("handovers", ()) if (one["unit_id"], one["role"]) != (event.unit_id, event.role)]
    return {**old, "handovers": [*others, shown]}


def _after(due: Document, posted: StaffPosted) -> Document | None:
    """Nothing is due of whoever came back to where they left, or had not left at all; where they stay until another
    last day, it is due after that. Of one who left and serves elsewhere again, only what they had there is.
    """
    last = posted.valid_to
    if last is not None and last.isoformat() < due["since"]:
        return due
    if (due["unit_id"], due["role"]) != (posted.unit_id, posted.role):
        return {**due, "why": "moved"}
    if last is None:
        return None
    until = working_day_after(last, RETURN_WORKING_DAYS).isoformat()
    return {**due, "since": (last + DAY).isoformat(), "due_on": max(due["due_on"], until)}


STAFF = Projection(
    name="staff",
    sources={"leads": (StaffPosted, HandoverDue)},
    keys=lambda recorded: [cast("Told", recorded.event).staff_id],
    step=_step,
    indexes=(("handovers.due_on",), ("unit_id", "role")),
)


def handovers_due(before: date | None = None) -> Fields:
    """Of whom something is to be handed over; with ``before`` only where the day for it is over."""
    return {"handovers.due_on": {"$lt": before.isoformat()} if before else {"$exists": True}}


def served(person: Mapping[str, Any]) -> tuple[Served, ...]:
    """Each line at a unit that somebody served: what they left, the latest first, and what they serve now. Nobody hands
    over the lead of a group.
    """
    moved = {(one["line"], one["unit_id"]): one["why"] == "moved" for one in reversed(person.get("handovers", ()))}
    left, line = set(moved), stands_for(person.get("role", ""), person.get("line", ""))
    if line is not None:
        moved.setdefault((line, person["unit_id"]), False)
    places = [place for place in moved if place[0] != GROUP]
    return tuple(Served(*one, left=one in left, anywhere=len(places) == 1 and not moved[one]) for one in places)


def left_behind(staff_id: str, due: Mapping[str, Any]) -> Fields:
    """The open leads that somebody still owns, or whose group they lead, where they no longer serve. Of somebody who
    moved these are the ones of their old unit.
    """
    line, status = due["line"], {"status": {"$in": sorted(OPEN)}}
    if line == GROUP:
        unit = {"group.leader_unit_id": due["unit_id"]} if due["why"] == "moved" else {}
        return {"group.leader_id": staff_id, **unit, **status}
    unit = {f"sides.{line}.unit_id": due["unit_id"]} if due["why"] == "moved" else {}
    return {"owner_ids": staff_id, f"sides.{line}.owner_id": staff_id, **unit, **status}


def any_left_behind(people: Iterable[Mapping[str, Any]], today: date) -> list[Fields]:
    """One condition for each of their handovers whose day is over."""
    return [
        left_behind(person["staff_id"], due)
        for person in people
        for due in person["handovers"]
        if due["due_on"] < today.isoformat()
    ]
