"""The facts that bundling publishes. Stream: ``offer-<lead id>``: what a lead offers its customer, to the last use.

The offer's id is the id of its lead, so that an opening's reference alone says which stream a fact belongs to.
"""

from datetime import date
from typing import ClassVar, Literal

import msgspec

from services.bundling.composite_events import CompositeEvent
from services.bundling.contact_events import Channel, ContactEvent
from services.bundling.rule_events import RuleEvent
from services.bundling.rules.reason import Reason
from services.bundling.rules.usage import Threshold
from services.bundling.trial_events import TrialEvent
from shared.core.event import Event
from shared.core.upcasting import Upcasts


class Item(msgspec.Struct, frozen=True):
    """A product at the catalogue version under which it is offered (rule B1)."""

    product: str
    product_version: int


class Evidence(msgspec.Struct, frozen=True):
    """What the branch says of an opening (rule C1). Nothing personal: staff numbers, kinds of paper, dates."""

    papers: tuple[str, ...]
    maker_id: str
    checker_id: str
    call_back_by: str | None
    call_back_confirmed: bool
    certificate_handed_to: Literal["customer", "clerk", "none"]
    daily_limit_minor: int


class OfferProposed(Event, frozen=True, tag="offer_proposed"):
    """One bundle; a lead's offer may gather several. ``bundle`` is a rule's code, or ``won`` for what a win names.
    ``active`` is what counts as in use (动户) for its items, by the rules under which they are offered. ``asked_for``:
    the customer came of their own accord, so that it says nothing of the rule (B8).
    """

    schema: ClassVar[int] = 3

    offer_id: str
    lead_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    bundle: str
    rules_version: int
    active: Threshold
    items: tuple[Item, ...]
    reasons: tuple[Reason, ...]
    proposed_by: str
    unit_id: str
    asked_for: bool
    on: date


class OfferHeldOut(Event, frozen=True, tag="offer_held_out"):
    """The draw put this customer among those to whom a bundle is not offered, so that its use can be compared with
    theirs (rule B8). ``items`` are what would have been offered.
    """

    offer_id: str
    lead_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    bundle: str
    rules_version: int
    active: Threshold
    items: tuple[str, ...]
    unit_id: str
    on: date


class OfferPresented(Event, frozen=True, tag="offer_presented"):
    """``left_out`` are products that the customer said no to lately; ``asked_for``: the customer came of their own
    accord, so that it is no marketing contact (rule B6).
    """

    schema: ClassVar[int] = 2

    offer_id: str
    channel: Channel
    staff_id: str
    on: date
    left_out: tuple[str, ...]
    asked_for: bool


class ItemAccepted(Event, frozen=True, tag="item_accepted"):
    offer_id: str
    product: str
    channel: Channel
    on: date


class ItemDeclined(Event, frozen=True, tag="item_declined"):
    offer_id: str
    product: str
    reason: str
    channel: Channel
    on: date


class OpeningRequested(Event, frozen=True, tag="opening_requested"):
    """``opening_id`` is ``<lead id>.<product>.<attempt>``: the reference that the bank's core system echoes.
    ``sellers`` are all who sold it, by staff id: ``seller_id``, who asks, and the team of the lead.
    """

    schema: ClassVar[int] = 2

    opening_id: str
    offer_id: str
    lead_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    product: str
    product_version: int
    attempt: int
    seller_id: str
    sellers: tuple[str, ...]
    unit_id: str
    evidence: Evidence
    on: date


class ItemCleared(Event, frozen=True, tag="item_cleared"):
    offer_id: str
    lead_id: str
    product: str
    opening_id: str


class ItemRefused(Event, frozen=True, tag="item_refused"):
    offer_id: str
    lead_id: str
    product: str
    opening_id: str
    rule: str
    reason: str


class ItemOpened(Event, frozen=True, tag="item_opened"):
    """The holding behind an opening; said again where the bank corrects the date or takes a closing back."""

    offer_id: str
    lead_id: str
    product: str
    opening_id: str
    holding_id: str
    on: date


class ItemUsed(Event, frozen=True, tag="item_used"):
    """The count of authenticated uses on a day, as it is known now; a later fact for the day replaces it."""

    offer_id: str
    lead_id: str
    product: str
    opening_id: str
    authenticated_uses: int
    on: date


class ItemActivated(Event, frozen=True, tag="item_activated"):
    """First use that the customer authenticated."""

    offer_id: str
    lead_id: str
    product: str
    opening_id: str
    on: date


class ItemActive(Event, frozen=True, tag="item_active"):
    """It became 动户: enough authenticated uses in the window of the rules."""

    offer_id: str
    lead_id: str
    product: str
    opening_id: str
    on: date


class ItemDormant(Event, frozen=True, tag="item_dormant"):
    offer_id: str
    lead_id: str
    product: str
    opening_id: str
    on: date
    reason: str


class ItemClosed(Event, frozen=True, tag="item_closed"):
    offer_id: str
    lead_id: str
    product: str
    opening_id: str
    on: date


OfferEvent = (
    OfferProposed
    | OfferHeldOut
    | OfferPresented
    | ItemAccepted
    | ItemDeclined
    | OpeningRequested
    | ItemCleared
    | ItemRefused
    | ItemOpened
    | ItemUsed
    | ItemActivated
    | ItemActive
    | ItemDormant
    | ItemClosed
)
BundlingEvent = OfferEvent | CompositeEvent | ContactEvent | RuleEvent | TrialEvent

UPCASTS: Upcasts = {
    ("fee_adjusted", 1): dict,  # to the fee of an account that there was
    ("rules_drafted", 1): dict,  # a set without products of its own, and without a hold-out
    ("fee_run_advanced", 1): lambda data: {**data, "total": {"customers": 0, "fees": 0, "charged_minor": 0}},  # untold
    ("offer_presented", 1): lambda data: {**data, "left_out": [], "asked_for": False},
    ("offer_proposed", 1): lambda data: {**data, "active": {"uses": 3, "days": 60}},  # of the only rules there were
    ("opening_requested", 1): lambda data: {**data, "sellers": [data["seller_id"]]},  # the team was not told
    ("offer_proposed", 2): lambda data: {**data, "asked_for": data["bundle"] == "won"},
}
