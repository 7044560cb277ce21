"""A commit store in memory: for tests of everything above the store, and the second witness of the contract."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from shared.core.errors import AlreadyDone, NotFound, VersionConflict
from shared.core.recorded import Commit, Recorded


class MemoryStore:
    """Keeps commits in a list; ``number`` plays the relay."""

    def __init__(self, service: str, partitions: int = 1) -> None:
        self.service = service
        self.partitions = partitions
        self._commits: dict[str, Commit] = {}
        self._streams: dict[str, list[str]] = {}
        self._heads = dict.fromkeys(range(partitions), 0)

    def append(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            earlier = self._of(commit.stream)
            if any(commit.meta.command_id == one.meta.command_id for one in earlier):
                raise AlreadyDone(commit.meta.command_id)
            if commit.version != (earlier[-1].last_version if earlier else 0) + 1:
                raise VersionConflict(commit.id)
            self._commits[commit.id] = commit
            self._streams.setdefault(commit.stream, []).append(commit.id)

    def load(self, stream: str, after: int = 0) -> list[Commit]:
        return [commit for commit in self._of(stream) if commit.version > after]

    def _of(self, stream: str) -> list[Commit]:
        return [self._commits[commit_id] for commit_id in self._streams.get(stream, ())]

    def load_many(self, streams: Sequence[str]) -> dict[str, list[Commit]]:
        return self.load_since(dict.fromkeys(streams, 0))

    def load_since(self, after: Mapping[str, int]) -> dict[str, list[Commit]]:
        return {stream: [c for c in self._of(stream) if c.version > version] for stream, version in after.items()}

    def load_with(self, stream: str, command_id: str, after: int = 0) -> tuple[list[Commit], list[Commit]]:
        found = [commit for commit in self._of(stream) if commit.version > after]
        return found, [c for c in self._commits.values() if c.meta.command_id == command_id]

    def made_by(self, command_ids: Collection[str], streams: Collection[str]) -> list[Commit]:
        return [c for c in self._commits.values() if c.stream in streams and c.meta.command_id in command_ids]

    def is_newest(self, versions: Mapping[str, int]) -> bool:
        last = {stream: self._streams[stream][-1] for stream in versions if stream in self._streams}
        return all(version == (self._commits[last[s]].version if s in last else 0) for s, version in versions.items())

    def by_command(self, command_id: str) -> Commit | None:
        return next((c for c in self._commits.values() if c.meta.command_id == command_id), None)

    def read(self, partition: int, after: int, limit: int) -> list[Recorded]:
        found: list[Recorded] = []
        for recorded in self.stream(partition, after):
            if len(found) >= limit and recorded.version != found[-1].version + 1:
                break
            found.append(recorded)
        return found

    def stream(self, partition: int, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        numbered = [c for c in self._commits.values() if c.partition == partition and c.position is not None]
        for commit in sorted(numbered, key=lambda c: c.position or 0):
            for recorded in commit.recorded():
                if recorded.position > after and (upto is None or recorded.position <= upto):
                    yield recorded

    def head(self, partition: int) -> int:
        return self._heads[partition]

    def position_of(self, commit_id: str) -> tuple[int, int] | None:
        commit = self._commits.get(commit_id)
        if commit is None:
            raise NotFound("not_found", f"There is no commit {commit_id} in {self.service}.")
        if commit.position is None:
            return None
        return commit.partition, commit.position + len(commit.events) - 1

    def number(self) -> None:
        """Give every commit that has none its position, in the order in which they came."""
        for commit in self._commits.values():
            if commit.position is None:
                position = self._heads[commit.partition] + 1
                self._commits[commit.id] = msgspec.structs.replace(commit, position=position)
                self._heads[commit.partition] += len(commit.events)
