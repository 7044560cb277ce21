"""Per lead, the day on whose close its openings have to be looked at: when an active one falls asleep.

Computed from the bank's own facts and from the standing that is noted already, each in whatever order it comes: on from
that standing, as the offer itself reckons, or an active one whose uses a correction takes away would sleep unseen.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from services.bundling.domain.references import lead_of, product_of
from services.bundling.events import ItemActive, ItemDormant, OfferProposed
from services.bundling.rules import usage
from services.registry.events import ActivityRecorded, HoldingRecorded
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

EMPTY: Document = {"bars": {}, "openings": [], "wake": None}
UNSEEN: Document = {"opened_on": None, "closed_on": None, "uses": {}, "standing": "new", "since": None, "due": None}


def keys(recorded: Recorded) -> list[str]:
    match recorded.event:
        case HoldingRecorded(opening_ref=str(reference)) | ActivityRecorded(opening_ref=str(reference)):
            lead_id = lead_of(reference)
            return [lead_id] if lead_id else []
        case OfferProposed(lead_id=lead_id) | ItemActive(lead_id=lead_id) | ItemDormant(lead_id=lead_id):
            return [lead_id]
        case _:
            return []


def step(document: Document | None, recorded: Recorded) -> Document | None:
    old = document or EMPTY
    match recorded.event:
        case OfferProposed(items=items, active=active):
            bar = msgspec.to_builtins(active)
            return _with_due({**old, "bars": {item.product: bar for item in items} | old["bars"]})
        case HoldingRecorded(opening_ref=str(reference)) as row:
            closed_on = row.closed_on.isoformat() if row.closed_on else None
            return _with_due(_put(old, reference, opened_on=row.opened_on.isoformat(), closed_on=closed_on))
        case ActivityRecorded(opening_ref=str(reference)) as row:
            uses = {**_find(old, reference)["uses"], row.business_date.isoformat(): row.authenticated_uses}
            return _with_due(_put(old, reference, uses=uses))
        case ItemActive(opening_id=opening_id, on=on):
            return _with_due(_put(old, opening_id, standing="active", since=on.isoformat()))
        case ItemDormant(opening_id=opening_id, on=on):
            return _with_due(_put(old, opening_id, standing="dormant", since=on.isoformat()))
        case _:
            return document


def _find(document: Document, opening_id: str) -> dict[str, Any]:
    unseen = {"opening_id": opening_id, **UNSEEN}
    return dict(next((one for one in document["openings"] if one["opening_id"] == opening_id), unseen))


def _put(document: Document, opening_id: str, **changed: Any) -> Document:
    others = [one for one in document["openings"] if one["opening_id"] != opening_id]
    opening = _find(document, opening_id) | changed
    return {**document, "openings": sorted([*others, opening], key=lambda one: str(one["opening_id"]))}


def _with_due(document: Document) -> Document:
    bars: dict[str | None, dict[str, int]] = document["bars"]
    openings = [_looked_at({**UNSEEN, **one}, bars.get(product_of(one["opening_id"]))) for one in document["openings"]]
    wake = min((one["due"] for one in openings if one["due"]), default=None)
    return {**document, "openings": openings, "wake": wake}


def _looked_at(opening: dict[str, Any], active: dict[str, int] | None) -> dict[str, Any]:
    """With the first day on which it falls asleep that is not noted yet; without what its rules ask, nobody can say."""
    if active is None:
        return opening | {"due": None}
    bar = usage.Threshold(**active)
    uses = usage.remembered({date.fromisoformat(day): count for day, count in opening["uses"].items()}, bar)
    kept = opening | {"uses": {day.isoformat(): count for day, count in sorted(uses.items())}, "due": None}
    if opening["opened_on"] is None or opening["closed_on"] is not None:
        return kept
    opened_on = date.fromisoformat(opening["opened_on"])
    counted = {day: count for day, count in uses.items() if day >= opened_on}
    since = date.fromisoformat(opening["since"] or opening["opened_on"])
    turns = usage.turns(counted, bar, since, active=opening["standing"] == "active")
    return kept | {"due": next((day.isoformat() for turn, day in turns if turn == "dormant"), None)}


ITEMS_DUE = Projection(
    name="items_due",
    sources={"registry": (HoldingRecorded, ActivityRecorded), "bundling": (OfferProposed, ItemActive, ItemDormant)},
    keys=keys,
    step=step,
    indexes=(("wake",),),
)


def due_openings(documents: Iterable[Document], on: str) -> dict[str, tuple[str, ...]]:
    """By lead, the openings that the close of the day ``on`` has to look at."""
    return {
        document["_id"]: tuple(one["opening_id"] for one in document["openings"] if one["due"] and one["due"] <= on)
        for document in documents
    }
