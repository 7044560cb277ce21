"""What is known of each customer: registry's facts, contacts, and what campaigns decided (rules L4, L5, L6, L12)."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, cast

from services.leads.campaign_events import CustomerDrawn
from services.leads.scorecard.facts import ACTIVITY_DAYS
from services.leads.segments import SEGMENTS
from services.leads.work_events import ContactLogged
from services.registry.events import (
    ActivityRecorded,
    BalanceRecorded,
    CustomerErased,
    CustomerRecorded,
    CustomersMatched,
    HoldingMoved,
    HoldingRecorded,
    MatchJudged,
    TierAssigned,
)
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

UNHEARD: Document = {
    **dict.fromkeys(("kind", "outlet_id", "tier", "manager_id")),
    **dict.fromkeys(("consent", "erased"), False),
    "holdings": [],
    "drawn": [],
}


def _step(document: Document | None, recorded: Recorded) -> Document:
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
        case HoldingRecorded() | HoldingMoved() as told:
            news = {"holdings": _held(old, told)}
        case CustomerDrawn(campaign_id=campaign_id, arm=arm):
            news = {"drawn": sorted([*old["drawn"], drawn_as(campaign_id, arm)])}
        case CustomersMatched() | MatchJudged() as told:
            news = {"alike": _alike(old, told)}
        case BalanceRecorded():
            news = _on_account(old, recorded.event)
        case ActivityRecorded():
            news = _at_the_counter(old, recorded.event)
        case ContactLogged(counted=True, on=on):
            news = {"contacts": _recent([*old.get("contacts", ()), on.isoformat()])}
    return {**old, **news}


def _held(old: Document, told: HoldingRecorded | HoldingMoved) -> list[Document]:
    """One that turned out to be somebody else's goes; its balance and use, which come in an order of their own, stay,
    and count for nothing without it.
    """
    others = [one for one in old["holdings"] if one["holding_id"] != told.holding_id]
    if isinstance(told, HoldingMoved):
        return others
    held = {"holding_id": told.holding_id, "product": told.product, **_days(told)}
    return sorted([*others, held], key=lambda one: str(one["holding_id"]))


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


def _recent(days: list[str]) -> list[str]:
    """The days of contact, each once, as far back from the newest as scores look."""
    first = (date.fromisoformat(max(days)) - timedelta(days=ACTIVITY_DAYS)).isoformat()
    return sorted({day for day in days if day > first})


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


def _keys(recorded: Recorded) -> Iterable[str]:
    match recorded.event:
        case CustomersMatched(one_id=one, other_id=other) | MatchJudged(one_id=one, other_id=other):
            return [one, other]
        case HoldingMoved(from_customer_id=customer_id):
            return [customer_id]
    return [cast("CustomerRecorded | CustomerDrawn | ContactLogged", recorded.event).customer_id]


CUSTOMER_FACTS = (
    CustomerRecorded,
    CustomerErased,
    HoldingRecorded,
    HoldingMoved,
    TierAssigned,
    BalanceRecorded,
    ActivityRecorded,
    CustomersMatched,
    MatchJudged,
)
CUSTOMERS = Projection(
    name="customers",
    sources={"registry": CUSTOMER_FACTS, "leads": (CustomerDrawn, ContactLogged)},
    keys=_keys,
    step=_step,
    indexes=(("drawn",),),
)


def is_new(customer: Mapping[str, Any] | None, on: date) -> bool:
    """Whether the customer held nothing before that day."""
    return customer is None or all(on.isoformat() <= holding["opened_on"] for holding in customer["holdings"])
