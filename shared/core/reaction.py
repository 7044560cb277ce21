"""A reaction turns another service's event into wishes on streams of one's own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from shared.core.decider import Command, Decider
from shared.core.recorded import Meta, Recorded


@dataclass(frozen=True)
class Intent:
    """One command for the instance ``key`` of an aggregate."""

    decider: Decider[Any, Any]
    key: str
    command: Command

    @property
    def stream(self) -> str:
        return self.decider.stream(self.key)


Reaction = Callable[[Recorded], Iterable[Intent]]


def follow(cause: Recorded, subscription: str, intent: Intent) -> Meta:
    """The meta of a command that follows from an event. Its id is derived, so that a redelivery finds it done."""
    return Meta(
        command_id=f"{cause.id}/{subscription}/{type(intent.command).__name__}",
        actor=subscription,
        correlation_id=cause.meta.correlation_id,
        causation_id=cause.id,
    )
