"""Rebuilds a projection from the start of the log beside the live one, compares the two, and switches.

Readers go on with the live collection until the switch, which moves the alias and every checkpoint in one transaction;
that same transaction takes in what the live one has seen last, so that nobody ever reads an older state. A rebuild that
dies leaves the live one untouched; the next one clears away what it left.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from shared.core.errors import LiandongError
from shared.core.projection import Projection
from shared.runtime.aliases import ALIASES, KEPT_SECONDS, live, make_indexes
from shared.runtime.compare import Comparison, compare
from shared.runtime.crash_points import crash_point
from shared.runtime.mongo_store import KEPT, JsonDocument, MongoStore
from shared.runtime.parking import left_out_of
from shared.runtime.projector import places_of
from shared.runtime.refold import LogBehind, Places, Refold
from shared.runtime.subscription import checkpoints
from shared.runtime.takeover import take_over

NEAR = 500
"""Events that the switch takes in itself: more are caught up before it."""
NOTICE_SECONDS = 2 * KEPT_SECONDS
"""What passes at least between the beginning and the switch: by then no reader goes by an answer from before."""
GRACE_SECONDS = 10.0
"""How long the old collection stays after the switch, for readers who asked for its name just before."""
SNAPSHOT_TOO_OLD = 239
TOO_LONG = (
    "The comparison took longer than the database shows a moment that is over; nothing was switched. Set"
    " minSnapshotHistoryWindowInSeconds (300 by default) higher on each mongod, and run it again."
)
Progress = Callable[[int, int], None]


class Superseded(LiandongError):
    """Another rebuild of the same projection began after this one."""


class TooLong(LiandongError):
    """The comparison took longer than the database shows a moment that is over."""


class Differs(LiandongError):
    """What is shown is not what the log says; nothing was switched."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__("differs", f"{comparison.different} documents differ; nothing was switched.")
        self.comparison = comparison


class _FarBehind(Exception):
    """The live projection moved on too far to be followed inside the switch."""


@dataclass(frozen=True)
class Rebuilt:
    """``events`` were read in ``seconds``; ``unparked`` events waited behind an error, and are taken in now."""

    collection: str
    events: int
    seconds: float
    unparked: int
    comparison: Comparison


class Rebuild:
    """One rebuild of one projection of ``database``'s owner. ``progress`` hears of events read, and of how many."""

    def __init__(
        self,
        database: Database[JsonDocument],
        projection: Projection,
        sources: Mapping[str, MongoStore],
        progress: Progress = lambda _done, _total: None,
    ) -> None:
        self._database = database
        self._projection = projection
        self._progress = progress
        self._stores = places_of(database, projection, sources)
        self._aliases = database.get_collection(ALIASES, write_concern=KEPT)
        self._checkpoints = database.get_collection("checkpoints", write_concern=KEPT)
        self._session = database.client.start_session()

    def run(self, *, accept_difference: bool = False, grace: float = GRACE_SECONDS) -> Rebuilt:
        """Fill, compare, switch, and drop what was live after ``grace`` seconds.

        Raises ``Differs`` where the two are not the same, unless that is accepted; ``Superseded``; and
        ``Unfoldable`` where the projection cannot take an event.
        """
        begun = time.monotonic()
        fresh = self._database.get_collection(self._begin(), write_concern=KEPT)
        noticed = time.monotonic() + NOTICE_SECONDS
        old = live(self._database, self._projection)
        refold = Refold(self._projection, self._stores, fresh, left_out_of(self._database, self._stores))
        with self._unclaimed_on_failure(fresh.name):
            try:
                comparison = self._fill(refold, accept_difference=accept_difference)
                time.sleep(max(0.0, noticed - time.monotonic()))
            except BaseException:
                fresh.drop()
                raise
            # From here on nothing is dropped on failure: a commit whose answer was lost may have switched.
            unparked = self._switch(refold)
        seconds = time.monotonic() - begun
        crash_point("rebuild.switched")
        time.sleep(grace)
        old.drop()
        return Rebuilt(fresh.name, sum(refold.places.values()), seconds, unparked, comparison)

    def _begin(self) -> str:
        """Claim the next version, then clear away what rebuilds that died have left: after the claim, no other rebuild
        can switch to what is cleared away.
        """
        take_over(self._aliases, self._projection.name, self._session)
        number = {"$add": [{"$ifNull": ["$rebuilds", 0]}, 1]}
        name_of = {"$concat": [f"{self._projection.name}__v", {"$toString": {"$add": ["$rebuilds", 1]}}]}
        alias = self._aliases.find_one_and_update(
            {"_id": self._projection.name},
            [{"$set": {"rebuilds": number}}, {"$set": {"rebuild": name_of}}],
            upsert=True,
            return_document=True,
        )
        name = str((alias or {})["rebuild"])
        versions = {"name": {"$regex": f"^{re.escape(self._projection.name)}(__v[0-9]+)?$"}}
        kept = {live(self._database, self._projection).name, name}
        for leftover in set(self._database.list_collection_names(filter=versions)) - kept:
            self._database.drop_collection(leftover)
        return name

    @contextmanager
    def _unclaimed_on_failure(self, name: str) -> Iterator[None]:
        """While a rebuild stands in the alias, readers ask for it each time. One that switched, or that another has
        followed, stands there no more.
        """
        try:
            yield
        except BaseException:
            with suppress(PyMongoError):  # the failure itself is told; the next rebuild takes its place
                self._aliases.update_one({"_id": self._projection.name, "rebuild": name}, {"$unset": {"rebuild": ""}})
            raise

    def _fill(self, refold: Refold, *, accept_difference: bool) -> Comparison:
        while _distance(refold.places, goal := checkpoints(self._database, self._stores)) > NEAR:
            self._catch_up(refold, goal)
        make_indexes(refold.collection, self._projection)
        comparison = self._compare(refold)
        if comparison.different and not accept_difference:
            raise Differs(comparison)
        return comparison

    def _follow(self, refold: Refold) -> None:
        """Read until the live one is near; where that is itself far behind, until the log's end is."""
        while True:
            goal = checkpoints(self._database, self._stores)
            for key, (store, partition) in self._stores.items():
                if (head := store.head(partition)) - goal[key] > NEAR:
                    goal[key] = head
            if _distance(refold.places, goal) <= NEAR:
                return
            self._catch_up(refold, goal)

    def _catch_up(self, refold: Refold, goal: Places) -> None:
        total = sum(goal.values())
        for _ in refold.read(goal):
            crash_point("rebuild.written")
            self._progress(sum(refold.places.values()), total)

    def _compare(self, refold: Refold) -> Comparison:
        """With the live one as it is at one moment: the refold is brought to that moment's checkpoints first."""
        with self._database.client.start_session(snapshot=True) as session:
            goal = checkpoints(self._database, self._stores, session)
            self._catch_up(refold, goal)
            try:
                return compare(live(self._database, self._projection, session), refold.collection, session)
            except OperationFailure as error:
                if error.code == SNAPSHOT_TOO_OLD:
                    raise TooLong("too_long", TOO_LONG) from None
                raise

    def _switch(self, refold: Refold) -> int:
        """Until it is done; how many events were parked."""
        while True:
            self._follow(refold)
            # Were we to die in mid-transaction, the projector that comes next can end it.
            for key in self._stores:
                switching = {"$set": {"switching": self._session.session_id}}
                self._checkpoints.update_one({"_id": key}, switching, upsert=True)
            try:
                return self._session.with_transaction(
                    lambda session: self._switch_in(session, refold),
                    read_concern=ReadConcern("snapshot"),
                    write_concern=KEPT,
                )
            except _FarBehind:
                continue
            except LogBehind:  # wait for it outside of the transaction, and no longer than for anything else
                self._catch_up(refold, checkpoints(self._database, self._stores))

    def _switch_in(self, session: ClientSession, refold: Refold) -> int:
        """Everything that readers and the live projection go by, at once. The checkpoints are written first: from then
        on, until the commit, the live projection cannot move.
        """
        claimed = {"_id": self._projection.name, "rebuild": refold.collection.name}
        switched = {"$set": {"collection": refold.collection.name}, "$unset": {"rebuild": ""}}
        if not self._aliases.update_one(claimed, switched, session=session).matched_count:
            raise Superseded("superseded", f"Another rebuild of {self._projection.name} began after this one.")
        goal = {key: self._hold(key, session) for key in self._stores}
        if _distance(refold.places, goal) > NEAR:
            raise _FarBehind
        if left_out_of(self._database, self._stores, session) != refold.excluded:
            raise Superseded("discarded", "An event was discarded meanwhile. Run it again.")
        places = refold.take_in(goal, session)
        crash_point("rebuild.switching")
        for key, position in places.items():
            self._checkpoints.update_one(
                {"_id": key}, {"$max": {"position": position}, "$unset": {"switching": ""}}, session=session
            )
        parked = self._database.parked.delete_many({"subscription": {"$in": list(self._stores)}}, session=session)
        return int(parked.deleted_count)

    def _hold(self, key: str, session: ClientSession) -> int:
        """Keep a checkpoint from moving until this transaction ends; where it stands."""
        held = self._checkpoints.find_one_and_update(
            {"_id": key}, {"$inc": {"switches": 1}}, upsert=True, return_document=True, session=session
        )
        return int((held or {}).get("position", 0))


def _distance(places: Places, goal: Places) -> int:
    """How many events lie between."""
    return sum(max(0, goal[key] - place) for key, place in places.items())
