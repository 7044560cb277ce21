"""How a command becomes a commit: load, fold, decide, append; again when somebody else was faster."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from shared.core.decider import Decider
from shared.core.errors import AlreadyDone, Contended, KeyReused, LiandongError, NotFound, Stale, VersionConflict
from shared.core.event import Event
from shared.core.ids import partition_of
from shared.core.reaction import Intent
from shared.core.recorded import Commit, Meta
from shared.core.store import CommitStore
from shared.runtime.hot import Answered, Known, Loaded, Memory

ATTEMPTS = 5
MAX_COMMIT_BYTES = 256 * 1024
Clock = Callable[[], datetime]


class Done(msgspec.Struct, frozen=True):
    """Where a stream stands after a command. ``events`` is empty where the wish already held; ``repeated`` says that
    they were made before, by the same command.
    """

    stream: str
    version: int
    commit_id: str
    events: tuple[Event, ...] = ()
    repeated: bool = False


class Executor:
    """Runs commands against one service's log. ``clock`` answers aware UTC."""

    def __init__(self, store: CommitStore, clock: Clock) -> None:
        self.store = store
        self._clock = clock
        self._memory = Memory()

    def execute(
        self,
        intent: Intent,
        meta: Meta,
        *,
        expected: int | None = None,
        creates: bool = True,
    ) -> Done:
        """Decide one command and keep its events, exactly once per ``meta.command_id``.

        ``expected`` is the version that the caller decided on; ``creates`` allows a stream that does not exist yet.
        """
        for _ in range(ATTEMPTS):
            found = self._load(intent, meta)
            if (earlier := found.made_by(meta.command_id)) is not None:
                return _repeated(earlier, meta)
            if _is_later(found.answered, meta):
                return Done(intent.stream, found.version, found.commit_id, repeated=True)
            try:
                _must_stand_at(found.version, intent, expected, creates=creates)
                events = tuple(intent.decider.decide(self._state(found, intent.decider), intent.command))
            except LiandongError:
                if self._is_newest([found]):
                    raise
                continue
            if not events:
                if self._is_newest([found]):
                    return Done(intent.stream, found.version, found.commit_id)
                continue
            commit = self._commit(intent.stream, found.version + 1, events, meta)
            try:
                self.store.append([commit])
            except (VersionConflict, AlreadyDone):
                time.sleep(random.uniform(0.002, 0.02))  # noqa: S311 -- jitter, so that two losers do not meet again
                continue
            return Done(intent.stream, commit.last_version, commit.id, events)
        raise Contended("contended", f"{intent.stream} is changed by others again and again. Try once more.")

    def execute_many(self, work: Sequence[tuple[Intent, Meta]]) -> list[int]:
        """Decide many commands with one read and one write; how many events each of them made.

        Commands on one stream follow each other. Where others interfere, what is left is decided one by one.
        """
        for _ in range(ATTEMPTS):
            streams = self._load_many(work)
            try:
                made, fresh, idle = self._decide_many(work, streams)
            except LiandongError:
                if self._is_newest(streams.values()):
                    raise
                continue
            if not idle or self._is_newest([streams[stream] for stream in idle]):
                break
        else:
            return self._one_by_one(work)
        with suppress(VersionConflict, AlreadyDone):
            if fresh:
                self.store.append(fresh)
            return made
        # After the refusal and not within it: what fails now would be logged with it as its cause.
        return self._one_by_one(work)

    def _one_by_one(self, work: Sequence[tuple[Intent, Meta]]) -> list[int]:
        done = [self.execute(intent, meta) for intent, meta in work]
        return [0 if one.repeated else len(one.events) for one in done]

    def _decide_many(
        self, work: Sequence[tuple[Intent, Meta]], streams: Mapping[str, Loaded]
    ) -> tuple[list[int], list[Commit], set[str]]:
        """How many events each command makes, the commits, and the streams on which one made nothing."""
        states: dict[str, Any] = {}
        versions = {stream: found.version for stream, found in streams.items()}
        known: set[tuple[str, str]] = set()
        made: list[int] = []
        fresh: list[Commit] = []
        idle: set[str] = set()
        for intent, meta in work:
            stream, found = intent.stream, streams[intent.stream]
            once = (stream, meta.command_id)
            if once in known or found.made_by(meta.command_id) is not None or _is_later(found.answered, meta):
                made.append(0)
                continue
            state = states[stream] if stream in states else self._state(found, intent.decider)
            events = tuple(intent.decider.decide(state, intent.command))
            states[stream] = intent.decider.fold(events, state)
            made.append(len(events))
            if not events:
                idle.add(stream)
                continue
            fresh.append(self._commit(stream, versions[stream] + 1, events, meta))
            versions[stream] += len(events)
            known.add(once)
        return made, fresh, idle

    def _is_newest(self, streams: Iterable[Loaded]) -> bool:
        """Whether a refusal, or a decision to do nothing, was made on the whole truth: nothing is written by it, so
        that no conflict would tell.
        """
        return self.store.is_newest({found.stream: found.newest for found in streams})

    def _load(self, intent: Intent, meta: Meta) -> Loaded:
        """The stream, and what the same command made before: for a caller's own key, on any stream."""
        known = self._memory.find(intent.stream, intent.decider)
        if known is None and meta.fingerprint is None:
            return Loaded(intent.stream, None, self.store.load(intent.stream))
        commits, done = self.store.load_with(intent.stream, meta.command_id, _before(known))
        mine = [one for one in done if meta.fingerprint is not None or one.stream == intent.stream]
        return self._trusted(intent.stream, known, commits, mine)

    def _load_many(self, work: Sequence[tuple[Intent, Meta]]) -> dict[str, Loaded]:
        known = {intent.stream: self._memory.find(intent.stream, intent.decider) for intent, _ in work}
        long = [stream for stream, one in known.items() if one is not None]
        tails = self.store.load_since({stream: _before(one) for stream, one in known.items()})
        ids = {meta.command_id for intent, meta in work if known[intent.stream] is not None}
        done = self.store.made_by(ids, long) if long else []
        return {
            stream: self._trusted(stream, one, tails[stream], [commit for commit in done if commit.stream == stream])
            for stream, one in known.items()
        }

    def _trusted(self, stream: str, known: Known | None, commits: Sequence[Commit], done: Iterable[Commit]) -> Loaded:
        """What is remembered is believed where its last commit still stands, which is the first that was read again."""
        if known is None:
            return Loaded(stream, None, commits, done)
        if commits and commits[0].version == known.newest and commits[0].last_version == known.last_version:
            return Loaded(stream, known, commits[1:], [*done, commits[0]])
        self._memory.forget(stream)
        return Loaded(stream, None, self.store.load(stream), done)

    def _state(self, found: Loaded, decider: Decider[Any, Any]) -> Any:
        state = found.state(decider)
        self._memory.keep(found.stream, found.remembered(decider, state))
        return state

    def _commit(self, stream: str, version: int, events: tuple[Event, ...], meta: Meta) -> Commit:
        now = self._clock()
        commit = Commit(
            service=self.store.service,
            stream=stream,
            version=version,
            partition=partition_of(stream, self.store.partitions),
            events=events,
            meta=meta,
            # MongoDB keeps milliseconds: what is answered now and what is read later must be the same.
            recorded_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        )
        size = len(msgspec.msgpack.encode(commit))
        if size > MAX_COMMIT_BYTES:
            raise ValueError(f"a commit on {stream} has {size} bytes, over {MAX_COMMIT_BYTES}: decide in batches")
        return commit


def _before(known: Known | None) -> int:
    """What is remembered is read again from its last commit on."""
    return known.newest - 1 if known else 0


def _must_stand_at(version: int, intent: Intent, expected: int | None, *, creates: bool) -> None:
    if not version and not creates:
        raise NotFound("not_found", f"There is no {intent.decider.category} {intent.key}.")
    if expected is not None and expected != version:
        raise Stale("stale", f"You decided on version {expected}; it is at {version} now. Read it again.")


def _is_later(answered: Answered, meta: Meta) -> bool:
    """Whether the stream holds an answer to a later event of the same source stream.

    Then this event was decided before and made nothing, which left no trace: deciding it now, after its successor,
    could undo what the successor did. One stream's events come to one subscription in order: there is no other case.
    """
    if meta.causation_id is None:
        return False
    source, _, version = meta.causation_id.rpartition("@")
    return answered.get((meta.actor, source), 0) > int(version)


def _repeated(commit: Commit, meta: Meta) -> Done:
    if meta.fingerprint != commit.meta.fingerprint:
        raise KeyReused("idempotency_key_reused", "This Idempotency-Key was used for another request. Take a new one.")
    return Done(commit.stream, commit.last_version, commit.id, commit.events, repeated=True)
