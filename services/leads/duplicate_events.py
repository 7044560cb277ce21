"""What leads publishes of the needs that each customer's leads hold, and of leads that are about the same (rule L4).

Stream: ``demand-<customer id>``.
"""

from datetime import date
from typing import Literal

import msgspec

from shared.core.event import Event


class Wish(msgspec.Struct, frozen=True):
    """What somebody asked to open, so that it is opened also where they were cut off in between. Value in 分."""

    customer_kind: Literal["company", "person"]
    need: str
    products: tuple[str, ...]
    source: str
    opened_by: str
    opened_by_line: Literal["corporate", "retail"]
    unit_id: str
    outlet_id: str
    value_minor: int


class NeedClaimed(Event, frozen=True, tag="need_claimed"):
    """A lead holds these needs of its customer, from ``on`` for the days that the rules give.

    ``wish`` is set where a person asked for the lead: it is opened from this fact. ``duplicate_of`` is the earlier lead
    that holds one of the needs: a person said ``despite`` it why they need another, or the lead was made by the system.
    ``other_customer_id`` is set where that one is of another customer, who is probably the same person or firm.
    """

    customer_id: str
    lead_id: str
    needs: tuple[str, ...]
    on: date
    rules_version: int
    wish: Wish | None = None
    duplicate_of: str | None = None
    other_customer_id: str | None = None
    despite: str | None = None


class DuplicateFound(Event, frozen=True, tag="duplicate_found"):
    """Two leads of customers who turned out to be probably one are about the same."""

    customer_id: str
    lead_id: str
    duplicate_of: str
    other_customer_id: str
    needs: tuple[str, ...]
    on: date
    rules_version: int


class DuplicateDismissed(Event, frozen=True, tag="duplicate_dismissed"):
    """A person looked at the two: they are not about the same."""

    customer_id: str
    lead_id: str
    duplicate_of: str
    reason: str
    by: str
    on: date


DemandEvent = NeedClaimed | DuplicateFound | DuplicateDismissed
