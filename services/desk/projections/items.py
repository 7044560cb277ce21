"""What became of the products of a lead, by product: asked for, checked, opened, used."""

from collections.abc import Mapping
from typing import Any

from services.bundling import events as bundling

ITEM_EVENTS = (
    bundling.OpeningRequested,
    bundling.ItemCleared,
    bundling.ItemRefused,
    bundling.ItemOpened,
    bundling.ItemActivated,
    bundling.ItemActive,
    bundling.ItemDormant,
    bundling.ItemClosed,
)
STATES: Mapping[type[object], str] = {
    bundling.ItemCleared: "cleared",
    bundling.ItemOpened: "opened",
    bundling.ItemActivated: "activated",
    bundling.ItemActive: "active",
    bundling.ItemDormant: "dormant",
}
TROUBLES = ("dormant", "refused")
"""What a seller is to look after."""
IN_USE = ("activated", "active", "dormant")

Items = Mapping[str, Mapping[str, Any]]


def items_after(items: Items, event: Any) -> dict[str, Any]:
    """The items with the event's own one changed; in the order of their names."""
    fresh = {"opening_id": event.opening_id, "state": "requested", "closed": False, "rule": None, "reason": None}
    known = items.get(event.product, fresh)
    if isinstance(event, bundling.OpeningRequested):
        known = fresh
    return dict(sorted({**items, event.product: {**known, **_changes(known, event)}}.items()))


def troubles_of(items: Items) -> list[str]:
    """Which troubles any product has that is not closed."""
    return sorted({item["state"] for item in items.values() if item["state"] in TROUBLES and not item["closed"]})


def _changes(known: Mapping[str, Any], event: object) -> dict[str, Any]:
    match event:
        case bundling.OpeningRequested():
            return {}
        case bundling.ItemRefused(rule=rule, reason=reason):
            return {"state": "refused", "rule": rule, "reason": reason}
        case bundling.ItemClosed():
            return {"closed": True}
        case bundling.ItemOpened():
            # Said again where the bank corrects a date or takes a closing back: what the customer did since, stands.
            return {"state": known["state"] if known["state"] in IN_USE else "opened", "closed": False}
        case _:
            return {"state": STATES[type(event)]}
