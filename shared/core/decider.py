"""An aggregate in three fields: where it starts, what it decides, how it changes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, TypeVar

import msgspec

from shared.core.event import Event

S = TypeVar("S")


class Command(msgspec.Struct, frozen=True):
    """A wish, named in the imperative. Time and ids arrive with it."""


C = TypeVar("C", bound=Command)


@dataclass(frozen=True)
class Decider(Generic[S, C]):
    """``decide`` answers with events, with none where the wish already holds, or raises ``RuleBroken``.

    ``evolve`` never refuses: what happened, happened. ``category`` begins the stream's name: ``lead`` → ``lead-01J…``.
    """

    category: str
    initial: S
    decide: Callable[[S, C], Sequence[Event]]
    evolve: Callable[[S, Any], S]  # each takes its own union of events

    def fold(self, events: Iterable[Event], state: S | None = None) -> S:
        return reduce(self.evolve, events, self.initial if state is None else state)

    def stream(self, key: str) -> str:
        """The stream of one instance: ``lead``, ``01J…`` → ``lead-01J…``."""
        return f"{self.category}-{key}"
