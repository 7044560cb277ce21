"""What an executor remembers of long streams, so that a stream of many thousands of commits costs no more than a short
one: the state that its commits come to, and which causes they answer.

It is only a head start. What a majority has kept never goes away, so that a remembered state stands; what was written
since is read each time, from the last commit remembered on, and where that one is not found, nothing is believed.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

import msgspec

from shared.core.decider import Decider
from shared.core.recorded import Commit

LONG = 64
"""Commits from which on a stream is remembered: shorter ones are read in one go anyway."""
MOST_COMMITS = 200_000
"""Commits in all streams that are remembered: what is kept of them grows with their causes."""
Answered = Mapping[tuple[str, str], int]
"""By who answered and the source stream: the version of the latest event that the stream holds an answer to."""


class Known(msgspec.Struct, frozen=True):
    """A stream up to ``newest``, its last commit's first version; ``last_version`` is that of its last event."""

    decider: Decider[Any, Any]
    state: Any
    commits: int
    newest: int
    last_version: int
    answered: Answered


class Loaded:
    """A stream as a command finds it: what was remembered, and the commits since."""

    def __init__(self, stream: str, known: Known | None, tail: Sequence[Commit], done: Iterable[Commit] = ()) -> None:
        self.stream = stream
        self._known = known
        self._tail = tail
        self._done = {commit.meta.command_id: commit for commit in (*done, *tail)}
        self._answered: Answered | None = None

    @property
    def version(self) -> int:
        """Of the last event; 0 where there is none."""
        if self._tail:
            return self._tail[-1].last_version
        return self._known.last_version if self._known else 0

    @property
    def newest(self) -> int:
        """The first version of the last commit, by which a store tells whether it still is the last."""
        if self._tail:
            return self._tail[-1].version
        return self._known.newest if self._known else 0

    @property
    def commit_id(self) -> str:
        return f"{self.stream}@{self.newest}"

    def made_by(self, command_id: str) -> Commit | None:
        return self._done.get(command_id)

    def state(self, decider: Decider[Any, Any]) -> Any:
        begun = self._known.state if self._known else None
        return decider.fold((event for commit in self._tail for event in commit.events), begun)

    @property
    def answered(self) -> Answered:
        if self._answered is None:
            self._answered = _answered(self._known.answered if self._known else {}, self._tail)
        return self._answered

    def remembered(self, decider: Decider[Any, Any], state: Any) -> Known | None:
        """What to remember of it; None while it is short."""
        commits = (self._known.commits if self._known else 0) + len(self._tail)
        if commits < LONG:
            return None
        return Known(decider, state, commits, self.newest, self.version, self.answered)


class Memory:
    """The long streams that were asked for last. What is remembered of one never changes, it is replaced."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._commits = 0
        self._lock = Lock()

    def find(self, stream: str, decider: Decider[Any, Any]) -> Known | None:
        with self._lock:
            known = self._known.get(stream)
            if known is None or known.decider is not decider:
                return None
            self._known.move_to_end(stream)
            return known

    def keep(self, stream: str, known: Known | None) -> None:
        """The longer memory stays, of two that were made at once."""
        if known is None:
            return
        with self._lock:
            before = self._known.get(stream)
            if before is None or before.decider is not known.decider or before.last_version < known.last_version:
                self._forget(stream)
                self._known[stream] = known
                self._commits += known.commits
            while self._commits > MOST_COMMITS and len(self._known) > 1:
                self._forget(next(iter(self._known)))

    def forget(self, stream: str) -> None:
        with self._lock:
            self._forget(stream)

    def _forget(self, stream: str) -> None:
        if (known := self._known.pop(stream, None)) is not None:
            self._commits -= known.commits


def _answered(before: Answered, tail: Iterable[Commit]) -> Answered:
    latest: dict[tuple[str, str], int] = {}
    for commit in tail:
        if commit.meta.causation_id is not None:
            source, _, version = commit.meta.causation_id.rpartition("@")
            key = (commit.meta.actor, source)
            latest[key] = max(latest.get(key, before.get(key, 0)), int(version))
    return {**before, **latest} if latest else before
