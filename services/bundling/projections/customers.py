"""Per customer, the facts that a bundle rule may look at; uses by day are kept for a bounded while."""

from datetime import date, timedelta
from typing import Any

from services.bundling.rules.facts import Facts, Held, Link
from services.linkage.events import OpportunitySpawned, OpportunityWithdrawn
from services.registry.events import ActivityRecorded, CustomerErased, CustomerRecorded, HoldingMoved, HoldingRecorded
from shared.core.event import Event
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

KEPT_DAYS = 120
"""Uses of a holding are kept this far back from its newest day of use: longer than any window of the rules, and than
the days after which an offer is judged (rule B8).
"""

EMPTY: Document = {"kind": None, "birth_year": None, "consent": False, "as_of": None, "holdings": [], "links": []}
NOT_THEIRS: dict[str, Any] = {"opened_on": None, "closed_on": None, "as_of": None}
"""Of a holding that turned out to be somebody else's: as if only its use were known, which comes when it comes."""
SOURCES: dict[str, tuple[type[Event], ...]] = {
    "registry": (CustomerRecorded, CustomerErased, HoldingRecorded, HoldingMoved, ActivityRecorded),
    "linkage": (OpportunitySpawned, OpportunityWithdrawn),
}


def keys(recorded: Recorded) -> list[str]:
    match recorded.event:
        case (
            CustomerRecorded(customer_id=customer_id)
            | CustomerErased(customer_id=customer_id)
            | HoldingRecorded(customer_id=customer_id)
            | HoldingMoved(from_customer_id=customer_id)
            | ActivityRecorded(customer_id=customer_id)
            | OpportunitySpawned(customer_id=customer_id)
            | OpportunityWithdrawn(customer_id=customer_id)
        ):
            return [customer_id]
        case _:
            return []


def step(document: Document | None, recorded: Recorded) -> Document | None:
    old = document or EMPTY
    match recorded.event:
        case CustomerRecorded() as row:
            as_of = row.business_date.isoformat()
            return {
                **old,
                "customer_id": row.customer_id,
                "kind": row.kind,
                "birth_year": row.birth_year,
                "consent": row.consent_marketing,
                "as_of": as_of,
            }
        case CustomerErased():
            return {**old, "birth_year": None, "consent": False}
        case HoldingRecorded() | HoldingMoved() | ActivityRecorded() as row:
            return {**old, "holdings": _put(old["holdings"], "holding_id", _told(_holding(old, row.holding_id), row))}
        case OpportunitySpawned() | OpportunityWithdrawn() as said:
            return {**old, "links": _linked(old["links"], said)}
        case _:
            return document


def _holding(document: Document, holding_id: str) -> dict[str, Any]:
    new: dict[str, Any] = {
        "holding_id": holding_id,
        "opened_on": None,
        "closed_on": None,
        "as_of": None,
        "uses": {},
    }
    return dict(next((one for one in document["holdings"] if one["holding_id"] == holding_id), new))


def _told(held: dict[str, Any], row: HoldingRecorded | HoldingMoved | ActivityRecorded) -> dict[str, Any]:
    match row:
        case HoldingRecorded():
            return held | _opened(row)
        case HoldingMoved():
            return held | NOT_THEIRS
        case ActivityRecorded():
            return _used({"product": row.product, **held}, row)


def _opened(row: HoldingRecorded) -> dict[str, Any]:
    return {
        "product": row.product,
        "opened_on": row.opened_on.isoformat(),
        "closed_on": row.closed_on.isoformat() if row.closed_on else None,
        "as_of": row.business_date.isoformat(),
    }


def _used(held: dict[str, Any], row: ActivityRecorded) -> dict[str, Any]:
    """The day's count replaces what was known of it; a day of no authenticated use is not kept, and reckons as none:
    one that is corrected to nothing, as where its year was wrong, must not hide the days before it.
    """
    counts = {**held["uses"], row.business_date.isoformat(): row.authenticated_uses}
    uses = {day: count for day, count in sorted(counts.items()) if count}
    if not uses:
        return held | {"uses": uses}
    horizon = (date.fromisoformat(max(uses)) - timedelta(days=KEPT_DAYS)).isoformat()
    return held | {"uses": {day: count for day, count in uses.items() if day > horizon}}


def _linked(links: list[dict[str, Any]], said: OpportunitySpawned | OpportunityWithdrawn) -> list[dict[str, Any]]:
    match said:
        case OpportunitySpawned():
            return _put(links, "opportunity_id", _link(said))
        case OpportunityWithdrawn(opportunity_id=opportunity_id):
            return _stands(links, opportunity_id, stands=False)


def _link(spawned: OpportunitySpawned) -> dict[str, Any]:
    return {
        "opportunity_id": spawned.opportunity_id,
        "from_id": spawned.from_id,
        "relationship": spawned.relationship,
        "on": spawned.on.isoformat(),
        "stands": True,
    }


def _stands(links: list[dict[str, Any]], opportunity_id: str, *, stands: bool) -> list[dict[str, Any]]:
    return [link | {"stands": stands} if link["opportunity_id"] == opportunity_id else link for link in links]


def _put(rows: list[dict[str, Any]], key: str, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows with one put in the place of its older self, in the order of their keys."""
    return sorted([*(one for one in rows if one[key] != row[key]), row], key=lambda one: str(one[key]))


CUSTOMER_FACTS = Projection(name="customer_facts", sources=SOURCES, keys=keys, step=step)


def facts_of(customer_id: str, document: Document) -> Facts:
    """The document as the rules read it."""
    return Facts(
        customer_id=customer_id,
        kind=document["kind"],
        birth_year=document["birth_year"],
        as_of=_day(document["as_of"]),
        holdings=tuple(_held(one) for one in document["holdings"]),
        links=tuple(
            Link(one["opportunity_id"], one["from_id"], one["relationship"], date.fromisoformat(one["on"]))
            for one in document["links"]
            if one["stands"]
        ),
    )


def holders(on: date) -> list[Document]:
    """The pipeline that counts, by kind of customer and product, who held it on a day: each customer once."""
    day = on.isoformat()
    still = {"$or": [{"$eq": ["$$this.closed_on", None]}, {"$gt": ["$$this.closed_on", day]}]}
    held = {"$and": [{"$ne": ["$$this.opened_on", None]}, {"$lte": ["$$this.opened_on", day]}, still]}
    products = {
        "$map": {"input": {"$filter": {"input": "$holdings", "cond": held, "as": "this"}}, "in": "$$this.product"}
    }
    return [
        {"$match": {"kind": {"$in": ["company", "person"]}}},
        {"$project": {"kind": 1, "product": {"$setUnion": [products]}}},
        {"$unwind": "$product"},
        {"$group": {"_id": {"kind": "$kind", "product": "$product"}, "holders": {"$sum": 1}}},
    ]


def _held(row: dict[str, Any]) -> Held:
    return Held(
        holding_id=row["holding_id"],
        product=row["product"],
        opened_on=_day(row["opened_on"]),
        closed_on=_day(row["closed_on"]),
        as_of=_day(row["as_of"]),
        uses={date.fromisoformat(day): count for day, count in row["uses"].items()},
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
