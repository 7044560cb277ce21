"""Feeds reactions: events become commands on streams of one's own, each done once whatever is delivered twice."""

from collections.abc import Callable, Sequence

from pymongo.client_session import ClientSession

from shared.core.event import Event, type_of
from shared.core.reaction import Reaction, follow
from shared.core.recorded import Recorded
from shared.runtime.crash_points import crash_point
from shared.runtime.execute import Executor
from shared.runtime.subscription import Advance


class ReactionTarget:
    """Runs the commands of a reaction, then moves the checkpoint. A crash between the two finds the commands done.

    ``reaction`` is asked once a batch for the reaction to use, so that one may close over what its service knows now.
    """

    def __init__(
        self, name: str, events: Sequence[type[Event]], reaction: Callable[[], Reaction], executor: Executor
    ) -> None:
        self.handles = frozenset(type_of(event) for event in events)
        self._name = name
        self._reaction = reaction
        self._executor = executor

    def apply(self, batch: Sequence[Recorded], advance: Advance, _session: ClientSession) -> None:
        if batch:
            react = self._reaction()
            work = [(intent, follow(recorded, self._name, intent)) for recorded in batch for intent in react(recorded)]
            if len({(intent.stream, meta.command_id) for intent, meta in work}) < len(work):
                raise ValueError(f"{self._name} wishes twice the same of one stream for one event")
            self._executor.execute_many(work)
            crash_point("react.done")
        advance(None)
        crash_point("checkpoint.moved")
