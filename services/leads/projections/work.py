"""What everybody did, day by day, and what they mean to do (rules L10, L14); what is known of customers."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, cast

from services.leads.projections.plain import plain
from services.leads.segments import SEGMENTS
from services.leads.work_events import ContactLogged, PlanDrafted
from services.registry.events import (
    ActivityRecorded,
    BalanceRecorded,
    CustomerRecorded,
    HoldingRecorded,
    TierAssigned,
)
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

NOTHING: Document = {"visits_new": 0, "visits_existing": 0, "calls": 0}


def _customer_step(document: Document | None, recorded: Recorded) -> Document:
    old = document or {"opened": {}, "tier": None, "manager_id": None}
    match recorded.event:
        case TierAssigned(tier=tier):
            return {**old, "tier": tier}
        case CustomerRecorded(manager_id=manager_id):
            return {**old, "manager_id": manager_id}
        case HoldingRecorded(holding_id=holding_id, opened_on=on):
            return {**old, "opened": {**old["opened"], holding_id: on.isoformat()}}
        case BalanceRecorded():
            return _on_account(old, recorded.event)
        case ActivityRecorded():
            return _at_the_counter(old, recorded.event)
    return old


def _on_account(old: Document, balance: BalanceRecorded) -> Document:
    """The newest month of each holding; a correction of that month replaces it."""
    known = old.get("balances", {})
    before = known.get(balance.holding_id)
    if before is not None and before["month"] > balance.month:
        return old
    newest = {"month": balance.month, "minor": balance.balance_minor}
    return {**old, "balances": {**known, balance.holding_id: newest}}


def _at_the_counter(old: Document, activity: ActivityRecorded) -> Document:
    """The uses that the customer did not authenticate themselves, by holding and day, as far back as rules look."""
    uses, known = activity.uses - activity.authenticated_uses, old.get("counter", {})
    days = known.get(activity.holding_id, {})
    day = activity.business_date.isoformat()
    if uses == days.get(day, 0):
        return old
    newest = date.fromisoformat(max((day, *days)))
    first = (newest - timedelta(days=SEGMENTS.days)).isoformat()
    kept = {at: count for at, count in {**days, day: uses}.items() if count and at > first}
    return {**old, "counter": {**known, activity.holding_id: dict(sorted(kept.items()))}}


CUSTOMER_FACTS = (CustomerRecorded, HoldingRecorded, TierAssigned, BalanceRecorded, ActivityRecorded)
CUSTOMERS = Projection(
    name="customers",
    sources={"registry": CUSTOMER_FACTS},
    keys=lambda recorded: [cast("CustomerRecorded", recorded.event).customer_id],
    step=_customer_step,
)


def is_new(customer: Mapping[str, Any] | None, on: date) -> bool:
    """Whether the customer held nothing before that day."""
    return customer is None or all(on.isoformat() <= opened for opened in customer["opened"].values())


def _day_step(document: Document | None, recorded: Recorded) -> Document:
    contact = cast("ContactLogged", recorded.event)
    old = document or {"done": NOTHING, "contacts": []}
    shown = plain(contact)
    del shown["type"]
    return {
        "staff_id": contact.staff_id,
        "unit_id": contact.unit_id,
        "on": contact.on.isoformat(),
        "done": _counted(old["done"], contact),
        "contacts": [*old["contacts"], shown],
    }


def _counted(done: Document, contact: ContactLogged) -> Document:
    name = "calls" if contact.kind == "call" else f"visits_{contact.standing}"
    return {**done, name: done[name] + 1} if contact.counted else done


WORK_DAYS = Projection(
    name="work_days",
    sources={"leads": (ContactLogged,)},
    keys=lambda recorded: [_day_of(cast("ContactLogged", recorded.event))],
    step=_day_step,
    indexes=(("staff_id", "on"),),
)


def _day_of(contact: ContactLogged) -> str:
    return f"{contact.staff_id}.{contact.on.isoformat()}"


def _plan_step(_document: Document | None, recorded: Recorded) -> Document:
    plan: dict[str, Any] = plain(recorded.event)
    del plan["type"]
    return plan


PLANS = Projection(
    name="plans",
    sources={"leads": (PlanDrafted,)},
    keys=lambda recorded: [recorded.stream.removeprefix("plan-")],
    step=_plan_step,
)
