"""A named, ordered, resumable place in one service's log. Projections and reactions stand on the same core.

Events come from a queue or from the log; either way each reaches the target once, in order of position. What cannot
be handled is parked, with the later events of its stream behind it, and the rest goes on.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol

import structlog
from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.core.recorded import Recorded
from shared.runtime import metrics
from shared.runtime.codec import Envelope
from shared.runtime.crash_points import crash_point
from shared.runtime.failures import describe, is_outage
from shared.runtime.mongo_store import KEPT, JsonDocument, MongoStore
from shared.runtime.pace import USUAL, Pace
from shared.runtime.parking import is_discarded, left_out
from shared.runtime.takeover import is_ours, take_over
from shared.runtime.transaction import transact

TRIES = 3
log = structlog.get_logger()
Advance = Callable[[ClientSession | None], int | None]
"""Answers how many rebuilds have switched what the checkpoint belongs to; None where it cannot tell."""


class Overtaken(Exception):
    """Another consumer of the same subscription moved the checkpoint."""


class Target(Protocol):
    """What a subscription feeds."""

    handles: frozenset[str]

    def apply(self, batch: Sequence[Recorded], advance: Advance, session: ClientSession) -> None:
        """Take events in order, all or none, and call ``advance`` (in the same transaction, where there is one: then
        one of ``session``).
        """


class Subscription:
    """One partition of ``source``'s log, handed to ``target``; the checkpoint lives in the subscriber's database."""

    def __init__(
        self,
        name: str,
        source: MongoStore,
        partition: int,
        target: Target,
        database: Database[JsonDocument],
        pace: Pace = USUAL,
    ) -> None:
        self.name = name
        self.source = source
        self.partition = partition
        self.key = checkpoint_key(name, source.service, partition)
        self.database = database
        self.pace = pace
        self._target = target
        self._checkpoints = database.get_collection("checkpoints", write_concern=KEPT)
        self._parked = database.get_collection("parked", write_concern=KEPT)
        self._discarded = database.get_collection("discarded", write_concern=KEPT)
        self._session = database.client.start_session()
        place = (name, source.service, str(partition))
        self._batches, self._applied = metrics.BATCHES.labels(*place), metrics.APPLIED.labels(*place)
        self.going_on: Callable[[], bool] = lambda: True
        """Asked between batches, and between events that go one by one; whoever drives us says no to stop us there."""
        self.resume()

    def resume(self) -> None:
        """Read again where we stand; after a failure or a take-over the stored place is the truth."""
        self._owned = False
        stored = self._checkpoints.find_one({"_id": self.key}) or {}
        if "position" not in stored:
            self._checkpoints.update_one({"_id": self.key}, {"$max": {"position": 0}}, upsert=True)
        self.checkpoint: int = stored.get("position", 0)
        self._stored: int = self.checkpoint
        self._switches: int | None = stored.get("switches")
        self._blocked = set(self._parked.distinct("stream", {"subscription": self.key}))
        self._left_out = left_out(self.database, self.key)

    def _own(self) -> None:
        """Before the first change: what a killed predecessor left in mid-transaction is undone at once."""
        if not self._owned:
            take_over(self._checkpoints, self.key, self._session)
            self._owned = True

    def _must_own(self, session: ClientSession | None) -> None:
        """Raises ``Overtaken`` in a transaction that is not the owner's."""
        if session is not None and not self._checkpoints.find_one(
            {"_id": self.key} | is_ours(session), session=session
        ):
            raise Overtaken(self.key)

    def deliver(self, envelopes: Sequence[Envelope]) -> None:
        """Take messages in whatever order they came. A hole is filled from the log, a duplicate is left out.

        A commit is taken whole: whoever reads a projection sees all of it, or nothing.
        """
        fresh = {e.position: e for e in envelopes if e.position > self.checkpoint}
        if not fresh:
            return
        last = fresh[max(fresh)]
        upto = last.position + last.following
        if len(fresh) < last.position - self.checkpoint:
            self.catch_up(upto)
            return
        rest = self.source.envelopes(self.partition, last.position, upto) if last.following else ()
        self._process([*(fresh[position] for position in sorted(fresh)), *rest])

    def catch_up(self, upto: int | None = None) -> int:
        """Read from the log what has not come by message; how many events that was."""
        if upto is None:
            upto = self.source.head(self.partition)
        start = self.checkpoint
        if start < upto:
            found = self.source.envelopes(self.partition, start, upto)
            while self.going_on() and (chunk := list(islice(found, self.pace.batch))):
                begun = time.monotonic()
                self._process([*chunk, *islice(found, chunk[-1].following)])
                if self.pace.yields:
                    time.sleep(self.pace.rest_after(time.monotonic() - begun))
        return self.checkpoint - start

    def moved_elsewhere(self, stored: int) -> bool:
        """Whether another consumer of this subscription has moved the stored place."""
        return stored != self._stored

    def flush(self) -> None:
        """Store the checkpoint. Events that the target does not handle move it in memory only, until now."""
        if self._stored < self.checkpoint:
            self._apply([], self.checkpoint)

    def redrive(self) -> int:
        """Try again what an operator released, stream by stream in order; how many events went through."""
        done = 0
        if not self._blocked:
            return done
        parked = self._parked_streams()
        self._blocked = set(parked)
        for stream in (stream for stream, is_due in parked.items() if is_due):
            # Read one by one: an operator may decide about it, or another consumer park one more behind it, meanwhile.
            while (first := self._first_of(stream)) is not None:
                if not self.going_on() or not self._redrive_one(first):
                    break
                done += 1
            else:
                self._blocked.discard(stream)
        return done

    def _parked_streams(self) -> dict[str, bool]:
        """Those of which something is parked, and whether to try it again: because an operator released it, or because
        the first of it, which was never tried, waits behind nothing any more. Another consumer, which has redriven the
        stream or was overtaken meanwhile, took the others away when they were still remembered here.
        """
        steps: list[dict[str, Any]] = [
            {"$match": {"subscription": self.key}},
            {"$sort": {"position": 1}},
            {"$group": {"_id": "$stream", "tries": {"$first": "$attempts"}, "released": {"$max": "$released"}}},
        ]
        return {one["_id"]: bool(one["released"]) or one["tries"] == 0 for one in self._parked.aggregate(steps)}

    def _first_of(self, stream: str) -> JsonDocument | None:
        """The parked event that the others of its stream wait for."""
        return self._parked.find_one({"subscription": self.key, "stream": stream}, sort=[("position", 1)])

    def _redrive_one(self, parked: JsonDocument) -> bool:
        if is_discarded(parked):
            self._leave_out(parked)
            return True
        (envelope,) = self.source.envelopes(self.partition, parked["position"] - 1, parked["position"])
        # Unless its discard was proposed or confirmed since: then it is looked at again.
        as_read = {"_id": parked["_id"], "discard": parked.get("discard")}

        def unpark(session: ClientSession | None) -> None:
            self._must_own(session)
            if not self._parked.delete_one(as_read, session=session).deleted_count:
                raise Overtaken(self.key)  # by a rebuild's switch, too: it has taken in what was parked

        try:
            self._own()
            self._target.apply([self.source.codec.open(envelope)], unpark, self._session)
        except Exception as error:
            if isinstance(error, Overtaken) or is_outage(error):
                raise
            failed = {"$set": {"error": describe(error), "released": False}, "$inc": {"attempts": 1}}
            if self._parked.update_one(as_read, failed).matched_count:
                mates = {"subscription": self.key, "stream": parked["stream"], "_id": {"$ne": parked["_id"]}}
                self._parked.update_many(mates, {"$set": {"released": False}})
            return False
        self._applied.inc()
        return True

    def _leave_out(self, parked: JsonDocument) -> None:
        """By decision of two people: the record stays among the discarded, and the stream goes on without the event."""

        def move(session: ClientSession) -> None:
            self._must_own(session)
            if not self._parked.delete_one({"_id": parked["_id"]}, session=session).deleted_count:
                raise Overtaken(self.key)
            self._discarded.insert_one({**parked, "discarded_at": datetime.now(UTC)}, session=session)

        self._own()
        transact(self._session, move)
        self._left_out.add(parked["event_id"])
        log.warning("event_discarded", subscription=self.key, event_id=parked["event_id"])

    def _process(self, envelopes: Sequence[Envelope]) -> None:
        """Contiguous events from the checkpoint on."""
        upto = envelopes[-1].position
        wanted = [e for e in envelopes if e.type in self._target.handles and e.id not in self._left_out]
        if not wanted:
            self.checkpoint = upto
            return
        try:
            if self._blocked and any(e.stream in self._blocked for e in wanted):
                self._one_by_one(wanted, upto)
                return
            self._apply(wanted, upto)
        except Exception as error:
            if isinstance(error, Overtaken) or is_outage(error):
                self.resume()
                raise
            log.warning("batch_failed", subscription=self.key, error=describe(error))
            self._one_by_one(wanted, upto)

    def _one_by_one(self, wanted: Sequence[Envelope], upto: int) -> None:
        for envelope in wanted:
            if envelope.position <= self.checkpoint:
                continue
            if not self.going_on():
                return
            if envelope.stream in self._blocked:
                self._park(envelope, "waits behind an earlier event of its stream", 0)
            else:
                self._try(envelope)
        self.checkpoint = max(self.checkpoint, upto)

    def _try(self, envelope: Envelope) -> None:
        error: Exception
        for attempt in range(1, TRIES + 1):
            try:
                self._apply([envelope], envelope.position)
            except Exception as caught:
                if isinstance(caught, Overtaken) or is_outage(caught):
                    self.resume()
                    raise
                error = caught
                if attempt < TRIES:
                    time.sleep(random.uniform(0.02, 0.1) * attempt)  # noqa: S311 -- jitter, not a secret
            else:
                return
        self._park(envelope, describe(error), TRIES)

    def _park(self, envelope: Envelope, error: str, attempts: int) -> None:
        parked = {
            "_id": f"{self.key}/{envelope.position}",
            "subscription": self.key,
            "stream": envelope.stream,
            "version": envelope.version,
            "position": envelope.position,
            "event_id": envelope.id,
            "type": envelope.type,
            "error": error,
            "attempts": attempts,
            "parked_at": datetime.now(UTC),
            "released": False,
        }

        def park(session: ClientSession) -> None:
            # A rebuild has taken in what was parked: what we remember as blocked is not, and nothing would free this.
            if not self._checkpoints.find_one({"_id": self.key, "switches": self._switches}, session=session):
                raise Overtaken(self.key)
            self._advance(envelope.position)(session)
            self._parked.replace_one({"_id": parked["_id"]}, parked, upsert=True, session=session)
            crash_point("park.written")

        self._own()
        try:
            transact(self._session, park)
        except Overtaken:
            self.resume()
            raise
        crash_point("park.committed")
        self.checkpoint = self._stored = envelope.position
        self._blocked.add(envelope.stream)
        log.error("event_parked", subscription=self.key, event_id=envelope.id, error=error, attempts=attempts)

    def _apply(self, envelopes: Sequence[Envelope], upto: int) -> None:
        self._own()
        self._target.apply([self.source.codec.open(e) for e in envelopes], self._advance(upto), self._session)
        self.checkpoint = self._stored = upto
        if envelopes:
            self._batches.inc()
            self._applied.inc(len(envelopes))

    def _advance(self, upto: int) -> Advance:
        """Move the stored checkpoint from where we believe it is; the guard against an overlapping consumer."""
        start = self._stored
        if upto < start:
            raise Overtaken(self.key)

        def advance(session: ClientSession | None) -> int | None:
            here, there = {"_id": self.key, "position": start}, {"$set": {"position": upto}}
            if session is None:  # outside of transactions, the server writes down what a findAndModify answered
                if not self._checkpoints.update_one(here, there).matched_count:
                    raise Overtaken(self.key)
                return None
            moved: JsonDocument | None = self._checkpoints.find_one_and_update(
                here | is_ours(session), there, {"switches": 1}, session=session
            )
            if moved is None:
                raise Overtaken(self.key)
            return int(moved.get("switches", 0))

        return advance


def checkpoint_key(name: str, source: str, partition: int) -> str:
    """Under which a subscription's place is stored."""
    return f"{name}/{source}/{partition}"


def checkpoints(
    database: Database[JsonDocument], keys: Iterable[str], session: ClientSession | None = None
) -> dict[str, int]:
    """Stored positions of subscriptions, 0 for one that has not begun."""
    wanted = list(keys)
    found = database.checkpoints.find({"_id": {"$in": wanted}}, session=session)
    return dict.fromkeys(wanted, 0) | {document["_id"]: document.get("position", 0) for document in found}
