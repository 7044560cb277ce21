"""Composite accounts as people read them: each customer's months, and how far each day's charging is (rule B4)."""

from typing import Any, cast

from services.bundling.composite_events import (
    AccountEvent,
    BalanceCounted,
    FeeAdjusted,
    FeeCharged,
    FeeRunAdvanced,
    FeeRunEvent,
    FeeRunStarted,
)
from services.bundling.rules.composite import in_force
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

NEW: Document = {"balances": [], "fee": None, "adjustments": []}


def _step(document: Document | None, recorded: Recorded) -> Document:
    event = cast("AccountEvent", recorded.event)
    old = document or {"customer_id": event.customer_id, "months": {}}
    month = old["months"].get(event.month, NEW)
    shown: dict[str, Any] = plain(event)
    for name in ("type", "customer_id", "month"):
        del shown[name]
    match event:
        case BalanceCounted(holding_id=holding_id):
            others = (one for one in month["balances"] if one["holding_id"] != holding_id)
            month = {**month, "balances": sorted([*others, shown], key=lambda one: str(one["holding_id"]))}
        case FeeCharged():
            month = {**month, "fee": shown}
        case FeeAdjusted():
            month = {**month, "adjustments": [*month["adjustments"], shown]}
    months = {**old["months"], event.month: month}
    return {**old, "months": dict(sorted(months.items())), "open": _first_open(months)}


def _first_open(months: dict[str, Document]) -> str | None:
    """The earliest month that has a composite account's balances and no fee."""
    return min((month for month, one in months.items() if one["fee"] is None and _has_base(month, one)), default=None)


def _has_base(month: str, one: Document) -> bool:
    return any(balance["product"] in in_force(month).base for balance in one["balances"])


COMPOSITES = Projection(
    name="composites",
    sources={"bundling": (BalanceCounted, FeeCharged, FeeAdjusted)},
    keys=lambda recorded: [cast("AccountEvent", recorded.event).customer_id],
    step=_step,
    indexes=(("open",),),
)


def to_charge(upto: str, after: str) -> dict[str, Any]:
    """Whose fees are open, from the first id over ``after`` on."""
    return {"open": {"$lte": upto}, "_id": {"$gt": after}}


def _run_step(document: Document | None, recorded: Recorded) -> Document:
    old = document or {"customers": 0, "rounds": 0, "done": False}
    match recorded.event:
        case FeeRunStarted(day=day, upto=upto):
            return {**old, "day": day.isoformat(), "upto": upto}
        case FeeRunAdvanced(customers=customers, round=number, done=done):
            return {**old, "customers": old["customers"] + customers, "rounds": number, "done": done}
    return old


FEE_RUNS = Projection(
    name="fee_runs",
    sources={"bundling": (FeeRunStarted, FeeRunAdvanced)},
    keys=lambda recorded: [cast("FeeRunEvent", recorded.event).day.isoformat()],
    step=_run_step,
)
