"""How a command becomes a commit: load, fold, decide, append; again when somebody else was faster."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
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
            if _is_later(_answered(commits), meta):
                return Done(intent.stream, commits[-1].last_version, commits[-1].id, repeated=True)
            version = commits[-1].last_version if commits else 0
            try:
                _must_stand_at(version, intent, expected, creates=creates)
                events = tuple(intent.decider.decide(_state(intent.decider, commits), intent.command))
            except LiandongError:
                if self._is_newest({intent.stream: commits}):
                    raise
                continue
            if not events:
                if self._is_newest({intent.stream: commits}):
                    return Done(intent.stream, version, commits[-1].id if commits else f"{intent.stream}@0")
                continue
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
        for _ in range(ATTEMPTS):
            streams = self.store.load_many(list(dict.fromkeys(intent.stream for intent, _ in work)))
            try:
                made, fresh, idle = self._decide_many(work, streams)
            except LiandongError:
                if self._is_newest(streams):
                    raise
                continue
            if not idle or self._is_newest({stream: streams[stream] for stream in idle}):
                break
        else:
            return self._one_by_one(work)
        try:
            if fresh:
                self.store.append(fresh)
        except (VersionConflict, AlreadyDone):
            return self._one_by_one(work)
        return made

    def _one_by_one(self, work: Sequence[tuple[Intent, Meta]]) -> list[int]:
        done = [self.execute(intent, meta) for intent, meta in work]
        return [0 if one.repeated else len(one.events) for one in done]

    def _decide_many(
        self, work: Sequence[tuple[Intent, Meta]], streams: Mapping[str, Sequence[Commit]]
    ) -> tuple[list[int], list[Commit], set[str]]:
        """How many events each command makes, the commits, and the streams on which one made nothing."""
        states: dict[str, Any] = {}
        versions = {stream: commits[-1].last_version if commits else 0 for stream, commits in streams.items()}
        known = {(c.stream, c.meta.command_id) for commits in streams.values() for c in commits}
        answered = {stream: _answered(commits) for stream, commits in streams.items()}
        made: list[int] = []
        fresh: list[Commit] = []
        idle: set[str] = set()
        for intent, meta in work:
            stream = intent.stream
            if (stream, meta.command_id) in known or _is_later(answered[stream], meta):
                made.append(0)
                continue
            state = states[stream] if stream in states else _state(intent.decider, streams[stream])
            events = tuple(intent.decider.decide(state, intent.command))
            states[stream] = intent.decider.fold(events, state)
            made.append(len(events))
            if not events:
                idle.add(stream)
                continue
            fresh.append(self._commit(stream, versions[stream] + 1, events, meta))
            versions[stream] += len(events)
            known.add((stream, meta.command_id))
        return made, fresh, idle

    def _is_newest(self, streams: Mapping[str, Sequence[Commit]]) -> bool:
        """Whether a refusal, or a decision to do nothing, was made on the whole truth: nothing is written by it, so
        that no conflict would tell.
        """
        return self.store.is_newest({stream: one[-1].version if one else 0 for stream, one in streams.items()})

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


def _must_stand_at(version: int, intent: Intent, expected: int | None, *, creates: bool) -> None:
    if not version and not creates:
        raise NotFound("not_found", f"There is no {intent.decider.category} {intent.key}.")
    if expected is not None and expected != version:
        raise Stale("stale", f"You decided on version {expected}; it is at {version} now. Read it again.")


def _state(decider: Decider[Any, Any], commits: Sequence[Commit]) -> Any:
    return decider.fold(event for commit in commits for event in commit.events)


def _answered(commits: Sequence[Commit]) -> dict[tuple[str, str], int]:
    """By who answered and the source stream: the version of the latest event that the stream holds an answer to."""
    latest: dict[tuple[str, str], int] = {}
    for commit in commits:
        if commit.meta.causation_id is not None:
            source, _, version = commit.meta.causation_id.rpartition("@")
            key = (commit.meta.actor, source)
            latest[key] = max(latest.get(key, 0), int(version))
    return latest


def _is_later(answered: Mapping[tuple[str, str], int], meta: Meta) -> bool:
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
