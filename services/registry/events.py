"""The facts that registry publishes. Each carries the whole row of a feed and its business date (rule R1).

A later row for the same key is a new fact on the same stream and replaces the older one for whoever folds it.
Streams: ``unit-<id>``, ``staff-<id>``, ``customer-<id>``, ``holding-<id>``, ``balance-<holding>.<month>``,
``activity-<holding>.<date>``, ``relationship-<from>.<to>.<kind>``, ``transfer-<id>``, ``day-<date>``, ``feed-<id>``;
``unmasking-<id>``, one for each look at what is sealed of a person; ``file-<id>``, one for each file that somebody
took; ``telephone-<drawn id>``; ``tiers-<unit>``, ``tier-<customer>``;
``match-<customer>.<customer>``.
"""

from datetime import date, datetime
from typing import ClassVar, Literal

import msgspec

from shared.core.event import Event
from shared.core.upcasting import Upcasts

Line = Literal[
    "corporate", "retail", "ebanking", "cards", "credit", "international", "settlement", "technology", "management"
]
UnitKind = Literal["head_office", "branch", "outlet"]
CustomerKind = Literal["company", "person"]
RelationshipKind = Literal["employee", "owner", "legal_representative", "finance_staff", "supplier", "buyer"]
Tier = Literal["key", "level_1", "level_2"]
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


class HoldingMoved(Event, frozen=True, tag="holding_moved"):
    """The bank corrected whose a holding is: it is, and was, none of ``from_customer_id``'s (rule R1). On the holding's
    stream, before the row that says so; ``business_date`` is that row's.
    """

    holding_id: str
    from_customer_id: str
    to_customer_id: str
    business_date: date


class BalanceMoved(Event, frozen=True, tag="balance_moved"):
    """What a holding stood at when a month ended is, and was, none of ``from_customer_id``'s: the bank corrected whose
    the holding is (rule R1). On the balance's stream, before the row that says so; ``business_date`` is that row's.
    """

    holding_id: str
    month: str
    from_customer_id: str
    to_customer_id: str
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
    """Money that left a holding through an electronic channel, or came to it, in minor units (分). ``counterparty`` is
    a blind mark of the account at the other end, where the bank tells it; ``moved_from`` the holding that it was told
    of before a correction, where that was another.
    """

    schema: ClassVar[int] = 4

    transfer_id: str
    holding_id: str
    customer_id: str
    opening_ref: str | None
    amount_minor: int
    limit_minor: int
    currency: str
    at: datetime
    direction: Literal["in", "out"]
    counterparty: str | None
    business_date: date
    moved_from: str | None = None


class SignInRecorded(Event, frozen=True, tag="sign_in_recorded"):
    """A customer signed in to an electronic channel, or registered for it. ``device`` is an opaque mark that the
    channel made of the device; ``opened_on`` the day on which the holding was opened.
    """

    sign_in_id: str
    holding_id: str
    customer_id: str
    opening_ref: str | None
    opened_on: date
    device: str
    kind: Literal["sign_in", "registration"]
    at: datetime
    business_date: date


class TelephoneShared(Event, frozen=True, tag="telephone_shared"):
    """``customers`` have the same telephone number now. ``telephone`` is an id that was drawn for it: it tells nothing
    of the number, and is forgotten with its last customer.
    """

    telephone: str
    customers: tuple[str, ...]
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


class FileTaken(Event, frozen=True, tag="file_taken"):
    """Somebody took what a page shows with them as a file (rule R5): which, from where, and how many rows (None where
    it is no table); never its content.
    """

    taking_id: str
    name: str
    page: str
    rows: int | None
    staff_id: str
    roles: tuple[str, ...]
    on: date


class StaffLeft(Event, frozen=True, tag="staff_left"):
    """Somebody's ``last_day`` in post is over (rule R4): what they own must be handed over. ``business_date`` is the
    day at whose close it was noted.
    """

    staff_id: str
    unit_id: str
    line: Line
    role: str
    manager_id: str | None
    last_day: date
    business_date: date


class StaffMoved(Event, frozen=True, tag="staff_moved"):
    """Somebody serves in another unit, line or role since ``since`` (rule R4)."""

    staff_id: str
    from_unit_id: str
    from_line: Line
    from_role: str
    to_unit_id: str
    to_line: Line
    to_role: str
    since: date
    business_date: date


class Rank(msgspec.Struct, frozen=True):
    """A customer's contribution in a month, in minor units (分)."""

    customer_id: str
    contribution_minor: int


class TiersRequested(Event, frozen=True, tag="tiers_requested"):
    """A unit's customers are to be ranked for a month (``YYYY-MM``): it is over, or somebody asked (rule R6)."""

    unit_id: str
    month: str


class TiersComputed(Event, frozen=True, tag="tiers_computed"):
    """Where a unit's cut points fell in a month (rule R6). ``key_share_bps`` is the share of the contribution that the
    key customers really make up. ``key_last`` and ``level_1_last`` are the last customers of those tiers, None for an
    empty tier. ``assigns``: tiers follow from it; not so for an older month than the newest.
    """

    unit_id: str
    month: str
    customers: int
    key_customers: int
    level_1_customers: int
    contribution_minor: int
    key_contribution_minor: int
    key_share_bps: int
    key_last: Rank | None
    level_1_last: Rank | None
    rules_version: int
    assigns: bool = True


class TiersContinued(Event, frozen=True, tag="tiers_continued"):
    """Tiers were assigned to the customers up to ``after``, by id; the next batch follows from this."""

    unit_id: str
    month: str
    after: str
    key_last: Rank | None
    level_1_last: Rank | None
    rules_version: int


class TierAssigned(Event, frozen=True, tag="tier_assigned"):
    """A customer's value tier changed, or the unit within which it holds (rule R6)."""

    customer_id: str
    unit_id: str
    month: str
    tier: Tier
    contribution_minor: int
    rules_version: int


class MatchReason(msgspec.Struct, frozen=True):
    """What two customers have in common, or what speaks against them, and the points that it gives."""

    what: Literal[
        "same_id_number",
        "other_id_number",
        "same_phone",
        "same_name",
        "similar_name",
        "same_birth_year",
        "other_birth_year",
    ]
    points: int


class CustomersMatched(Event, frozen=True, tag="customers_matched"):
    """Two customers, the lower id first, are probably one person or firm (rule L4): ``score`` of 100 is the sum of its
    reasons. ``strong``: they are treated as one until somebody says that they are not. A later one replaces it.
    """

    one_id: str
    other_id: str
    score: int
    reasons: tuple[MatchReason, ...]
    strong: bool
    rules_version: int
    on: date


class MatchJudged(Event, frozen=True, tag="match_judged"):
    """Somebody looked at the two, and says whether they are one."""

    one_id: str
    other_id: str
    same: bool
    reason: str
    by: str
    on: date


RegistryEvent = (
    UnitRecorded
    | StaffRecorded
    | CustomerRecorded
    | HoldingRecorded
    | HoldingMoved
    | BalanceMoved
    | BalanceRecorded
    | ActivityRecorded
    | RelationshipRecorded
    | TransferRecorded
    | SignInRecorded
    | TelephoneShared
    | DayClosed
    | FeedLoaded
    | CustomerErased
    | CustomerUnmasked
    | FileTaken
    | TiersRequested
    | TiersComputed
    | TiersContinued
    | TierAssigned
    | StaffLeft
    | StaffMoved
    | CustomersMatched
    | MatchJudged
)

UPCASTS: Upcasts = {
    ("transfer_recorded", 1): lambda data: {**data, "direction": "out", "counterparty": None},
    ("transfer_recorded", 2): lambda data: {**data, "counterparty": None},  # it was the account itself, and no mark
    ("transfer_recorded", 3): dict,  # whether a correction moved it was not told
}
