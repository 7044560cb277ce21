"""What other tools look up: units, staff, customers (masked), their holdings, and how feeds were taken in."""

from collections.abc import Iterable
from typing import Any

import msgspec

from services.registry.events import (
    ERASED_NAME,
    CustomerErased,
    CustomerRecorded,
    CustomerUnmasked,
    FeedLoaded,
    HoldingRecorded,
    StaffRecorded,
    UnitRecorded,
)
from shared.core.event import Event
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

NOBODY: Document = {"display_name": ERASED_NAME, "birth_year": None, "consent_marketing": False}
"""What is told of somebody who was erased."""


def newest(old: Document | None, recorded: Recorded) -> Document | None:
    """The last fact of a stream is the document; dates as ISO text."""
    del old
    document: dict[str, Any] = msgspec.to_builtins(recorded.event)
    document.pop("type")
    return document


def customer(old: Document | None, recorded: Recorded) -> Document | None:
    """Of a customer, what every reader may see: not even the sealed text; of an erased one, no more than the number,
    where they belonged, and when they were erased.
    """
    match recorded.event:
        case CustomerErased():
            at = recorded.recorded_at.isoformat()
            return {**(old or {}), **NOBODY, "erased_at": at}
        case _:
            fact = dict(newest(old, recorded) or {})
            fact.pop("sealed")
            return {**(old or {}), **fact}


def look(old: Document | None, recorded: Recorded) -> Document | None:
    told = dict(newest(old, recorded) or {})
    lists = {name: list(told[name]) for name in ("fields", "roles")}
    return told | lists | {"at": recorded.recorded_at.isoformat()}


def loaded(old: Document | None, recorded: Recorded) -> Document | None:
    return dict(newest(old, recorded) or {}) | {"loaded_at": recorded.recorded_at.isoformat()}


def _by(field: str, recorded: Recorded) -> Iterable[str]:
    return (str(getattr(recorded.event, field)),)


def _projection(
    name: str, events: type[Event] | tuple[type[Event], ...], key: str, *indexes: tuple[str, ...], step: Any = newest
) -> Projection:
    return Projection(
        name=name,
        sources={"registry": events if isinstance(events, tuple) else (events,)},
        keys=lambda recorded: _by(key, recorded),
        step=step,
        indexes=indexes,
    )


UNITS = _projection("units", UnitRecorded, "unit_id")
STAFF = _projection("staff", StaffRecorded, "staff_id", ("unit_id",))
CUSTOMERS = _projection(
    "customers",
    (CustomerRecorded, CustomerErased),
    "customer_id",
    ("manager_id",),
    ("outlet_id", "kind"),
    step=customer,
)
HOLDINGS = _projection("holdings", HoldingRecorded, "holding_id", ("customer_id",))
FEEDS = _projection("feeds", FeedLoaded, "feed_id", ("loaded_at",), step=loaded)
UNMASKINGS = _projection(
    "unmaskings", CustomerUnmasked, "unmasking_id", ("at",), ("customer_id", "at"), ("staff_id", "at"), step=look
)
PROJECTIONS = (UNITS, STAFF, CUSTOMERS, HOLDINGS, FEEDS, UNMASKINGS)
