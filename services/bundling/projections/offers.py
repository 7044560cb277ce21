"""Each offer as people read it: its proposals with their reasons, its items, and the steps through each channel."""

from typing import Any, get_args

import msgspec

from services.bundling.domain import OFFER, Offer, OfferItem, Opening, status
from services.bundling.events import ItemUsed, OfferEvent, OfferProposed
from shared.core.event import type_of
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

EVENTS = get_args(OfferEvent)


def keys(recorded: Recorded) -> list[str]:
    return [recorded.event.offer_id] if isinstance(recorded.event, EVENTS) else []


def step(document: Document | None, recorded: Recorded) -> Document | None:
    """The decider's own fold, spelled out: what it holds of the items, and the steps that led there."""
    event = recorded.event
    if not isinstance(event, EVENTS):
        return document
    old = document or {"proposals": [], "steps": [], "state": plain(Offer())}
    state = OFFER.evolve(msgspec.convert(old["state"], Offer), event)
    steps = old["steps"] if isinstance(event, ItemUsed) else [*old["steps"], _step(event, recorded)]
    return {
        "offer_id": state.lead_id,
        "lead_id": state.lead_id,
        "customer_id": state.customer_id,
        "customer_kind": state.customer_kind,
        "proposals": [*old["proposals"], *_proposals(event)],
        "steps": steps,
        "held_out": list(state.held_out),
        "items": [_item(item, steps) for item in state.items.values()],
        "state": plain(state),
    }


def _step(event: OfferEvent, recorded: Recorded) -> dict[str, Any]:
    """One step as it was, without what the proposals show in full. ``by`` is who or what caused it."""
    told = plain(event)
    dull = {"type", "offer_id", "lead_id", "customer_id", "customer_kind", "reasons", "items", "evidence"}
    what = {key: value for key, value in told.items() if key not in dull and value is not None}
    return {"step": type_of(event), "by": recorded.meta.actor, **what}


def _proposals(event: OfferEvent) -> list[dict[str, Any]]:
    if not isinstance(event, OfferProposed):
        return []
    told = plain(event)
    return [{key: told[key] for key in ("bundle", "rules_version", "items", "reasons", "proposed_by", "unit_id", "on")}]


def _item(item: OfferItem, steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "product": item.product,
        "product_version": item.product_version,
        "bundle": item.bundle,
        "rules_version": item.rules_version,
        "choice": item.choice,
        "status": status(item),
        "openings": [_opening(one, steps) for one in item.openings],
    }


def _opening(opening: Opening, steps: list[dict[str, Any]]) -> dict[str, Any]:
    refused = [one for one in steps if one["step"] == "item_refused" and one["opening_id"] == opening.opening_id]
    told = plain(opening)
    shown = ("opening_id", "attempt", "seller_id", "check", "holding_id", "opened_on", "activated_on", "closed_on")
    return {
        **{key: told[key] for key in shown},
        "standing": opening.standing,
        "standing_since": told["since"],
        "last_used_on": max(told["uses"], default=None),
        "refused_by_rule": refused[-1]["rule"] if refused else None,
        "refused_because": refused[-1]["reason"] if refused else None,
    }


OFFERS = Projection(
    name="offers",
    sources={"bundling": EVENTS},
    keys=keys,
    step=step,
    indexes=(("lead_id",), ("customer_id",)),
)
