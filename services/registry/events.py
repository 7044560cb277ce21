"""The facts that registry publishes. Each carries the whole row of a feed and its business date (rule R1).

A later row for the same key is a new fact on the same stream and replaces the older one for whoever folds it.
Streams: ``unit-<id>``, ``staff-<id>``, ``customer-<id>``, ``holding-<id>``, ``balance-<holding>.<month>``,
``activity-<holding>.<date>``, ``relationship-<from>.<to>.<kind>``, ``transfer-<id>``, ``day-<date>``, ``feed-<id>``;
``unmasking-<id>``, one for each look at what is sealed of a person.
"""

from datetime import date, datetime
from typing import Literal

from shared.core.event import Event
from shared.core.upcasting import Upcasts

Line = Literal[
    "corporate", "retail", "ebanking", "cards", "credit", "international", "settlement", "technology", "management"
]
UnitKind = Literal["head_office", "branch", "outlet"]
CustomerKind = Literal["company", "person"]
RelationshipKind = Literal["employee", "owner", "legal_representative", "finance_staff", "supplier", "buyer"]
ERASED_NAME = "***"
"""What stands where an erased person's name stood, in every language."""


class UnitRecorded(Event, frozen=True, tag="unit_recorded"):
    unit_id: str
    name: str
    name_en: str
    kind: UnitKind
    parent_id: str | None
    business_date: date


class StaffRecorded(Event, frozen=True, tag="staff_recorded"):
    """Staff are named by number alone; a desk shows ``name`` (a work name, not personal data of a customer)."""

    staff_id: str
    name: str
    unit_id: str
    line: Line
    role: str
    manager_id: str | None
    valid_from: date
    valid_to: date | None
    business_date: date


class CustomerRecorded(Event, frozen=True, tag="customer_recorded"):
    """``display_name`` is a company's name, or a person's masked one. ``sealed`` holds name, phone, ID number and
    birth date, encrypted with the customer's own key; nobody but registry can open it. Of the birth date only the year
    is a fact. The same personal data seal to the same text, so that an unchanged row is an unchanged fact.
    """

    customer_id: str
    kind: CustomerKind
    display_name: str
    sealed: str
    birth_year: int | None
    outlet_id: str
    manager_id: str | None
    consent_marketing: bool
    corporate_customer: bool
    business_date: date


class HoldingRecorded(Event, frozen=True, tag="holding_recorded"):
    """A product that a customer has. ``opening_ref`` is the id of the opening request that led to it, if any."""

    holding_id: str
    customer_id: str
    product: str
    unit_id: str
    opened_on: date
    closed_on: date | None
    opening_ref: str | None
    business_date: date


class BalanceRecorded(Event, frozen=True, tag="balance_recorded"):
    """Month-end balance of a holding in minor units (分); ``month`` is ``YYYY-MM``."""

    holding_id: str
    customer_id: str
    product: str
    month: str
    balance_minor: int
    currency: str
    business_date: date


class ActivityRecorded(Event, frozen=True, tag="activity_recorded"):
    """How often a holding was used on a day; ``authenticated_uses`` counts those that the customer authenticated."""

    holding_id: str
    customer_id: str
    product: str
    opening_ref: str | None
    uses: int
    authenticated_uses: int
    business_date: date


class RelationshipRecorded(Event, frozen=True, tag="relationship_recorded"):
    """An edge from a company to a person or another company. ``confidence_bps`` is of 10,000."""

    from_id: str
    to_id: str
    kind: RelationshipKind
    valid_from: date
    valid_to: date | None
    source: str
    confidence_bps: int
    consent: bool
    business_date: date


class TransferRecorded(Event, frozen=True, tag="transfer_recorded"):
    """Money that left a holding through an electronic channel, in minor units (分)."""

    transfer_id: str
    holding_id: str
    customer_id: str
    opening_ref: str | None
    amount_minor: int
    limit_minor: int
    currency: str
    at: datetime
    business_date: date


class DayClosed(Event, frozen=True, tag="day_closed"):
    """The end-of-day feed is complete: no fact of this date is still expected (rule: business time is data)."""

    business_date: date


class FeedLoaded(Event, frozen=True, tag="feed_loaded"):
    """A file or batch was taken in. ``unchanged`` rows were known already."""

    feed_id: str
    kind: str
    name: str
    digest: str
    rows: int
    recorded: int
    unchanged: int
    rejected: int


class CustomerErased(Event, frozen=True, tag="customer_erased"):
    """A person's key is destroyed: what was sealed of them can never be read again (rule R5). Whoever shows their name
    shows ``ERASED_NAME`` from now on. Rows about them are refused; what they did still counts, by number.
    """

    customer_id: str
    reason: str


class CustomerUnmasked(Event, frozen=True, tag="customer_unmasked"):
    """Somebody saw ``fields`` of a person in clear, and said why (rule R5); never what was seen."""

    unmasking_id: str
    customer_id: str
    fields: tuple[str, ...]
    reason: str
    note: str
    staff_id: str
    roles: tuple[str, ...]
    on: date
    rules_version: int


RegistryEvent = (
    UnitRecorded
    | StaffRecorded
    | CustomerRecorded
    | HoldingRecorded
    | BalanceRecorded
    | ActivityRecorded
    | RelationshipRecorded
    | TransferRecorded
    | DayClosed
    | FeedLoaded
    | CustomerErased
    | CustomerUnmasked
)

UPCASTS: Upcasts = {}
