"""The facts that compliance publishes; those about inspections are in ``inspection_events``. Streams:
``opening-<opening id>``; ``watch-<holding id>`` for the transfers and first uses of a holding and the alerts about
them; ``sales-<staff id>`` for the alerts about what somebody sold; ``device-<mark>`` and ``devices-<customer id>`` for
who signed in from where, and the alerts about that; ``telephone-<id>`` for the alerts about a number that many have.
"""

from datetime import date, datetime
from typing import ClassVar, Literal

import msgspec

from services.compliance.inspection_events import InspectionEvent
from shared.core.event import Event
from shared.core.upcasting import Data, Upcasts

Direction = Literal["in", "out"]
Pattern = Literal[
    "burst",
    "round_trip",
    "pass_through",
    "unauthenticated_activation",
    "shared_device",
    "shared_phone",
    "new_device_registration",
    "period_end_spike",
]
SubjectKind = Literal["holding", "seller", "device", "customer", "telephone"]


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
    """``sellers`` are all who sold it, ``seller_id``, who asked, among them."""

    schema: ClassVar[int] = 2

    opening_id: str
    lead_id: str
    product: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    seller_id: str
    sellers: tuple[str, ...]
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
    """A transfer that a pattern may be made of, kept on the stream of its holding until it leaves the window.
    ``counterparty`` is a mark of the account at the other end, where the bank told it.
    """

    schema: ClassVar[int] = 2

    transfer_id: str
    holding_id: str
    opening_ref: str | None
    amount_minor: int
    limit_minor: int
    at: datetime
    direction: Direction
    counterparty: str | None


class TransferForgotten(Event, frozen=True, tag="transfer_forgotten"):
    """By a correction, a transfer that was seen here is of another holding."""

    transfer_id: str
    holding_id: str


class FirstUseSeen(Event, frozen=True, tag="first_use_seen"):
    """One of the first days, as known by now, on which a holding was used, by the customer or not."""

    holding_id: str
    opening_ref: str
    authenticated: bool
    on: date


class UseTakenBack(Event, frozen=True, tag="use_taken_back"):
    """By a correction, a holding was not used on one of its first days after all."""

    holding_id: str
    opening_ref: str
    on: date


class CustomerSeen(Event, frozen=True, tag="customer_seen"):
    """A device that a customer signed in from, to what an opening led to, for the first time. Stream: the device's."""

    device: str
    customer_id: str
    opening_ref: str | None
    on: date


class DeviceSeen(Event, frozen=True, tag="device_seen"):
    """The same, on the stream of the customer: each device once."""

    customer_id: str
    device: str
    on: date


class AlertOpened(Event, frozen=True, tag="alert_opened"):
    """``evidence`` are the ids of what is behind it: transfers, openings, days of use. ``openings`` are those whose
    credits it touches (rule C4).
    """

    schema: ClassVar[int] = 2

    alert_id: str
    pattern: Pattern
    subject_kind: SubjectKind
    subject_id: str
    openings: tuple[str, ...]
    evidence: tuple[str, ...]
    rules_version: int
    on: date


class AlertConfirmed(Event, frozen=True, tag="alert_confirmed"):
    schema: ClassVar[int] = 2

    alert_id: str
    openings: tuple[str, ...]
    officer_id: str
    reason: str
    on: date


class AlertDismissed(Event, frozen=True, tag="alert_dismissed"):
    schema: ClassVar[int] = 2

    alert_id: str
    openings: tuple[str, ...]
    officer_id: str
    reason: str
    on: date


AlertEvent = AlertOpened | AlertConfirmed | AlertDismissed


ComplianceEvent = (
    OpeningReceived
    | OpeningCleared
    | OpeningRefused
    | TransferSeen
    | TransferForgotten
    | FirstUseSeen
    | UseTakenBack
    | CustomerSeen
    | DeviceSeen
    | AlertEvent
    | InspectionEvent
)


def _with_openings(data: Data) -> Data:
    """An alert once touched one opening at most."""
    rest = {name: value for name, value in data.items() if name != "opening_ref"}
    return {**rest, "openings": [data["opening_ref"]] if data["opening_ref"] else []}


def _with_subject(data: Data) -> Data:
    """An alert once was about a holding."""
    rest = {name: value for name, value in _with_openings(data).items() if name != "holding_id"}
    return {**rest, "subject_kind": "holding", "subject_id": data["holding_id"]}


def _with_openings_drawn(data: Data) -> Data:
    """A sample once told how many it was drawn from, not which: the others count as in none, and are drawn again."""
    rest = {name: value for name, value in data.items() if name != "openings_total"}
    return {**rest, "drawn_from": data["openings"]}


UPCASTS: Upcasts = {
    ("opening_received", 1): lambda data: {**data, "sellers": [data["seller_id"]]},  # the team was not told
    ("sample_drawn", 1): _with_openings_drawn,
    ("transfer_seen", 1): lambda data: {**data, "direction": "out", "counterparty": None},
    ("alert_opened", 1): _with_subject,
    ("alert_confirmed", 1): _with_openings,
    ("alert_dismissed", 1): _with_openings,
}
