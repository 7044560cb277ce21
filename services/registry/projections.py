"""What other tools look up: units, staff, customers (masked), their holdings, and how feeds were taken in."""

from collections.abc import Iterable
from typing import Any

import msgspec

from services.registry.events import CustomerRecorded, FeedLoaded, HoldingRecorded, StaffRecorded, UnitRecorded
from shared.core.event import Event
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded


def newest(old: Document | None, recorded: Recorded) -> Document | None:
    """The last fact of a stream is the document; dates as ISO text."""
    del old
    document: dict[str, Any] = msgspec.to_builtins(recorded.event)
    document.pop("type")
    return document


def masked(old: Document | None, recorded: Recorded) -> Document | None:
    """Of a customer, what every reader may see: not even the sealed text."""
    fact = dict(newest(old, recorded) or {})
    fact.pop("sealed")
    return fact


def loaded(old: Document | None, recorded: Recorded) -> Document | None:
    return dict(newest(old, recorded) or {}) | {"loaded_at": recorded.recorded_at.isoformat()}


def _by(field: str, recorded: Recorded) -> Iterable[str]:
    return (str(getattr(recorded.event, field)),)


def _projection(name: str, event: type[Event], key: str, *indexes: tuple[str, ...], step: Any = newest) -> Projection:
    return Projection(
        name=name,
        sources={"registry": (event,)},
        keys=lambda recorded: _by(key, recorded),
        step=step,
        indexes=indexes,
    )


UNITS = _projection("units", UnitRecorded, "unit_id")
STAFF = _projection("staff", StaffRecorded, "staff_id", ("unit_id",))
CUSTOMERS = _projection(
    "customers", CustomerRecorded, "customer_id", ("manager_id",), ("outlet_id", "kind"), step=masked
)
HOLDINGS = _projection("holdings", HoldingRecorded, "holding_id", ("customer_id",))
FEEDS = _projection("feeds", FeedLoaded, "feed_id", ("loaded_at",), step=loaded)
PROJECTIONS = (UNITS, STAFF, CUSTOMERS, HOLDINGS, FEEDS)
