"""What other tools look up: units, staff, customers (masked), their holdings, and how feeds were taken in."""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

import msgspec

from services.registry.domain.staff import Posting, posted
from services.registry.events import (
    ERASED_NAME,
    BalanceMoved,
    BalanceRecorded,
    CustomerErased,
    CustomerRecorded,
    CustomersMatched,
    CustomerUnmasked,
    DayClosed,
    FeedLoaded,
    FileTaken,
    HoldingRecorded,
    MatchJudged,
    StaffRecorded,
    TierAssigned,
    TiersComputed,
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
        case TierAssigned() as now:
            worth = {"tier": now.tier, "tier_month": now.month, "contribution_minor": now.contribution_minor}
            return {**(old or {}), **worth}
        case _:
            fact = dict(newest(old, recorded) or {})
            fact.pop("sealed")
            return {**(old or {}), **fact}


def postings(old: Document | None, recorded: Recorded) -> Document | None:
    """Where somebody served, and when, both days included."""
    match recorded.event:
        case StaffRecorded() as row:
            before = msgspec.convert((old or {}).get("postings", []), tuple[Posting, ...])
            return {"staff_id": row.staff_id, "postings": [*map(msgspec.to_builtins, posted(before, row))]}
        case _:
            return old


def in_post(person: Document, on: date) -> Posting | None:
    """Somebody's posting on a day, if any."""
    posts = msgspec.convert(person["postings"], tuple[Posting, ...])
    return next((one for one in posts if one.holds(on)), None)


def balances(old: Document | None, recorded: Recorded) -> Document | None:
    """What a customer's holdings stood at when a month ended, in minor units by holding."""
    match recorded.event:
        case BalanceRecorded() as row:
            held = {**(old or {}).get("holdings", {}), row.holding_id: row.balance_minor}
            return {"customer_id": row.customer_id, "month": row.month, "holdings": held}
        case BalanceMoved(holding_id=gone, from_customer_id=customer_id, month=month):
            held = {holding: minor for holding, minor in (old or {}).get("holdings", {}).items() if holding != gone}
            return {"customer_id": customer_id, "month": month, "holdings": held}
        case _:
            return old


def tiers(old: Document | None, recorded: Recorded) -> Document | None:
    return dict(newest(old, recorded) or {}) | {"at": recorded.recorded_at.isoformat()}


def look(old: Document | None, recorded: Recorded) -> Document | None:
    told = dict(newest(old, recorded) or {})
    lists = {name: list(told[name]) for name in ("fields", "roles") if name in told}
    return told | lists | {"at": recorded.recorded_at.isoformat()}


def loaded(old: Document | None, recorded: Recorded) -> Document | None:
    return dict(newest(old, recorded) or {}) | {"loaded_at": recorded.recorded_at.isoformat()}


def match(old: Document | None, recorded: Recorded) -> Document | None:
    """``judged`` is what somebody said of the two, None as long as nobody did."""
    told = dict(newest(None, recorded) or {})
    before = dict(old or {"judged": None})
    if isinstance(recorded.event, MatchJudged):
        return before | {"judged": {name: told[name] for name in ("same", "reason", "by", "on")}}
    return before | told | {"reasons": list(told["reasons"])}


def matches_to_judge(customer_id: str | None, listed: int) -> dict[str, Any]:
    """The pairs on which nobody has decided yet, of all customers or of one."""
    of = {"$or": [{"one_id": customer_id}, {"other_id": customer_id}]} if customer_id else {}
    return {"judged": None, "score": {"$gte": listed}, **of}


def month_key(of: str, month: str) -> str:
    """The id of a document about a customer's or a unit's month."""
    return f"{of}.{month}"


def months_of(customer_id: str) -> dict[str, Any]:
    """The documents about the months of one customer, found by their ids: in their order, "/" comes right after "."."""
    return {"_id": {"$gt": f"{customer_id}.", "$lt": f"{customer_id}/"}, "customer_id": customer_id}


def _month_of(told: BalanceRecorded | BalanceMoved) -> str:
    return month_key(told.from_customer_id if isinstance(told, BalanceMoved) else told.customer_id, told.month)


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


UNITS = _projection("units", UnitRecorded, "unit_id", ("parent_id",))
STAFF = _projection("staff", StaffRecorded, "staff_id", ("unit_id",))
CUSTOMERS = _projection(
    "customers",
    (CustomerRecorded, CustomerErased, TierAssigned),
    "customer_id",
    ("manager_id",),
    ("outlet_id", "kind"),
    ("outlet_id", "tier"),
    ("outlet_id", "corporate_customer"),
    ("erased_at",),
    step=customer,
)
HOLDINGS = _projection("holdings", HoldingRecorded, "holding_id", ("customer_id",))
FEEDS = _projection("feeds", FeedLoaded, "feed_id", ("loaded_at",), step=loaded)
POSTINGS = _projection(
    "postings",
    StaffRecorded,
    "staff_id",
    ("postings.unit_id",),
    ("postings.since",),
    ("postings.until",),
    step=postings,
)
DAYS = _projection("days", DayClosed, "business_date")
BALANCES = Projection(
    name="monthly_balances",
    sources={"registry": (BalanceRecorded, BalanceMoved)},
    keys=lambda recorded: [_month_of(cast("BalanceRecorded | BalanceMoved", recorded.event))],
    step=balances,
    indexes=(("month",),),
)
TIERS = Projection(
    name="tiers",
    sources={"registry": (TiersComputed,)},
    keys=lambda recorded: (month_key(recorded.event.unit_id, recorded.event.month),),  # type: ignore[attr-defined]
    step=tiers,
    indexes=(("unit_id", "month"), ("month",)),
)
UNMASKINGS = _projection(
    "unmaskings", CustomerUnmasked, "unmasking_id", ("at",), ("customer_id", "at"), ("staff_id", "at"), step=look
)
FILES = _projection("files_taken", FileTaken, "taking_id", ("at",), ("staff_id", "at"), step=look)
MATCHES = Projection(
    name="matches",
    sources={"registry": (CustomersMatched, MatchJudged)},
    keys=lambda recorded: (recorded.stream.removeprefix("match-"),),
    step=match,
    indexes=(("judged", "-score"), ("one_id",), ("other_id",)),
)
PROJECTIONS = (UNITS, STAFF, CUSTOMERS, HOLDINGS, FEEDS, UNMASKINGS, FILES, BALANCES, TIERS, POSTINGS, DAYS, MATCHES)
