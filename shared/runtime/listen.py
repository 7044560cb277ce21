"""``@listen``: a nameko entrypoint that consumes one source's events in order and runs a reaction's commands."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from eventlet.event import Event as Outcome
from nameko.extensions import Entrypoint

from shared.core.event import Event
from shared.core.reaction import Reaction
from shared.runtime.app import App
from shared.runtime.consumer import Consumer
from shared.runtime.kernel import Kernel
from shared.runtime.pace import USUAL, Pace
from shared.runtime.projector import must_be_alone
from shared.runtime.reactor import ReactionTarget
from shared.runtime.subscription import Subscription

Method = TypeVar("Method", bound=Callable[[Any], Reaction])


class Listen(Entrypoint):  # type: ignore[misc] # nameko has no types
    """``@listen("registry", "linkage.note_registry", (CustomerRecorded,))`` over a method that answers a reaction.

    The method is asked once a batch, in a nameko worker, so that a reaction may close over the service's dependencies.
    The subscription is named in the code, never after the method: a rename of the method keeps its place.
    """

    def __init__(
        self,
        source: str,
        subscription: str,
        events: Sequence[type[Event]],
        pace: Pace = USUAL,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pace = pace
        self.source = source
        self.subscription = subscription
        self.events = events
        self._consumers: list[Consumer] = []
        self._threads: list[Any] = []

    def start(self) -> None:
        kernel = next(d for d in self.container.dependencies if isinstance(d, Kernel))
        app: App = kernel.app
        must_be_alone(self.subscription, self.source, app.service, kernel.projections)
        store = app.logs[self.source]
        for partition in range(store.partitions):
            target = ReactionTarget(self.subscription, self.events, self._reaction, app.executor)
            subscription = Subscription(self.subscription, store, partition, target, app.database, self.pace)
            consumer = Consumer(self.subscription, [subscription], self.container.config["SETTINGS"].amqp_uri)
            self._consumers.append(consumer)
            self.container.config["WATCHDOG"].watch(consumer.pulse)
            self.container.config["GAUGES"].follow([subscription])
            identifier = f"{self.subscription}.{partition}"
            self._threads.append(self.container.spawn_managed_thread(consumer.run, identifier=identifier))

    def stop(self) -> None:
        for consumer in self._consumers:
            consumer.stop()
        # Waited for: a green thread that is killed while it holds one of pymongo's locks can lock up the process.
        for thread in self._threads:
            thread.wait()

    def _reaction(self) -> Reaction:
        outcome = Outcome()
        self.container.spawn_worker(self, (), {}, handle_result=partial(self._handle, outcome))
        reaction: Reaction = answer(outcome)
        return reaction

    def _handle(self, outcome: Outcome, _worker_ctx: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        outcome.send(result, exc_info)
        return result, exc_info


def answer(outcome: Outcome) -> Any:
    """What came of it. eventlet's ``select``, which pika waits in, may wake a green thread once more after it has gone
    on: where a socket can be read and written at the same time. A wait that is woken so answers with what it must not.
    """
    while not outcome.ready():
        outcome.wait()
    return outcome.wait()


listen: Callable[..., Callable[[Method], Method]] = Listen.decorator
