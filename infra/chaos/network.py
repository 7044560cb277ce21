"""Where the programs of a chaos run live, and how two places are cut off from each other.

``Namespaces`` where the machine allows them, else ``Proxies``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self


@dataclass(frozen=True)
class Place:
    """Somewhere to run programs.

    Others reach it at ``address``, its programs listen at ``listens``; a command with ``prefix`` before it runs there.
    """

    name: str
    address: str
    listens: str
    prefix: tuple[str, ...]


class Network(Protocol):
    """``with network: network.places["a"]``."""

    places: Mapping[str, Place]
    one_loopback: bool
    """Whether all places share 127.0.0.1; then only what is exposed can be cut off."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def small_disk(self, directory: Path, megabytes: int) -> None:
        """Make ``directory``, where it can be done with a disk of its own, small enough to be filled."""

    def expose(self, name: str, port: int) -> None:
        """What listens on ``port`` in a place can be reached from the others."""

    def cut(self, one: str, others: Iterable[str]) -> None:
        """Nothing passes between ``one`` and each of ``others`` any more, in either direction; nobody is told."""

    def heal(self) -> None:
        """All places reach each other again."""
