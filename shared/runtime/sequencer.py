"""Numbers commits after the fact: one dense order per partition, in oplog order, by one winner at a time.

The compare-and-set on ``sequence`` is the fence. Two sequencers may run; a batch whose epoch is no longer the
stored one changes nothing, because positions, heads and resume token move in one transaction.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import structlog
from pymongo import MongoClient, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from shared.runtime import metrics
from shared.runtime.crash_points import crash_point
from shared.runtime.mongo_store import KEPT, UNNUMBERED, JsonDocument, MongoStore
from shared.runtime.takeover import take_over
from shared.runtime.transaction import transact

BATCH = 500
SHOWN = {"partition": 1, "size": {"$size": "$events"}}
SHOWN_INSERTED = {"documentKey": 1, "fullDocument.partition": 1, "size": {"$size": "$fullDocument.events"}}
SETTLE_SECONDS = 0.2  # longer than an insert is under way
HISTORY_LOST = {136, 260, 280, 286}  # CappedPositionLost, InvalidResumeToken, ChangeStream{FatalError, HistoryLost}
log = structlog.get_logger()


ALIVE: dict[str, Any] = {"$inc": {"beat": 1}, "$currentDate": {"alive_at": True}}
STILL: dict[str, Any] = {"epoch": 1, "beat": 1, "still": {"$subtract": ["$$NOW", "$alive_at"]}}  # milliseconds


class Fenced(Exception):
    """Another relay has taken over."""


class _AlreadyNumbered(Exception):
    """Some commits of a batch have a number; nothing was changed."""


class Waiting(NamedTuple):
    """A commit without a number; ``events`` are how many it holds."""

    id: str
    partition: int
    events: int


class StreamEnded(Exception):
    """The server closed the change stream: its history holds a drop or a rename of the collection."""


class Sequencer:
    """Numbers the commits of one service. ``await_ms`` is how long an idle look at the change stream lasts."""

    def __init__(self, client: MongoClient[JsonDocument], store: MongoStore, await_ms: int = 200) -> None:
        self._session = client.start_session()
        self._store = store
        self._await_ms = await_ms
        self._sequence = store.database.get_collection("sequence", write_concern=KEPT)
        self.epoch = 0
        self._heads: dict[int, int] = {}
        self._token: Any = None

    def beat(self) -> tuple[tuple[int, int], float]:
        """The stored ``(epoch, beat)``, and for how many seconds it has stood still, by the clock of the database; a
        standby claims once that is too long.
        """
        stored = self._sequence.find_one({"_id": "sequencer"}, STILL) or {}
        return (stored.get("epoch", 0), stored.get("beat", 0)), (stored.get("still") or 0) / 1_000

    def claim(self) -> None:
        """Become the one who numbers: from here on every other epoch is fenced out."""
        begun = {**ALIVE, "$inc": {"epoch": 1}, "$set": {"beat": 1}}
        stored = take_over(self._sequence, "sequencer", self._session, begun)
        self.epoch = stored["epoch"]
        # From here on nobody else moves them: every write below is fenced by this epoch.
        self._heads = {int(partition): last for partition, last in stored.get("heads", {}).items()}
        self._show_heads()
        log.info("relay_claimed", service=self._store.service, epoch=self.epoch)

    def renew(self) -> None:
        """Show that this relay lives, and keep the place in the oplog young while nothing is appended."""
        young = {"$set": {"token": self._token}} if self._token is not None else {}
        self._compare_and_set({**ALIVE, **young}, None)

    def release(self) -> None:
        """Let a standby take over at once."""
        self._sequence.update_one({"_id": "sequencer", "epoch": self.epoch}, {"$set": {"beat": -1}})

    def sweep(self) -> int:
        """Number everything that has no number, in per-stream version order; how many commits that was."""
        return sum(self._sweep())

    def _sweep(self) -> Iterator[int]:
        """Each round ends with the first batch that is not full: what came after the sweep began, the change stream
        shows, and under constant writing one that waited for nothing to be left would never end. The second round
        finds what was being written, unseen yet, when the change stream was opened.
        """
        for pause in (SETTLE_SECONDS, 0.0):
            numbered = BATCH
            while numbered == BATCH:
                if numbered := self._transact(self._any, None):
                    yield numbered
            time.sleep(pause)

    def follow(self) -> Iterator[int]:
        """Number commits as the oplog shows them; yields the size of each batch, a sweep's too, 0 for an idle look.

        Starts at the stored resume token. Where there is none, or the oplog no longer holds it, a sweep finds what
        the change stream would have missed.
        """
        while True:
            try:
                yield from self._follow()
            except (OperationFailure, StreamEnded) as error:
                if isinstance(error, OperationFailure) and error.code not in HISTORY_LOST:
                    raise
                log.error("oplog_history_lost", service=self._store.service, action="sweeping unnumbered commits")
                self._token = None
                self._compare_and_set({"$unset": {"token": ""}}, None)

    def _follow(self) -> Iterator[int]:
        stored = self._sequence.find_one({"_id": "sequencer"}) or {}
        with self._store.database.client.start_session() as session:
            cursor, token, batch = self._open(session, stored.get("token"))
            if stored.get("token") is None:
                yield from self._sweep()
            while True:
                if batch:
                    self._number(batch, token)
                self._token = token
                yield len(batch)
                token, batch = self._more(session, cursor)

    def _open(self, session: ClientSession, token: Any) -> tuple[int, Any, list[Waiting]]:
        change_stream = {"resumeAfter": token} if token is not None else {}
        answer = self._store.database.command(
            "aggregate",
            "commits",
            # The match never changes between resumes: a token belongs to its pipeline.
            pipeline=[
                {"$changeStream": change_stream},
                {"$match": {"operationType": "insert"}},
                {"$project": SHOWN_INSERTED},
            ],
            cursor={"batchSize": BATCH},
            session=session,
            readConcern={"level": "majority"},
        )["cursor"]
        return answer["id"], answer["postBatchResumeToken"], [_inserted(change) for change in answer["firstBatch"]]

    def _more(self, session: ClientSession, cursor: int) -> tuple[Any, list[Waiting]]:
        if cursor == 0:
            raise StreamEnded(f"the change stream of {self._store.service} was invalidated")
        answer = self._store.database.command(
            "getMore", cursor, collection="commits", batchSize=BATCH, maxTimeMS=self._await_ms, session=session
        )["cursor"]
        return answer["postBatchResumeToken"], [_inserted(change) for change in answer["nextBatch"]]

    def _number(self, waiting: list[Waiting], token: Any) -> None:
        """Number what the change stream has shown, in its order."""
        try:
            self._transact(lambda _session: waiting, token)
        except _AlreadyNumbered:  # a sweep has seen some of them, too
            self._transact(lambda session: self._still(session, waiting), token)

    def _transact(self, waiting: Callable[[ClientSession], list[Waiting]], token: Any) -> int:
        """How many were numbered."""
        count, self._heads = transact(
            self._session, lambda session: self._number_in(session, waiting(session), token), ReadConcern("snapshot")
        )
        crash_point("sequence.committed")
        self._show_heads()
        return count

    def _show_heads(self) -> None:
        for partition, last in self._heads.items():
            metrics.NUMBERED.labels(self._store.service, str(partition)).set(last)

    def _number_in(self, session: ClientSession, waiting: list[Waiting], token: Any) -> tuple[int, dict[int, int]]:
        """In one transaction: the next positions for them, in their order, and the fence.

        Answers how many commits were numbered, and the heads from then on.
        """
        heads = dict(self._heads)
        if not waiting and token is None:
            return 0, heads
        writes = []
        for commit in waiting:
            position = heads.get(commit.partition, 0) + 1
            heads[commit.partition] = position + commit.events - 1
            writes.append(UpdateOne({"_id": commit.id, "position": None}, {"$set": {"position": position}}))
        if writes:
            changed = self._store.commits.bulk_write(writes, session=session)
            if changed.modified_count != len(writes):
                raise _AlreadyNumbered
        moved: dict[str, Any] = {"heads": {str(partition): last for partition, last in heads.items()}}
        if token is not None:
            moved["token"] = token
        self._compare_and_set({**ALIVE, "$set": moved}, session)
        if writes:
            crash_point("sequence.stamped")
        return len(writes), heads

    def _any(self, session: ClientSession) -> list[Waiting]:
        """Some that have no number. A snapshot holds, of each stream, its beginning without a hole: stream and version
        order keeps it so.
        """
        found = self._store.commits.find(UNNUMBERED, SHOWN, session=session)
        return [_waiting(document) for document in found.sort([("stream", 1), ("version", 1)]).limit(BATCH)]

    def _still(self, session: ClientSession, waiting: list[Waiting]) -> list[Waiting]:
        """Those of them that have no number."""
        query = {"_id": {"$in": [commit.id for commit in waiting]}, "position": None}
        left = set(self._store.commits.distinct("_id", query, session=session))
        return [commit for commit in waiting if commit.id in left]

    def _compare_and_set(self, change: dict[str, Any], session: ClientSession | None) -> None:
        stood = self._sequence.update_one({"_id": "sequencer", "epoch": self.epoch}, change, session=session)
        if not stood.matched_count:
            raise Fenced(f"epoch {self.epoch} of {self._store.service} is over")


def _waiting(document: JsonDocument) -> Waiting:
    return Waiting(document["_id"], document["partition"], document["size"])


def _inserted(change: JsonDocument) -> Waiting:
    return Waiting(change["documentKey"]["_id"], change["fullDocument"]["partition"], change["size"])
