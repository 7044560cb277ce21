"""By when each project, and each customer by their tier, is to be visited next, and by whom (rule L8)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from services.leads.calendar import months_after
from services.leads.events import (
    LeadExpired,
    LeadLost,
    LeadMerged,
    LeadOpened,
    LeadReopened,
    LeadRouted,
    LeadUnmerged,
    LeadWon,
    ProjectStageReached,
)
from services.leads.group_events import LineLeft
from services.leads.rules import VISITS
from services.leads.work_events import ContactLogged
from services.registry.events import CustomerRecorded, TierAssigned
from shared.core.months import last_day
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

ENDED = (LeadWon, LeadLost, LeadExpired)
NEW: Document = {"customer_id": None, "owners": {}, "stage": None, "since": None, "visited_on": None, "ended": False}


def _keys(recorded: Recorded) -> Iterable[str]:
    lead_id = getattr(recorded.event, "lead_id", None)
    return [lead_id] if lead_id else []


def _step(document: Document | None, recorded: Recorded) -> Document:
    changed = {**(document or NEW), **_changes(document or NEW, recorded)}
    if isinstance(recorded.event, LeadMerged):
        changed["merged"] = True  # nobody visits a lead that rests (rule L4)
    elif isinstance(recorded.event, LeadUnmerged):
        changed.pop("merged", None)
    owners = sorted(owner for owner in changed["owners"].values() if owner)
    return {**changed, "owner_ids": owners, "due_on": _due(changed)}


def _changes(old: Document, recorded: Recorded) -> dict[str, Any]:  # noqa: PLR0911 -- one match, a return a fact
    match recorded.event:
        case LeadOpened(customer_id=customer_id):
            return {"customer_id": customer_id}
        case LeadRouted(line=line, owner_id=owner_id):
            return {"owners": {**old["owners"], line: owner_id}}
        case LineLeft(line=line):
            return {"owners": {name: owner for name, owner in old["owners"].items() if name != line}}
        case ProjectStageReached(stage=stage, on=on):
            return {"stage": stage, "since": on.isoformat()}
        case ContactLogged(kind="visit", on=on):
            return {"visited_on": max(on.isoformat(), old["visited_on"] or "")}
        case LeadReopened():
            return {"ended": False}
    return {"ended": True} if isinstance(recorded.event, ENDED) else {}


def _due(document: Document) -> str | None:
    """So many days after the last visit, or after the stage was reached, whichever was later."""
    if document["ended"] or document.get("merged") or document["stage"] is None:
        return None
    last = date.fromisoformat(max(document["since"], document["visited_on"] or ""))
    return (last + timedelta(days=VISITS.every(document["stage"]))).isoformat()


VISITS_DUE = Projection(
    name="visits",
    sources={
        "leads": (
            LeadOpened,
            LeadRouted,
            LineLeft,
            ProjectStageReached,
            ContactLogged,
            LeadReopened,
            LeadMerged,
            LeadUnmerged,
            *ENDED,
        )
    },
    keys=_keys,
    step=_step,
    indexes=(("owner_ids", "due_on"),),
)


NO_TIER: Document = {"owner_ids": [], "tier": None, "tier_since": None, "visited_on": None}


def _customer_keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.event.customer_id] if isinstance(recorded.event, CUSTOMER_FACTS) else []


def _customer_step(document: Document | None, recorded: Recorded) -> Document:
    """Who manages a customer and in which tier they are says registry, when they were visited says the work log."""
    old = document or NO_TIER
    changed = dict(old)
    match recorded.event:
        case CustomerRecorded(manager_id=manager_id):
            changed["owner_ids"] = [manager_id] if manager_id else []
        case TierAssigned(tier=tier, month=month):
            changed |= {"tier": tier, "tier_since": last_day(month).isoformat()}
        case ContactLogged(kind="visit", on=on):
            changed["visited_on"] = max(on.isoformat(), old["visited_on"] or "")
    return {**changed, "due_on": _due_by_tier(changed)}


def _due_by_tier(document: Document) -> str | None:
    """So many months after the last visit; where there was none, after the tier was first theirs."""
    every = VISITS.months(document["tier"])
    last = document["visited_on"] or document["tier_since"]
    return months_after(date.fromisoformat(last), every).isoformat() if every and last else None


CUSTOMER_FACTS = (CustomerRecorded, TierAssigned, ContactLogged)
CUSTOMER_VISITS = Projection(
    name="customer_visits",
    sources={"registry": (CustomerRecorded, TierAssigned), "leads": (ContactLogged,)},
    keys=_customer_keys,
    step=_customer_step,
    indexes=(("owner_ids", "due_on"),),
)


def due_by(staff_id: str, on: date) -> dict[str, Any]:
    """What somebody has to visit until a day, that day included."""
    return {"owner_ids": staff_id, "due_on": {"$lte": on.isoformat()}}
