"""What an operator decides about parked events. Each decision is written beside the event; the subscription's own
consumer carries it out, in the order of the stream.

A discard takes two people: one proposes it with a reason, another confirms it. The event's record moves to
``discarded`` and stays there; the subscription leaves the event out for ever, also when it reads the log again.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.core.errors import Forbidden, LiandongError, NotFound
from shared.runtime.mongo_store import KEPT, JsonDocument

CONFIRMED = "discard.confirmed_by"


class NotProposed(LiandongError):
    """There is no proposal that could be confirmed."""


class Parking:
    """The parked events of one owner. ``subscription`` is a name such as ``bundling.offers``, of any source."""

    def __init__(self, database: Database[JsonDocument]) -> None:
        self._parked = database.get_collection("parked", write_concern=KEPT)
        self._discarded = database.get_collection("discarded", write_concern=KEPT)

    def every(self) -> Iterable[JsonDocument]:
        """In the order in which they would be redriven."""
        return self._parked.find().sort([("subscription", ASCENDING), ("position", ASCENDING)])

    def streams(self, limit: int) -> Iterator[tuple[JsonDocument, int]]:
        """The parked streams, the last one first: the event that each waits for, and how many wait behind it."""
        place = {"subscription": "$subscription", "stream": "$stream"}
        steps: list[dict[str, Any]] = [
            {"$sort": {"position": ASCENDING}},
            {"$group": {"_id": place, "first": {"$first": "$$ROOT"}, "count": {"$sum": 1}}},
            {"$sort": {"first.parked_at": DESCENDING, "_id": ASCENDING}},
            {"$limit": limit},
        ]
        for found in self._parked.aggregate(steps):
            yield found["first"], found["count"] - 1

    def discarded(self) -> Iterable[JsonDocument]:
        return self._discarded.find().sort([("subscription", ASCENDING), ("position", ASCENDING)])

    def queue(self, subscription: str, stream: str) -> list[JsonDocument]:
        """The event that could not be handled, then those that wait behind it. Raises ``NotFound``."""
        found = list(self._parked.find(_of(subscription, stream)).sort("position"))
        if not found:
            raise NotFound("not_parked", f"nothing of {stream} is parked by {subscription}")
        return found

    def release(self, subscription: str, stream: str) -> int:
        """Have them tried again; how many that are. Raises ``NotFound``."""
        marked = self._parked.update_many(_of(subscription, stream), {"$set": {"released": True}})
        if not marked.matched_count:
            raise NotFound("not_parked", f"nothing of {stream} is parked by {subscription}")
        return int(marked.matched_count)

    def propose_discard(
        self, subscription: str, stream: str, *, who: str, reason: str, at: datetime, event_id: str | None = None
    ) -> JsonDocument:
        """Propose to leave out the first parked event; a newer proposal replaces an older one. ``event_id`` is the one
        that was looked at: another that waits there now is not meant.
        """
        first = self._looked_at(subscription, stream, event_id)
        proposal = {"proposed_by": who, "proposed_at": at, "reason": reason}
        unconfirmed = {"_id": first["_id"], CONFIRMED: None}
        if not self._parked.update_one(unconfirmed, {"$set": {"discard": proposal}}).matched_count:
            raise NotProposed("already_confirmed", f"{first['event_id']} is being discarded already")
        return first

    def confirm_discard(
        self,
        subscription: str,
        stream: str,
        *,
        who: str,
        at: datetime,
        event_id: str | None = None,
        proposed_at: datetime | None = None,
    ) -> JsonDocument:
        """Agree to a proposal, and release the stream. Raises ``Forbidden`` for whoever proposed it. ``event_id`` and
        ``proposed_at`` are those that were looked at: to another event, or for another reason, nobody agreed.
        """
        first = self._looked_at(subscription, stream, event_id)
        proposal = first.get("discard")
        if proposal is None:
            raise NotProposed("not_proposed", f"nobody proposed to discard {first['event_id']}")
        if proposed_at not in {None, proposal["proposed_at"]}:
            raise NotProposed("proposal_changed", "the proposal changed meanwhile: look at it again")
        if proposal["proposed_by"] == who:
            raise Forbidden("own_proposal", f"{who} proposed it: somebody else must confirm")
        # Only the proposal that was seen: one that changed meanwhile was not agreed to.
        agreed = {"discard.confirmed_by": who, "discard.confirmed_at": at}
        seen = {"_id": first["_id"], "discard": proposal}
        if not self._parked.update_one(seen, {"$set": agreed}).matched_count:
            raise NotProposed("proposal_changed", "the proposal changed meanwhile: look at it again")
        self.release(subscription, stream)
        return first

    def _looked_at(self, subscription: str, stream: str, event_id: str | None) -> JsonDocument:
        first = self.queue(subscription, stream)[0]
        if event_id not in {None, first["event_id"]}:
            raise NotProposed("another_event", f"{first['event_id']} waits there now: look at it again")
        return first


def is_discarded(parked: JsonDocument) -> bool:
    """Whether two people decided to leave it out."""
    return bool(parked.get("discard", {}).get("confirmed_by"))


def left_out(database: Database[JsonDocument], key: str, session: ClientSession | None = None) -> set[str]:
    """The ids of the events that the subscription under a checkpoint key leaves out by decision."""
    return set(database.discarded.distinct("event_id", {"subscription": key}, session=session))


def left_out_of(
    database: Database[JsonDocument], keys: Iterable[str], session: ClientSession | None = None
) -> dict[str, set[str]]:
    """The same for several, by their keys."""
    return {key: left_out(database, key, session) for key in keys}


def _of(subscription: str, stream: str) -> dict[str, Any]:
    return {"subscription": {"$regex": f"^{re.escape(subscription)}/"}, "stream": stream}
