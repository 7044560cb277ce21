"""Builds a projection anew from the logs, beside the live one, and switches its readers and its feeder over at once.

1. Fill ``<name>__v<n>`` up to where the live one stands; nobody reads it, so it needs no transactions.
2. Compare both at equal places. A difference stops here, unless it is accepted.
3. Go on to the head of the logs, tell readers to remember nothing, and move the alias together with the places of all
   sources, none of them backward, in one transaction. A projector in flight is overtaken, and goes on in the new one.

Killed anywhere, the live one is as it was; the next rebuild removes what was left.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from pymongo import MongoClient, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from shared.core.errors import LiandongError
from shared.core.projection import Projection
from shared.runtime.alias import LEASE_SECONDS, Claim, documents_of, make_indexes
from shared.runtime.compare import Comparison, compare
from shared.runtime.crash_points import crash_point
from shared.runtime.mongo_store import KEPT, JsonDocument, MongoStore
from shared.runtime.projector import subscription_name
from shared.runtime.refold import Place, Refold, Shelf
from shared.runtime.subscription import checkpoint_key
from shared.runtime.takeover import end_sessions
from shared.runtime.transaction import transact

LINGER_SECONDS = 5.0
ROUNDS = 5
FEW = 1_000  # positions behind: close enough to the live one
Tell = Callable[[str, int, int], None]
"""Is told the phase (``fill``, ``compare``, ``catch up``), and how many positions of how many are done."""


class RebuildStopped(LiandongError):
    """The live one stays. ``comparison`` is there if that is why."""

    def __init__(self, code: str, message: str, comparison: Comparison | None = None) -> None:
        super().__init__(code, message)
        self.comparison = comparison


class _Behind(Exception):
    """The live one has passed us meanwhile."""


@dataclass(frozen=True)
class Rebuilt:
    """``events`` is the positions of the logs that were read, in ``seconds`` of reading, folding and writing."""

    collection: str
    events: int
    seconds: float
    comparison: Comparison


def rebuild(
    client: MongoClient[JsonDocument],
    stores: Mapping[str, MongoStore],
    owner: str,
    projection: Projection,
    *,
    accept_difference: bool = False,
    tell: Tell = lambda *_: None,
    linger: float = LINGER_SECONDS,
) -> Rebuilt:
    """Rebuild and switch. The old collection goes after ``linger`` seconds, for those who are still reading in it.

    Raises ``RebuildStopped`` or ``CannotFold``; then, and when interrupted, everything is as it was.
    """
    building = _Building(client, stores, client[owner], projection, tell)
    try:
        building.fill()
        comparison = building.compare(accept_difference=accept_difference)
        building.switch()
    except BaseException:
        with suppress(PyMongoError):
            building.claim.withdraw()
        raise
    time.sleep(linger)
    with suppress(PyMongoError):  # else the next rebuild does
        building.claim.remove_leftovers()
    return Rebuilt(building.claim.collection, building.events, building.seconds, comparison)


class _Building:
    """One rebuild from its claim to the switch."""

    def __init__(
        self,
        client: MongoClient[JsonDocument],
        stores: Mapping[str, MongoStore],
        database: Database[JsonDocument],
        projection: Projection,
        tell: Tell,
    ) -> None:
        self._client, self._database, self._projection, self._tell = client, database, projection, tell
        self._checkpoints = database.get_collection("checkpoints", write_concern=KEPT)
        self._session = client.start_session()
        self.claim = Claim(database, projection)
        self._documents = database.get_collection(self.claim.collection, write_concern=KEPT)
        self._refold = Refold(projection, stores, Shelf(self._documents))
        name = subscription_name(database.name, projection)
        self._keys = {place: checkpoint_key(name, *place) for place in self._refold.places}
        self.events, self.seconds = 0, 0.0
        self._prepare()

    def _prepare(self) -> None:
        """End what a killed rebuild left in mid-switch, remove what it had filled, and begin with nothing."""
        left = [place.get("switching") for place in self._checkpoints.find({"_id": {"$in": list(self._keys.values())}})]
        end_sessions(self._checkpoints, left, self._session)
        self.claim.remove_leftovers()
        for key in self._keys.values():
            self._checkpoints.update_one({"_id": key}, {"$max": {"position": 0}}, upsert=True)
        self._database.create_collection(self.claim.collection)

    def fill(self) -> None:
        """Up to about where the live one stands."""
        for _ in range(ROUNDS):
            if self._catch_up(self._live_places(), "fill") < FEW:
                break
        crash_point("rebuild.filled")

    def compare(self, *, accept_difference: bool) -> Comparison:
        """With the live one as it stood at one moment, at exactly its places then."""
        with self._client.start_session(snapshot=True) as session:
            self._catch_up(self._live_places(session), "compare")
            live = documents_of(self._database, self._projection, session)
            found = compare(live.find(session=session).sort("_id"), self._documents.find().sort("_id"))
        crash_point("rebuild.compared")
        if not found.equal and not accept_difference:
            raise RebuildStopped("differs", f"{found.differing:,} documents differ; nothing is switched.", found)
        return found

    def switch(self) -> None:
        self._catch_up(self._refold.heads(), "catch up")
        make_indexes(self._documents, self._projection)
        self.claim.announce()
        crash_point("rebuild.announced")
        time.sleep(2 * LEASE_SECONDS)
        while True:
            self._catch_up(self._refold.heads(), "catch up")
            keys = list(self._keys.values())
            self._checkpoints.update_many({"_id": {"$in": keys}}, {"$set": {"switching": self._session.session_id}})
            try:
                transact(self._session, self._move)
            except _Behind:
                continue
            crash_point("rebuild.switched")
            return

    def _move(self, session: ClientSession) -> None:
        """Short, because the live projector must wait for it. What was parked is in the new documents."""
        generation = self.claim.generation
        moves = [
            UpdateOne(
                {"_id": self._keys[place], "position": {"$lte": position}},
                {"$set": {"position": position, "generation": generation}, "$unset": {"switching": ""}},
            )
            for place, position in self._refold.places.items()
        ]
        if self._checkpoints.bulk_write(moves, session=session).matched_count < len(moves):
            raise _Behind
        if not self.claim.move(session):
            raise RebuildStopped("superseded", "Another rebuild of this projection began; this one has ended.")
        self._database.parked.delete_many({"subscription": {"$in": list(self._keys.values())}}, session=session)
        crash_point("rebuild.moved")

    def _live_places(self, session: ClientSession | None = None) -> dict[Place, int]:
        """As the majority knows them, so that a snapshot taken later is never behind them."""
        places = self._database.get_collection("checkpoints", read_concern=None if session else ReadConcern("majority"))
        found = places.find({"_id": {"$in": list(self._keys.values())}}, session=session)
        stored = {one["_id"]: one.get("position", 0) for one in found}
        return {place: stored.get(key, 0) for place, key in self._keys.items()}

    def _catch_up(self, upto: Mapping[Place, int], phase: str) -> int:
        begun, total, done = time.perf_counter(), sum(upto.values()), sum(self._refold.places.values())

        def seen(count: int) -> None:
            nonlocal done
            done += count
            self._tell(phase, done, total)
            if not self.claim.holds():
                raise RebuildStopped("superseded", "Another rebuild of this projection began; this one has ended.")

        self._tell(phase, done, total)
        moved = self._refold.catch_up(upto, seen)
        self.events += moved
        self.seconds += time.perf_counter() - begun
        return moved
