"""The facts that compliance publishes; those about inspections are in ``inspection_events``. Streams:
``opening-<opening id>``, and ``watch-<holding id>`` for the transfers of a holding and the alerts about them.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

from services.compliance.inspection_events import InspectionEvent
from shared.core.event import Event
from shared.core.upcasting import Upcasts


class Evidence(msgspec.Struct, frozen=True):
    """What the branch said of an opening when it asked for it. Nothing personal."""

    papers: tuple[str, ...]
    maker_id: str
    checker_id: str
    call_back_by: str | None
    call_back_confirmed: bool
    certificate_handed_to: Literal["customer", "clerk", "none"]
    daily_limit_minor: int


class Check(msgspec.Struct, frozen=True):
    """One condition of rule C1 or C2 and how it was met. ``rule`` reads like ``C1.two_operators``."""

    rule: str
    held: bool
    said: str


class OpeningReceived(Event, frozen=True, tag="opening_received"):
    opening_id: str
    lead_id: str
    product: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    seller_id: str
    unit_id: str
    evidence: Evidence
    on: date


class OpeningCleared(Event, frozen=True, tag="opening_cleared"):
    opening_id: str
    lead_id: str
    product: str
    checks: tuple[Check, ...]
    officer_id: str
    on: date


class OpeningRefused(Event, frozen=True, tag="opening_refused"):
    """``rule`` names the first condition that did not hold. ``officer_id`` is None where the papers alone decided."""

    opening_id: str
    lead_id: str
    product: str
    rule: str
    reason: str
    checks: tuple[Check, ...]
    officer_id: str | None
    on: date


class TransferSeen(Event, frozen=True, tag="transfer_seen"):
    """A transfer near its limit, kept on the stream of its holding until it leaves the window."""

    transfer_id: str
    holding_id: str
    opening_ref: str | None
    amount_minor: int
    limit_minor: int
    at: datetime


class AlertOpened(Event, frozen=True, tag="alert_opened"):
    """``evidence`` are the ids of the transfers behind it; ``opening_ref`` says which credit it touches (rule C4)."""

    alert_id: str
    pattern: str
    holding_id: str
    opening_ref: str | None
    evidence: tuple[str, ...]
    rules_version: int
    on: date


class AlertConfirmed(Event, frozen=True, tag="alert_confirmed"):
    alert_id: str
    opening_ref: str | None
    officer_id: str
    reason: str
    on: date


class AlertDismissed(Event, frozen=True, tag="alert_dismissed"):
    alert_id: str
    opening_ref: str | None
    officer_id: str
    reason: str
    on: date


ComplianceEvent = (
    OpeningReceived
    | OpeningCleared
    | OpeningRefused
    | TransferSeen
    | AlertOpened
    | AlertConfirmed
    | AlertDismissed
    | InspectionEvent
)

UPCASTS: Upcasts = {}
