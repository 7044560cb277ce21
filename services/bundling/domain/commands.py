"""What people, the bank's channels and other services' facts may ask of an offer. Its key is the id of its lead."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from services.bundling.contact_events import Channel
from services.bundling.events import Evidence
from services.bundling.rules.bundles import Answer
from services.bundling.rules.catalogue import Product
from services.bundling.rules.usage import Threshold
from shared.core.decider import Command


class Hand(msgspec.Struct, frozen=True):
    """Who acts, and the ``team`` of the lead: its owners and those who share its credit."""

    staff_id: str
    unit_id: str
    roles: tuple[str, ...]
    team: tuple[str, ...]


class ProposeOffer(Command, frozen=True):
    """``answer`` is what the rules say of the bundle, ``active`` what counts as in use by them; ``sold`` is the
    catalogue of the day; ``held`` what the customer has already; ``declined``: by product that the customer said no to
    lately, the day of it (rule B6); ``held_out``: whether the draw of the rules falls on the customer (rule B8), and
    ``asked_for``: the customer came of their own accord.
    """

    lead_id: str
    lead_customer_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    answer: Answer
    active: Threshold
    sold: Mapping[str, Product]
    held: tuple[str, ...]
    hand: Hand
    on: date
    declined: Mapping[str, date] = {}
    held_out: bool = False
    asked_for: bool = False


class TakeWon(Command, frozen=True):
    """A win names what was sold: the customer has said yes to it. Rules and catalogue (``sold``) are of its day."""

    lead_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    products: tuple[str, ...]
    rules_version: int
    active: Threshold
    sold: Mapping[str, Product]
    won_by: str
    unit_id: str
    on: date


class PresentOffer(Command, frozen=True):
    """``asked_for``: the customer wants to see it; else what they said no to lately (``declined``) is left out."""

    channel: Channel
    hand: Hand
    on: date
    asked_for: bool = False
    declined: Mapping[str, date] = {}


class AcceptItem(Command, frozen=True):
    product: str
    channel: Channel
    hand: Hand
    on: date


class DeclineItem(Command, frozen=True):
    product: str
    reason: str
    channel: Channel
    hand: Hand
    on: date


class RequestOpening(Command, frozen=True):
    """The one who asks is the seller; the others of the team sold it as well. ``sold`` is the catalogue of the day,
    ``held`` what the customer has already.
    """

    product: str
    evidence: Evidence
    sold: Mapping[str, Product]
    held: tuple[str, ...]
    hand: Hand
    on: date


class NoteCheck(Command, frozen=True):
    """What compliance said. ``rule`` and ``reason`` are set on a refusal."""

    opening_id: str
    cleared: bool
    rule: str | None = None
    reason: str | None = None


class NoteHolding(Command, frozen=True):
    """The holding behind an opening, as the bank's core system has it now."""

    opening_id: str
    holding_id: str
    opened_on: date
    closed_on: date | None


class NoteUse(Command, frozen=True):
    """Authenticated uses of a day, as known now."""

    opening_id: str
    authenticated_uses: int
    on: date


class NoteDayClosed(Command, frozen=True):
    """No fact of ``on`` or earlier is still expected: look at the ``openings`` that may have fallen asleep."""

    openings: tuple[str, ...]
    on: date


OfferCommand = (
    ProposeOffer
    | TakeWon
    | PresentOffer
    | AcceptItem
    | DeclineItem
    | RequestOpening
    | NoteCheck
    | NoteHolding
    | NoteUse
    | NoteDayClosed
)
