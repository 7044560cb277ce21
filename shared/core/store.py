"""What a commit store must do. One suite of tests holds every store to it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from shared.core.recorded import Commit, Recorded


class CommitStore(Protocol):
    """The log of one service: streams of commits, and, once numbered, one dense order per partition."""

    service: str
    partitions: int

    def append(self, commits: Sequence[Commit]) -> None:
        """Keep commits, in order; all before the first that fails are kept, none after it.

        Raises ``VersionConflict`` where a stream has moved on, ``AlreadyDone`` where its command was done.
        """

    def load(self, stream: str, after: int = 0) -> list[Commit]:
        """The commits of a stream whose version is over ``after``, in order."""

    def load_many(self, streams: Sequence[str]) -> dict[str, list[Commit]]:
        """The commits of each of the streams; one that does not exist has an empty list."""

    def load_since(self, after: Mapping[str, int]) -> dict[str, list[Commit]]:
        """The commits of each of the streams whose version is over ``after``."""

    def load_with(self, stream: str, command_id: str, after: int = 0) -> tuple[list[Commit], list[Commit]]:
        """``load``, and the commits that a command made on any stream, in one look."""

    def made_by(self, command_ids: Collection[str], streams: Collection[str]) -> list[Commit]:
        """The commits that any of these commands made on these streams."""

    def is_newest(self, versions: Mapping[str, int]) -> bool:
        """Whether the last commit of each stream still is the one that was read: by its version; 0 for none.

        What is read may be older than what is kept: where a member of the database was cut off from the others, or has
        only just taken over from another. Who decides something by what is *not* there asks this first.
        """

    def by_command(self, command_id: str) -> Commit | None:
        """The first commit made by a command."""

    def read(self, partition: int, after: int, limit: int) -> list[Recorded]:
        """At most about ``limit`` events (whole commits) with a position over ``after``, in order, without a hole."""

    def stream(self, partition: int, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        """All events with a position over ``after``, in order, read as the caller goes."""

    def head(self, partition: int) -> int:
        """The last position given in a partition; 0 for none."""

    def position_of(self, commit_id: str) -> tuple[int, int] | None:
        """``(partition, position of its last event)`` of a commit; None while it has no number. Raises ``NotFound``."""
