"""The processes without nameko: all relays, and all projections, each in threads of its own."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Protocol

import pymongo
import structlog
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shared.core.projection import Projection
from shared.runtime.broker import refuse_wrong_password
from shared.runtime.config import BadSettings, Settings, read_settings
from shared.runtime.consumer import Consumer
from shared.runtime.gauges import Gauges
from shared.runtime.health import Health, serve_vitals
from shared.runtime.logs import configure_logs
from shared.runtime.memory import settle
from shared.runtime.metrics import name_process
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.projector import projections_queue, subscribe
from shared.runtime.relay import Relay
from shared.runtime.subscription import Subscription
from shared.runtime.watchdog import Pulse, Watchdog
from shared.runtime.wiring import Events, Logs, UpcastsByService, connect

log = structlog.get_logger()
CRASHED = 70
STOPS = {signal.SIGTERM, signal.SIGINT}
STOP_SECONDS, CLOSE_SECONDS = 12.0, 2.0


class Process(Protocol):
    """What ``run`` runs: threads that end some time after ``stop``, and a pulse for each loop."""

    client: MongoClient[JsonDocument]
    logs: Logs
    subscriptions: list[Subscription]
    numbers: bool
    """Whether it gives positions in the logs."""
    pulses: list[Pulse]
    threads: list[threading.Thread]

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Projector:
    """All projections of all owners: one thread, and one queue, for each owner and source."""

    numbers = False

    def __init__(
        self,
        settings: Settings,
        events: Events,
        upcasts: UpcastsByService,
        projections: Mapping[str, Iterable[Projection]],
    ) -> None:
        self.client = client = connect(settings)
        self.logs = logs = Logs(client, events, upcasts, settings.partitions)
        shared: dict[tuple[str, str, int], list[Subscription]] = {}
        for owner, owned in projections.items():
            for projection in owned:
                for subscription in subscribe(client[owner], projection, logs.stores):
                    place = (owner, subscription.source.service, subscription.partition)
                    shared.setdefault(place, []).append(subscription)
        self.subscriptions = [one for together in shared.values() for one in together]
        self._consumers = [
            Consumer(projections_queue(owner), subscriptions, settings.amqp_uri)
            for (owner, _, _), subscriptions in shared.items()
        ]
        self.pulses = [consumer.pulse for consumer in self._consumers]
        self.threads = [threading.Thread(target=consumer.run, daemon=True) for consumer in self._consumers]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        for consumer in self._consumers:
            consumer.stop()


class Relays:
    """The relays of all services."""

    numbers = True

    def __init__(self, settings: Settings, events: Events, upcasts: UpcastsByService) -> None:
        self.client = client = connect(settings)
        self.logs = logs = Logs(client, events, upcasts, settings.partitions)
        self.subscriptions: list[Subscription] = []
        for store in logs.stores.values():
            store.prepare()
        self._relays = [Relay(client, store, settings.amqp_uri) for store in logs.stores.values()]
        self.pulses = [pulse for relay in self._relays for pulse in relay.pulses]
        self.threads = [thread for relay in self._relays for thread in relay.threads]

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


def hold_stops() -> None:
    """From now on SIGTERM and SIGINT wait until ``await_stop`` takes them, whatever thread begins. A handler could come
    too late: Python runs it between two steps of the main thread, which may go to sleep just then, or hold the very
    lock that the handler needs.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)


def await_stop() -> None:
    signal.sigwait(STOPS)


def run(name: str, build: type[Relays | Projector], *parts: object) -> int:
    """Run one of the above until SIGTERM or SIGINT; 2 for settings that cannot work."""
    hold_stops()
    try:
        settings = read_settings()
        configure_logs(name, settings.log_level)
        refuse_wrong_password(settings.amqp_uri)
        process: Process = build(settings, *parts)  # type: ignore[arg-type]
        watchdog = Watchdog(name, settings.watchdog_seconds)
        name_process(name)
        gauges = Gauges(watchdog, process.logs.stores.values() if process.numbers else ())
        gauges.follow(process.subscriptions)
        health = Health(process.client, watchdog)
        serve_vitals(settings, health)
    except BadSettings as error:
        print(error, file=sys.stderr)  # noqa: T201 -- one clear line for whoever started it
        return 2
    threading.excepthook = _crash
    process.start()
    for pulse in process.pulses:
        watchdog.watch(pulse)
    watchdog.start()
    health.serving = True
    settle()
    await_stop()
    health.serving = False
    watchdog.rest()
    _stop(process)
    return 0


def _stop(process: Process) -> None:
    """Let every loop finish what it has in hand, all of them in the same ``STOP_SECONDS``.

    One that takes longer, because the database hangs, is left: what it has in hand is a transaction, which its
    successor ends, or a message, which comes again.
    """
    process.stop()
    deadline = time.monotonic() + STOP_SECONDS
    for thread in process.threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if alive := [thread.name for thread in process.threads if thread.is_alive()]:
        log.warning("stopped_in_mid_turn", threads=alive)
        return
    with contextlib.suppress(PyMongoError), pymongo.timeout(CLOSE_SECONDS):
        process.client.close()
