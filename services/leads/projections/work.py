"""What everybody did, day by day, and what they mean to do (rules L10, L14)."""

from typing import Any, cast

from services.leads.domain.worklog import kind_of
from services.leads.work_events import ContactLogged, PlanDrafted, WorkMonthCounted
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

NOTHING: Document = {"visits_new": 0, "visits_existing": 0, "calls": 0}


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
    name = kind_of(contact)
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


def _month_step(document: Document | None, recorded: Recorded) -> Document | None:
    match recorded.event:
        case ContactLogged(staff_id=staff_id, on=on):
            return document or {"staff_id": staff_id, "month": f"{on:%Y-%m}", "counted": False}
        case WorkMonthCounted(staff_id=staff_id, month=month):
            return {"staff_id": staff_id, "month": month, "counted": True}
        case _:
            return document


WORK_MONTHS = Projection(
    name="work_months",
    sources={"leads": (ContactLogged, WorkMonthCounted)},
    keys=lambda recorded: [recorded.stream.removeprefix("worklog-")],
    step=_month_step,
    indexes=(("counted", "month"),),
)


def to_count(month: str) -> Document:
    """The months of people's work up to one that nobody counted yet."""
    return {"counted": False, "month": {"$lte": month}}


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
