"""How a command becomes a commit: load, fold, decide, append; again when somebody else was faster."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from shared.core.decider import Decider
from shared.core.errors import AlreadyDone, Contended, KeyReused, NotFound, Stale, VersionConflict
from shared.core.event import Event
from shared.core.ids import partition_of
from shared.core.reaction import Intent
from shared.core.recorded import Commit, Meta
from shared.core.store import CommitStore

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
            commits, earlier = self._load(intent.stream, meta)
            if earlier is not None:
                return _repeated(earlier, meta)
            if _answered_later(commits, meta):
                return Done(intent.stream, commits[-1].last_version, commits[-1].id, repeated=True)
            version = commits[-1].last_version if commits else 0
            if not commits and not creates:
                raise NotFound("not_found", f"There is no {intent.decider.category} {intent.key}.")
            if expected is not None and expected != version:
                raise Stale("stale", f"You decided on version {expected}; it is at {version} now. Read it again.")
            events = tuple(intent.decider.decide(_state(intent.decider, commits), intent.command))
            if not events:
                return Done(intent.stream, version, commits[-1].id if commits else f"{intent.stream}@0")
            commit = self._commit(intent.stream, version + 1, events, meta)
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
        streams = self.store.load_many(list(dict.fromkeys(intent.stream for intent, _ in work)))
        states: dict[str, Any] = {}
        versions = {stream: commits[-1].last_version if commits else 0 for stream, commits in streams.items()}
        known = {(c.stream, c.meta.command_id) for commits in streams.values() for c in commits}
        made: list[int] = []
        fresh: list[Commit] = []
        for intent, meta in work:
            stream = intent.stream
            if (stream, meta.command_id) in known or _answered_later(streams[stream], meta):
                made.append(0)
                continue
            state = states[stream] if stream in states else _state(intent.decider, streams[stream])
            events = tuple(intent.decider.decide(state, intent.command))
            states[stream] = intent.decider.fold(events, state)
            made.append(len(events))
            if events:
                fresh.append(self._commit(stream, versions[stream] + 1, events, meta))
                versions[stream] += len(events)
                known.add((stream, meta.command_id))
        try:
            if fresh:
                self.store.append(fresh)
        except (VersionConflict, AlreadyDone):
            done = [self.execute(intent, meta) for intent, meta in work]
            return [0 if one.repeated else len(one.events) for one in done]
        return made

    def _load(self, stream: str, meta: Meta) -> tuple[list[Commit], Commit | None]:
        """The stream, and what the same command made before: for a caller's own key, on any stream."""
        if meta.fingerprint is not None:
            return self.store.load_with(stream, meta.command_id)
        commits = self.store.load(stream)
        return commits, next((c for c in commits if c.meta.command_id == meta.command_id), None)

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


def _state(decider: Decider[Any, Any], commits: Sequence[Commit]) -> Any:
    return decider.fold(event for commit in commits for event in commit.events)


def _answered_later(commits: Sequence[Commit], meta: Meta) -> bool:
    """Whether the stream holds an answer to a later event of the same source stream.

    Then this event was decided before and made nothing, which left no trace: deciding it now, after its successor,
    could undo what the successor did. One stream's events come to one subscription in order: there is no other case.
    """
    if meta.causation_id is None:
        return False
    source, _, version = meta.causation_id.rpartition("@")
    for commit in commits:
        if commit.meta.actor == meta.actor and commit.meta.causation_id is not None:
            stream, _, later = commit.meta.causation_id.rpartition("@")
            if stream == source and int(later) > int(version):
                return True
    return False


def _repeated(commit: Commit, meta: Meta) -> Done:
    if meta.fingerprint != commit.meta.fingerprint:
        raise KeyReused("idempotency_key_reused", "This Idempotency-Key was used for another request. Take a new one.")
    return Done(commit.stream, commit.last_version, commit.id, commit.events, repeated=True)
