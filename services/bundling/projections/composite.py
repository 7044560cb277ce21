"""Composite accounts as people read them: each customer's months, and how far each day's charging is (rule B4)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

import msgspec

from services.bundling.composite_events import (
    AccountEvent,
    BalanceCounted,
    BalanceDropped,
    Counted,
    FeeAdjusted,
    FeeCharged,
    FeeRunAdvanced,
    FeeRunEvent,
    FeeRunStarted,
    RunTotal,
)
from services.bundling.domain.fees import Charges, Month, fee_due
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
            balances = [*_others(month, holding_id), shown]
            month = {**month, "balances": sorted(balances, key=lambda one: str(one["holding_id"]))}
        case BalanceDropped(holding_id=holding_id):
            month = {**month, "balances": _others(month, holding_id)}
        case FeeCharged():
            month = {**month, "fee": shown}
        case FeeAdjusted():
            adjustments = [*month["adjustments"], shown]
            month = {**month, "adjustments": sorted(adjustments, key=lambda one: int(one["number"]))}
    months = {**old["months"], event.month: month}
    return {**old, "months": dict(sorted(months.items())), "open": _first_open(months)}


def _others(month: Document, holding_id: str) -> list[Document]:
    return [one for one in month["balances"] if one["holding_id"] != holding_id]


def _first_open(months: Mapping[str, Document]) -> str | None:
    """The earliest month whose fee is to be charged or adjusted."""
    due = (month for month, one in months.items() if fee_due("", month, _month(one), date.min))
    return min(due, default=None)


def _month(shown: Document) -> Month:
    balances = {one["holding_id"]: msgspec.convert(one, Counted) for one in shown["balances"]}
    if shown["fee"] is None:
        return Month(balances)
    # An adjustment says what the whole fee should be.
    newest = shown["adjustments"][-1] if shown["adjustments"] else shown["fee"]
    return Month(balances, newest["fee_minor"], len(shown["adjustments"]))


def charges_of(document: Document) -> Charges:
    """The account that a document shows."""
    months = {month: _month(one) for month, one in document["months"].items()}
    return Charges(document["customer_id"], months)


COMPOSITES = Projection(
    name="composites",
    sources={"bundling": (BalanceCounted, BalanceDropped, FeeCharged, FeeAdjusted)},
    keys=lambda recorded: [cast("AccountEvent", recorded.event).customer_id],
    step=_step,
    indexes=(("_id", "open"),),
)


def to_charge(upto: str, after: str) -> dict[str, Any]:
    """Who has fees due, from the first id over ``after`` on."""
    return {"_id": {"$gt": after}, "open": {"$lte": upto}}


NO_TOTAL: Document = msgspec.to_builtins(RunTotal())


def _run_step(document: Document | None, recorded: Recorded) -> Document:
    """Rounds stand on streams of their own, and may come in any order with what stands on the run's."""
    old = document or {"rounds": 0, "total": NO_TOTAL, "done": False}
    event = cast("FeeRunEvent | FeeRunAdvanced", recorded.event)
    shown = {**old, "day": event.day.isoformat(), "upto": event.upto}
    if isinstance(event, FeeRunAdvanced) and event.round > old["rounds"]:
        return {**shown, "rounds": event.round, "total": msgspec.to_builtins(event.total), "done": event.done}
    return shown


FEE_RUNS = Projection(
    name="fee_runs",
    sources={"bundling": (FeeRunStarted, FeeRunAdvanced)},
    keys=lambda recorded: [cast("FeeRunEvent | FeeRunAdvanced", recorded.event).day.isoformat()],
    step=_run_step,
)
