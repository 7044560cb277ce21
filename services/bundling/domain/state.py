"""An offer as far as its rules need it, and how each event changes it."""

from datetime import date
from typing import Literal, assert_never

import msgspec
from msgspec.structs import replace

from services.bundling.contact_events import Channel
from services.bundling.events import (
    Evidence,
    ItemAccepted,
    ItemActivated,
    ItemActive,
    ItemCleared,
    ItemClosed,
    ItemDeclined,
    ItemDormant,
    ItemOpened,
    ItemRefused,
    ItemUsed,
    OfferEvent,
    OfferHeldOut,
    OfferPresented,
    OfferProposed,
    OpeningRequested,
)
from services.bundling.rules import usage
from services.bundling.rules.usage import Threshold


class Opening(msgspec.Struct, frozen=True):
    """One try to open an item. What the bank's systems say of it may come in any order, the check included."""

    opening_id: str
    attempt: int
    seller_id: str
    evidence: Evidence
    check: Literal["pending", "cleared", "refused"] = "pending"
    holding_id: str | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    uses: dict[date, int] = {}
    activated_on: date | None = None
    standing: Literal["new", "active", "dormant"] = "new"
    since: date | None = None

    @property
    def counted(self) -> dict[date, int]:
        """The uses that speak for the holding: none from before it was opened."""
        return {day: count for day, count in self.uses.items() if self.opened_on is None or day >= self.opened_on}


class OfferItem(msgspec.Struct, frozen=True):
    """A product at the version and under the rules with which it was offered."""

    product: str
    product_version: int
    bundle: str
    rules_version: int
    threshold: Threshold = Threshold(uses=3, days=60)  # what is stored without one was offered under the first rules
    choice: Literal["proposed", "presented", "accepted", "declined"] = "proposed"
    openings: tuple[Opening, ...] = ()


class Offer(msgspec.Struct, frozen=True):
    """``presented`` are the channels through which all that is proposed so far was shown; ``held_out`` the bundles that
    are not offered, to compare with.
    """

    lead_id: str = ""
    customer_id: str = ""
    customer_kind: Literal["company", "person"] = "person"
    bundles: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    presented: tuple[Channel, ...] = ()
    items: dict[str, OfferItem] = {}

    @property
    def unanswered(self) -> list[str]:
        """The products that the customer has said neither yes nor no to."""
        return [code for code, item in self.items.items() if item.choice in {"proposed", "presented"}]

    def opening(self, opening_id: str) -> tuple[OfferItem, Opening] | None:
        pairs = ((item, one) for item in self.items.values() for one in item.openings)
        return next((pair for pair in pairs if pair[1].opening_id == opening_id), None)


def status(item: OfferItem) -> str:
    """Where an item stands in its life (rule B5)."""
    if not item.openings:
        return item.choice
    last = item.openings[-1]
    if last.check == "refused" or last.opened_on is None:
        return {"pending": "opening_requested"}.get(last.check, last.check)
    if last.closed_on is not None:
        return "closed"
    if last.standing != "new":
        return last.standing
    return "activated" if last.activated_on else "opened"


def evolve(offer: Offer, event: OfferEvent) -> Offer:  # noqa: C901, PLR0911, PLR0912 -- one match, a branch a fact
    match event:
        case OfferProposed():
            return _proposed(offer, event)
        case OfferHeldOut(bundle=bundle):
            return replace(_about(offer, event), held_out=(*offer.held_out, bundle))
        case OfferPresented(channel=channel, left_out=left_out):
            shown = {
                code: replace(item, choice="presented") if item.choice == "proposed" and code not in left_out else item
                for code, item in offer.items.items()
            }
            return replace(offer, items=shown, presented=(*offer.presented, channel))
        case ItemAccepted(product=product):
            return _item(offer, product, choice="accepted")
        case ItemDeclined(product=product):
            return _item(offer, product, choice="declined")
        case OpeningRequested(opening_id=opening_id):
            opening = Opening(opening_id, event.attempt, event.seller_id, event.evidence)
            return _item(offer, event.product, openings=(*offer.items[event.product].openings, opening))
        case ItemCleared(opening_id=opening_id):
            return _opening(offer, opening_id, check="cleared")
        case ItemRefused(opening_id=opening_id):
            return _opening(offer, opening_id, check="refused")
        case ItemOpened(opening_id=opening_id):
            return _opening(offer, opening_id, holding_id=event.holding_id, opened_on=event.on, closed_on=None)
        case ItemUsed(opening_id=opening_id):
            return _used(offer, event)
        case ItemActivated(opening_id=opening_id, on=on):
            return _opening(offer, opening_id, activated_on=on)
        case ItemActive(opening_id=opening_id, on=on):
            return _opening(offer, opening_id, standing="active", since=on)
        case ItemDormant(opening_id=opening_id, on=on):
            return _opening(offer, opening_id, standing="dormant", since=on)
        case ItemClosed(opening_id=opening_id, on=on):
            return _opening(offer, opening_id, closed_on=on)
        case _:
            assert_never(event)


def _proposed(offer: Offer, event: OfferProposed) -> Offer:
    new = {
        item.product: OfferItem(item.product, item.product_version, event.bundle, event.rules_version, event.active)
        for item in event.items
    }
    return replace(
        _about(offer, event),
        bundles=tuple(dict.fromkeys((*offer.bundles, event.bundle))),
        presented=(),
        items={**offer.items, **new},
    )


def _about(offer: Offer, event: OfferProposed | OfferHeldOut) -> Offer:
    return replace(offer, lead_id=event.lead_id, customer_id=event.customer_id, customer_kind=event.customer_kind)


def _item(offer: Offer, product: str, **changed: object) -> Offer:
    return replace(offer, items={**offer.items, product: replace(offer.items[product], **changed)})


def _opening(offer: Offer, opening_id: str, **changed: object) -> Offer:
    found = offer.opening(opening_id)
    if found is None:
        return offer
    item, _ = found
    openings = tuple(replace(one, **changed) if one.opening_id == opening_id else one for one in item.openings)
    return _item(offer, item.product, openings=openings)


def _used(offer: Offer, event: ItemUsed) -> Offer:
    found = offer.opening(event.opening_id)
    if found is None:
        return offer
    item, opening = found
    uses = usage.remembered({**opening.uses, event.on: event.authenticated_uses}, item.threshold)
    return _opening(offer, event.opening_id, uses=uses)
