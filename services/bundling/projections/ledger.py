"""What every customer holds and how they use it, for the ledger of customers and units (rule B7)."""

from datetime import date
from typing import Any, cast

import msgspec

from services.bundling.rules.ledger import LEDGER, Holding
from services.bundling.rules.usage import remembered
from services.registry.events import ActivityRecorded, HoldingMoved, HoldingRecorded
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

FIRST_DAYS = 5
"""The earliest days of use that are kept: a correction may take the first of them back."""
UNHEARD: dict[str, Any] = {
    **dict.fromkeys(("product", "unit_id", "opened_on", "closed_on", "last_used_on")),
    "first_days": [],
    "uses": {},
}


def _step(document: Document | None, recorded: Recorded) -> Document:
    fact = cast("HoldingRecorded | HoldingMoved | ActivityRecorded", recorded.event)
    old = document or {"customer_id": _customer_of(fact), "holdings": {}}
    holding = {**UNHEARD, **old["holdings"].get(fact.holding_id, {})}
    match fact:
        case HoldingRecorded():
            closed_on = fact.closed_on.isoformat() if fact.closed_on else None
            told = {"product": fact.product, "unit_id": fact.unit_id, "closed_on": closed_on}
            holding |= {**told, "opened_on": fact.opened_on.isoformat()}
        case HoldingMoved():  # it is somebody else's: as if only its use were known, which comes when it comes
            holding |= {"unit_id": None, "opened_on": None, "closed_on": None}
        case ActivityRecorded():
            holding |= _used(holding, fact)
    holdings = dict(sorted({**old["holdings"], fact.holding_id: holding}.items()))
    return {**old, "holdings": holdings, "units": sorted({one["unit_id"] for one in holdings.values()} - {None})}


def _customer_of(fact: HoldingRecorded | HoldingMoved | ActivityRecorded) -> str:
    return fact.from_customer_id if isinstance(fact, HoldingMoved) else fact.customer_id


def _used(holding: dict[str, Any], fact: ActivityRecorded) -> dict[str, Any]:
    """A day's count as it is known now. Uses of recent windows are kept, and the first few days of all."""
    day, count = fact.business_date.isoformat(), fact.authenticated_uses
    first = {one for one in holding["first_days"] if one != day} | ({day} if count else set())
    uses = {date.fromisoformat(at): n for at, n in {**holding["uses"], day: count}.items()}
    kept = {at.isoformat(): n for at, n in sorted(remembered(uses, LEDGER.active).items())}
    return {"first_days": sorted(first)[:FIRST_DAYS], "uses": kept, "last_used_on": max(kept, default=None)}


HOLDINGS = Projection(
    name="holdings",
    sources={"registry": (HoldingRecorded, HoldingMoved, ActivityRecorded)},
    keys=lambda recorded: [_customer_of(cast("HoldingRecorded | HoldingMoved | ActivityRecorded", recorded.event))],
    step=_step,
    indexes=(("units",),),
)


def holdings_of(document: Document) -> list[Holding]:
    """As the rules read them; a holding of which only its use is known is no holding yet."""
    return [
        msgspec.convert({"holding_id": holding_id, **one, "activated_on": _first(one)}, Holding)
        for holding_id, one in document["holdings"].items()
        if one["opened_on"] is not None
    ]


def _first(one: dict[str, Any]) -> str | None:
    """The first use since it was opened."""
    return next((day for day in one["first_days"] if day >= one["opened_on"]), None)
