"""What operators decide about parked events, and the words for it. ``shared.runtime.parking`` does it."""

from collections.abc import Iterable
from typing import Any

from pymongo import MongoClient

from infra.projector import OWNERS
from shared.core.errors import NotFound
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.parking import Parking

Json = dict[str, Any]


def parking_of(client: MongoClient[JsonDocument], subscription: str) -> Parking:
    """The parked events of a subscription's owner. Raises ``NotFound`` where there is no such owner."""
    owner = subscription.partition(".")[0]
    if owner not in OWNERS:
        names = ", ".join(OWNERS)
        raise NotFound("no_subscription", f"There is no subscription {subscription}: its name begins with {names}.")
    return Parking(client[owner])


def waiting(client: MongoClient[JsonDocument], limit: int) -> list[Json]:
    """The last parked streams: the event that each waits for, and how many wait behind it. Without their content."""
    found = [
        _shown(first) | {"waiting": behind}
        for owner in OWNERS
        for first, behind in Parking(client[owner]).streams(limit)
    ]
    return _newest(found, limit)


def discarded(client: MongoClient[JsonDocument], limit: int) -> list[Json]:
    """The last events that were left out by decision of two people."""
    return _newest(
        (_shown(one) | {"waiting": 0} for owner in OWNERS for one in Parking(client[owner]).discarded()), limit
    )


def _shown(parked: JsonDocument) -> Json:
    """``bundling.offers/leads/0`` → the subscription by its name, and of which source."""
    name, source, partition = parked["subscription"].rsplit("/", 2)
    facts = ("stream", "event_id", "type", "position", "parked_at", "attempts", "error")
    return {
        "subscription": name,
        "source": source,
        "partition": int(partition),
        **{fact: parked[fact] for fact in facts},
        "released": bool(parked.get("released")),
        "discard": parked.get("discard"),
    }


def _newest(every: Iterable[Json], limit: int) -> list[Json]:
    return sorted(every, key=lambda one: one["parked_at"], reverse=True)[:limit]
