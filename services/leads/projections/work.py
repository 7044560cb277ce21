"""What everybody did, day by day, and what they mean to do (rules L10, L14); what is known of customers."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, cast

from services.leads.campaign_events import CustomerDrawn
from services.leads.projections.plain import plain
from services.leads.segments import SEGMENTS
from services.leads.work_events import ContactLogged, PlanDrafted
from services.registry.events import (
    ActivityRecorded,
    BalanceRecorded,
    CustomerErased,
    CustomerRecorded,
    CustomersMatched,
    HoldingRecorded,
    MatchJudged,
    TierAssigned,
)
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

NOTHING: Document = {"visits_new": 0, "visits_existing": 0, "calls": 0}


UNHEARD: Document = {
    **dict.fromkeys(("kind", "outlet_id", "tier", "manager_id")),
    **dict.fromkeys(("consent", "erased"), False),
    "holdings": [],
    "drawn": [],
}


def _customer_step(document: Document | None, recorded: Recorded) -> Document:
    """``drawn``, by leads, are the campaigns and what each decided; all else registry says."""
    old = {**UNHEARD, **(document or {})}
    news: Document = {}
    match recorded.event:
        case TierAssigned(tier=tier):
            news = {"tier": tier}
        case CustomerRecorded(kind=kind, outlet_id=outlet_id, manager_id=manager_id, consent_marketing=consent):
            news = {"kind": kind, "outlet_id": outlet_id, "manager_id": manager_id, "consent": consent}
        case CustomerErased():
            news = {"erased": True}
        case HoldingRecorded(holding_id=holding_id) as holding:
            held = {"holding_id": holding_id, "product": holding.product, **_days(holding)}
            others = (one for one in old["holdings"] if one["holding_id"] != holding_id)
            news = {"holdings": sorted([*others, held], key=lambda one: one["holding_id"])}
        case CustomerDrawn(campaign_id=campaign_id, arm=arm):
            news = {"drawn": sorted([*old["drawn"], drawn_as(campaign_id, arm)])}
        case CustomersMatched() | MatchJudged() as told:
            news = {"alike": _alike(old, told)}
        case BalanceRecorded():
            news = _on_account(old, recorded.event)
        case ActivityRecorded():
            news = _at_the_counter(old, recorded.event)
    return {**old, **news}


def _days(holding: HoldingRecorded) -> Document:
    closed = holding.closed_on
    return {"opened_on": holding.opened_on.isoformat(), "closed_on": closed.isoformat() if closed else None}


def drawn_as(campaign_id: str, arm: str) -> str:
    """How a customer remembers what a campaign decided about them (rule L12)."""
    return f"{campaign_id}/{arm}"


def _on_account(old: Document, balance: BalanceRecorded) -> Document:
    """The newest month of each holding; a correction of that month replaces it."""
    known = old.get("balances", {})
    before = known.get(balance.holding_id)
    if before is not None and before["month"] > balance.month:
        return {}
    newest = {"month": balance.month, "minor": balance.balance_minor}
    return {"balances": {**known, balance.holding_id: newest}}


def _at_the_counter(old: Document, activity: ActivityRecorded) -> Document:
    """The uses that the customer did not authenticate themselves, by holding and day, as far back as rules look."""
    uses, known = activity.uses - activity.authenticated_uses, old.get("counter", {})
    days = known.get(activity.holding_id, {})
    day = activity.business_date.isoformat()
    if uses == days.get(day, 0):
        return {}
    newest = date.fromisoformat(max((day, *days)))
    first = (newest - timedelta(days=SEGMENTS.days)).isoformat()
    kept = {at: count for at, count in {**days, day: uses}.items() if count and at > first}
    return {"counter": {**known, activity.holding_id: dict(sorted(kept.items()))}}


def _alike(old: Document, told: CustomersMatched | MatchJudged) -> Document:
    """By pair, as both customers' documents have it: found alike by registry, or judged by somebody."""
    known, pair = old.get("alike", {}), f"{told.one_id}|{told.other_id}"
    before = known.get(pair, {"ids": [told.one_id, told.other_id], "strong": False, "same": None})
    now = {"strong": told.strong} if isinstance(told, CustomersMatched) else {"same": told.same}
    return {**known, pair: {**before, **now}}


def twins_of(customer_id: str, customer: Mapping[str, Any]) -> tuple[str, ...]:
    """The customers who are treated as the same person or firm (rule L4): a person's word goes before registry's."""
    pairs = customer.get("alike", {}).values()
    same = [pair["ids"] for pair in pairs if (pair["strong"] if pair["same"] is None else pair["same"])]
    return tuple(sorted(one for ids in same for one in ids if one != customer_id))


def _customer_keys(recorded: Recorded) -> Iterable[str]:
    match recorded.event:
        case CustomersMatched(one_id=one, other_id=other) | MatchJudged(one_id=one, other_id=other):
            return [one, other]
    return [cast("CustomerRecorded | CustomerDrawn", recorded.event).customer_id]


CUSTOMER_FACTS = (
    CustomerRecorded,
    CustomerErased,
    HoldingRecorded,
    TierAssigned,
    BalanceRecorded,
    ActivityRecorded,
    CustomersMatched,
    MatchJudged,
)
CUSTOMERS = Projection(
    name="customers",
    sources={"registry": CUSTOMER_FACTS, "leads": (CustomerDrawn,)},
    keys=_customer_keys,
    step=_customer_step,
    indexes=(("drawn",),),
)


def is_new(customer: Mapping[str, Any] | None, on: date) -> bool:
    """Whether the customer held nothing before that day."""
    return customer is None or all(on.isoformat() <= holding["opened_on"] for holding in customer["holdings"])


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
