"""The facts that leads publishes. Stream: ``lead-<id>``."""

from datetime import date
from typing import Literal

import msgspec

from shared.core.event import Event
from shared.core.upcasting import Upcasts

OwnerLine = Literal["corporate", "retail"]


class Share(msgspec.Struct, frozen=True):
    """One person's part of a lead's credit; the shares of a split sum to 10,000 bps."""

    line: OwnerLine
    staff_id: str
    unit_id: str
    bps: int


class Origin(msgspec.Struct, frozen=True):
    """Where a spawned lead comes from (rule K5). ``ancestors`` are customers, first win first."""

    opportunity_id: str
    root_lead_id: str
    parent_lead_id: str
    ancestors: tuple[str, ...]
    hop: int


class LeadOpened(Event, frozen=True, tag="lead_opened"):
    """``unit_id`` is the opener's unit; ``outlet_id`` is where the customer belongs. Value in minor units (分)."""

    lead_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    need: str
    products: tuple[str, ...]
    source: str
    opened_by: str
    opened_by_line: str
    unit_id: str
    outlet_id: str
    value_minor: int
    on: date
    origin: Origin | None = None


class LeadRouted(Event, frozen=True, tag="lead_routed"):
    """Who owns one side, or which queue holds it, and why (rule L3): exactly one of the two is set."""

    lead_id: str
    line: OwnerLine
    owner_id: str | None
    owner_unit_id: str | None
    queue: str | None
    reason: str
    rule: str
    rules_version: int


class SplitProposed(Event, frozen=True, tag="split_proposed"):
    """``proposal`` counts from 1; a new one voids what was accepted before (rule L2)."""

    lead_id: str
    proposal: int
    shares: tuple[Share, ...]
    proposed_by: str


class SplitAccepted(Event, frozen=True, tag="split_accepted"):
    lead_id: str
    proposal: int
    line: OwnerLine
    staff_id: str


class LeadActivated(Event, frozen=True, tag="lead_activated"):
    """Both sides accepted the same split: from here on it is the split that credit follows."""

    lead_id: str
    customer_id: str
    proposal: int
    shares: tuple[Share, ...]
    on: date
    origin: Origin | None = None


class LeadQualified(Event, frozen=True, tag="lead_qualified"):
    lead_id: str
    staff_id: str
    on: date


class LeadWon(Event, frozen=True, tag="lead_won"):
    """``line`` is the side that the customer belongs to: a company makes a corporate win, a person a retail win."""

    lead_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    line: OwnerLine
    products: tuple[str, ...]
    shares: tuple[Share, ...]
    won_by: str
    unit_id: str
    outlet_id: str
    value_minor: int
    on: date
    origin: Origin | None = None


class LeadLost(Event, frozen=True, tag="lead_lost"):
    """``reason`` is from the list of the rules; ``text`` is free."""

    lead_id: str
    reason: str
    text: str
    staff_id: str
    on: date


class LeadExpired(Event, frozen=True, tag="lead_expired"):
    lead_id: str
    reason: str
    on: date


class LeadReopened(Event, frozen=True, tag="lead_reopened"):
    lead_id: str
    reason: str
    staff_id: str
    on: date


LeadEvent = (
    LeadOpened
    | LeadRouted
    | SplitProposed
    | SplitAccepted
    | LeadActivated
    | LeadQualified
    | LeadWon
    | LeadLost
    | LeadExpired
    | LeadReopened
)

UPCASTS: Upcasts = {}
