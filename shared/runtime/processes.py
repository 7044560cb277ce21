"""The processes without nameko: all relays, and all projections, each in threads of its own."""

import os
import signal
import sys
import threading
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import Protocol

import structlog

from shared.core.projection import Projection
from shared.runtime.broker import refuse_wrong_password
from shared.runtime.config import BadSettings, Settings, read_settings
from shared.runtime.consumer import Consumer
from shared.runtime.logs import configure_logs
from shared.runtime.memory import settle
from shared.runtime.projector import projections_queue, subscribe
from shared.runtime.relay import Relay
from shared.runtime.subscription import Subscription
from shared.runtime.wiring import Events, Logs, UpcastsByService, connect

log = structlog.get_logger()
CRASHED = 70


class Stoppable(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Projector:
    """All projections of all owners: one thread, and one queue, for each owner and source."""

    def __init__(
        self,
        settings: Settings,
        events: Events,
        upcasts: UpcastsByService,
        projections: Mapping[str, Iterable[Projection]],
    ) -> None:
        client = connect(settings)
        logs = Logs(client, events, upcasts, settings.partitions)
        shared: dict[tuple[str, str, int], list[Subscription]] = {}
        for owner, owned in projections.items():
            for projection in owned:
                for subscription in subscribe(client, client[owner], projection, logs.stores):
                    place = (owner, subscription.source.service, subscription.partition)
                    shared.setdefault(place, []).append(subscription)
        self._consumers = [
            Consumer(projections_queue(owner), subscriptions, settings.amqp_uri)
            for (owner, _, _), subscriptions in shared.items()
        ]
        self._threads = [threading.Thread(target=consumer.run, daemon=True) for consumer in self._consumers]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for consumer in self._consumers:
            consumer.stop()
        for thread in self._threads:
            thread.join(timeout=10)


class Relays:
    """The relays of all services."""

    def __init__(self, settings: Settings, events: Events, upcasts: UpcastsByService) -> None:
        client = connect(settings)
        logs = Logs(client, events, upcasts, settings.partitions)
        for store in logs.stores.values():
            store.prepare()
        self._relays = [Relay(client, store, settings.amqp_uri) for store in logs.stores.values()]

    def start(self) -> None:
        for relay in self._relays:
            relay.start()

    def stop(self) -> None:
        for relay in self._relays:
            relay.stop()


def _crash(failure: threading.ExceptHookArgs) -> None:
    """A thread that died would be missed by nobody: leave, and let the supervisor start afresh from the log."""
    log.error("thread_died", exc_info=(failure.exc_type, failure.exc_value, failure.exc_traceback))
    os._exit(CRASHED)


def run(name: str, build: type[Relays | Projector], *parts: object) -> int:
    """Run one of the above until SIGTERM or SIGINT; 2 for settings that cannot work."""
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        settings = read_settings()
        configure_logs(name, settings.log_level)
        refuse_wrong_password(settings.amqp_uri)
        process: Stoppable = build(settings, *parts)  # type: ignore[arg-type]
    except BadSettings as error:
        print(error, file=sys.stderr)  # noqa: T201 -- one clear line for whoever started it
        return 2
    threading.excepthook = _crash
    process.start()
    settle()
    stopping.wait()
    process.stop()
    return 0
