"""What an entrypoint may do: execute a command, read a document that has seen the caller's own write."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar, runtime_checkable

import msgspec
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from shared.core.decider import Command, Decider
from shared.core.errors import LiandongError, NotFound, NotYetVisible
from shared.core.ids import derived
from shared.core.projection import Projection
from shared.core.reaction import Intent
from shared.core.recorded import Meta, Recorded
from shared.runtime.aliases import Aliases
from shared.runtime.auth import Principal
from shared.runtime.execute import Clock, Done, Executor
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.progress import LOOK_SECONDS, Progress
from shared.runtime.projector import subscription_name
from shared.runtime.subscription import checkpoint_key, checkpoints
from shared.runtime.wiring import Logs

WAIT_SECONDS = 10.0
PATIENCE, LONGEST_LOOK_SECONDS = 1.2, 0.05  # who waits long, as under load, looks less often
NEWEST_SHARE, LONGEST_USUAL_SECONDS = 0.1, 0.5  # of a wait, in what it usually takes
ASKED_AT_ONCE = 1_000  # commits, by their ids
S = TypeVar("S")


class BadToken(LiandongError):
    """``?after=`` is no token of ours, or of a service that this projection does not see."""


class Accepted(msgspec.Struct, frozen=True):
    """The answer to a command. ``position`` is an opaque token for ``?after=``: the place of one's own write."""

    id: str
    version: int
    position: str


class Asker(Protocol):
    """What of a request a query needs."""

    @property
    def after(self) -> str | None: ...


@runtime_checkable
class Caller(Asker, Protocol):
    """What of a request a command needs besides; ``shared.runtime.api.Call`` is one."""

    principal: Principal
    idempotency_key: str | None
    if_match: int | None
    fingerprint: str
    correlation_id: str

    def new_id(self) -> str: ...


class Reader:
    """The documents of one owner of projections, for those who show them."""

    def __init__(
        self, owner: str, client: MongoClient[JsonDocument], logs: Logs, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.service = owner
        self.client = client
        self.logs = logs
        self.database = client[owner]
        self._kept = self.database.with_options(read_concern=ReadConcern("majority"))
        self.live = Aliases(self.database).live
        self._progress = Progress(self._kept)  # it remembers: what one node alone has may still be taken back
        self._usual = 0.0
        self._sleep = sleep

    def document(self, projection: Projection, key: str, caller: Asker | None = None) -> JsonDocument:
        """One document, ``NotFound`` if there is none.

        A command is refused for what is not there only once the projection has seen all of its logs: after a fail-over
        it may stand behind what its caller has seen before, and a refusal is the last word under its Idempotency-Key.
        """
        self.wait(projection, caller)
        found: JsonDocument | None = self.live(projection).find_one({"_id": key})
        if found is None and isinstance(caller, Caller) and caller.idempotency_key is not None:
            self.level(projection)
            found = self.live(projection).find_one({"_id": key})
        if found is None:
            raise NotFound("not_found", f"There is no {key} in {projection.name}.")
        return found

    def documents(
        self,
        projection: Projection,
        query: Mapping[str, Any],
        caller: Asker | None = None,
        *,
        sort: str = "_id",
        limit: int = 100,
        without: Collection[str] = (),
        only: Collection[str] = (),
    ) -> list[JsonDocument]:
        """Documents that match; ``sort`` names a field, ``-`` before it turns the order; ``without`` are fields that a
        list does not show, and that need not be fetched; or else ``only`` those that it does.
        """
        self.wait(projection, caller)
        order = -1 if sort.startswith("-") else 1
        fetched = dict.fromkeys(only, 1) or dict.fromkeys(without, 0) or None
        return list(self.live(projection).find(query, fetched).sort(sort.lstrip("-"), order).limit(limit))

    def wait(self, projection: Projection, caller: Asker | None) -> None:
        """Return once the projection has seen the caller's ``?after=``."""
        if caller is None or caller.after is None:
            return
        source, _, commit = caller.after.partition("/")
        if commit.endswith("@0"):
            return  # nothing was written
        begun, place = time.monotonic(), None
        for pause in self._pauses():
            place = place or self._place(projection, source, commit)
            if place is not None and self._has_seen(projection, source, *place):
                break
            if time.monotonic() - begun > WAIT_SECONDS:
                raise NotYetVisible("not_yet_visible", "Your write is kept, but not yet visible here. Ask again.")
            self._sleep(pause)
        took = min(time.monotonic() - begun, LONGEST_USUAL_SECONDS)
        self._usual += (took - self._usual) * NEWEST_SHARE

    def level(self, projection: Projection) -> None:
        """Return once the projection has seen all that stands in its logs by now, whatever the clocks of those who
        wrote it say. Its place is asked for anew: a fail-over may have taken it back behind what was seen of it here.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        for source in projection.sources:
            with self.client.start_session(causal_consistency=True) as session:
                self._level_with(projection, source, deadline, session)

    def _level_with(self, projection: Projection, source: str, deadline: float, session: ClientSession) -> None:
        log = self.logs[source]
        waiting = log.waiting(session)
        for first in range(0, len(waiting), ASKED_AT_ONCE):
            self._until(partial(log.have_places, waiting[first : first + ASKED_AT_ONCE], session), deadline)
        for partition in range(log.partitions):
            head = log.head(partition, session)
            self._until(partial(self._is_at, projection, source, partition, head, session), deadline)

    def _is_at(self, projection: Projection, source: str, partition: int, head: int, session: ClientSession) -> bool:
        """Where it stands whatever fails over: what a reader saw on one node alone may still be taken back."""
        key = checkpoint_key(subscription_name(self.service, projection), source, partition)
        return checkpoints(self._kept, [key], session)[key] >= head

    def _until(self, holds: Callable[[], bool], deadline: float) -> None:
        while not holds():
            if time.monotonic() > deadline:
                raise NotYetVisible("not_yet_visible", "What you name is not visible here yet. Ask again.")
            self._sleep(LOOK_SECONDS)

    def _pauses(self) -> Iterator[float]:
        """Between looks, in seconds: none in the first half of what a wait usually takes, then short, growing ones."""
        yield self._usual / 2
        pause = LOOK_SECONDS
        while True:
            yield pause
            pause = min(pause * PATIENCE, LONGEST_LOOK_SECONDS)

    def _place(self, projection: Projection, source: str, commit: str) -> tuple[int, int] | None:
        """Where the log has a commit; None while it is not numbered."""
        try:
            if source in projection.sources:
                return self.logs[source].position_of(commit)
        except NotFound:
            pass
        raise BadToken("bad_position", f"after={source}/{commit} is no position that {projection.name} can wait for.")

    def _has_seen(self, projection: Projection, source: str, partition: int, position: int) -> bool:
        key = checkpoint_key(subscription_name(self.service, projection), source, partition)
        return self._progress.has_reached(key, position)

    def position(self, projection: Projection, source: str, partition: int = 0) -> int:
        """How far a projection of this service has seen a source's partition."""
        return self.reached(subscription_name(self.service, projection), source, partition)

    def reached(self, subscription: str, source: str, partition: int = 0) -> int:
        """How far a subscription of this service, such as a reaction's, has come in a source's partition."""
        key = checkpoint_key(subscription, source, partition)
        return checkpoints(self.database, [key])[key]

    def caught_up(self, projection: Projection, recorded: Recorded) -> bool:
        """Whether a projection of this service has seen an event; waits a little for it."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._has_seen(projection, recorded.service, recorded.partition, recorded.position):
            if time.monotonic() > deadline:
                return False
            self._sleep(LOOK_SECONDS)
        return True


class App(Reader):
    """One service's log and documents, for its entrypoints."""

    def __init__(
        self,
        service: str,
        client: MongoClient[JsonDocument],
        logs: Logs,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(service, client, logs, sleep)
        self.store = logs[service]
        self.executor = Executor(self.store, clock)

    def execute(
        self, decider: Decider[Any, Any], key: str, command: Command, caller: Caller, *, creates: bool = False
    ) -> Accepted:
        """Run a caller's command. An unknown stream is ``NotFound``, unless the command ``creates`` it."""
        done = self.executor.execute(
            Intent(decider, key, command), meta_of(caller), expected=caller.if_match, creates=creates
        )
        return self.accepted(key, done)

    def carry_out(self, intent: Intent, command_id: str, actor: str) -> None:
        """A wish that nobody asked for just now, such as a timer's: repeated under the same id, it is done once."""
        self.executor.execute(intent, Meta(command_id=command_id, actor=actor))

    def state(self, decider: Decider[S, Any], key: str) -> tuple[S, int]:
        """An instance as its log tells it now, and its version: 0 where nothing ever happened to it."""
        commits = self.store.load(decider.stream(key))
        state = decider.fold(event for commit in commits for event in commit.events)
        return state, commits[-1].last_version if commits else 0

    def accepted(self, key: str, done: Done) -> Accepted:
        return Accepted(id=key, version=done.version, position=f"{self.service}/{done.commit_id}")


def meta_of(caller: Caller) -> Meta:
    """The meta of a caller's command: its id is derived from the caller's own Idempotency-Key, where there is one."""
    principal = caller.principal
    return Meta(
        command_id=command_id(caller),
        actor=principal.staff_id,
        role=",".join(sorted(principal.roles)),
        unit=principal.unit_id,
        correlation_id=caller.correlation_id,
        fingerprint=caller.fingerprint if caller.idempotency_key else None,
    )


def command_id(caller: Caller) -> str:
    if caller.idempotency_key is None:
        return f"request-{caller.new_id()}"
    return f"key-{derived(caller.principal.staff_id, caller.idempotency_key)}"
