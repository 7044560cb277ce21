"""Given / when / then for deciders: the history as events, one command, the events that must follow."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.core.decider import Command, Decider
from shared.core.errors import Forbidden, RuleBroken
from shared.core.event import Event


@dataclass(frozen=True)
class Given:
    """``given(LEAD, *history).when(command).then(*events)`` or ``.refused("code", rule="L2")``."""

    decider: Decider[Any, Any]
    history: tuple[Event, ...]
    command: Command | None = field(default=None)

    def when(self, command: Command) -> "Given":
        return Given(self.decider, self.history, command)

    def decide(self) -> list[Event]:
        return list(self.decider.decide(self.decider.fold(self.history), self.command))

    def then(self, *expected: Event) -> None:
        assert self.decide() == list(expected)

    def refused(self, code: str, *, rule: str) -> RuleBroken:
        with pytest.raises(RuleBroken) as caught:
            self.decide()
        assert (caught.value.code, caught.value.rule) == (code, rule)
        return caught.value

    def forbidden(self, code: str) -> Forbidden:
        """Whatever the rules say, it is not for this caller."""
        with pytest.raises(Forbidden) as caught:
            self.decide()
        assert caught.value.code == code
        return caught.value

    def nothing(self) -> None:
        """The wish already holds."""
        self.then()


def given(decider: Decider[Any, Any], *history: Event) -> Given:
    return Given(decider, history)
