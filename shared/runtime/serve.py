"""Serves one service: ``python -m shared.runtime.serve services.leads.service``."""

import warnings

# eventlet says at import that it is in bug-fix mode. That is known: it is kept behind four files, to be replaced.
warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")

import eventlet  # noqa: E402
import eventlet.debug  # noqa: E402

eventlet.monkey_patch()

import contextlib  # noqa: E402 -- nothing may be imported before eventlet has patched it
import importlib  # noqa: E402
import inspect  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from types import FrameType  # noqa: E402
from typing import Any  # noqa: E402

import pymongo  # noqa: E402
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402
from pymongo import MongoClient  # noqa: E402
from pymongo.errors import PyMongoError  # noqa: E402

from shared.runtime.broker import refuse_wrong_password  # noqa: E402
from shared.runtime.config import BadSettings, Settings, read_settings  # noqa: E402
from shared.runtime.gauges import Gauges  # noqa: E402
from shared.runtime.health import Health  # noqa: E402
from shared.runtime.logs import configure_logs  # noqa: E402
from shared.runtime.memory import settle  # noqa: E402
from shared.runtime.metrics import name_process  # noqa: E402
from shared.runtime.mongo_store import JsonDocument  # noqa: E402
from shared.runtime.watchdog import Pulse, Watchdog  # noqa: E402
from shared.runtime.wiring import connect  # noqa: E402

WORKERS = 128
STOP_SECONDS = 15  # before a supervisor that gives 18 loses its patience
TURN_SECONDS, CLOSE_SECONDS = 0.5, 2.0
HANGING = 75


def service_of(module: str) -> type[Any]:
    """The one class with entrypoints that a ``service.py`` defines."""
    found = [
        kind
        for _, kind in inspect.getmembers(importlib.import_module(module), inspect.isclass)
        if kind.__module__ == module
        and inspect.getmembers(kind, lambda member: hasattr(member, ENTRYPOINT_EXTENSIONS_ATTR))
    ]
    if len(found) != 1:
        raise BadSettings(f"{module} must define one service class; it defines {len(found)}.")
    return found[0]


def nameko_config(
    settings: Settings, client: "MongoClient[JsonDocument]", watchdog: Watchdog, health: Health, gauges: Gauges
) -> dict[str, Any]:
    return {
        "WEB_SERVER_ADDRESS": f"{settings.host}:{settings.port}",
        "AMQP_URI": settings.amqp_uri,
        "SECRETS": settings.secrets,
        "SETTINGS": settings,
        "CLIENT": client,
        "WATCHDOG": watchdog,
        "HEALTH": health,
        "GAUGES": gauges,
        "max_workers": WORKERS,
    }


def _watchdog(service: str, settings: Settings) -> Watchdog:
    """On a thread of the operating system: it must run just when no green thread does. It watches them as a whole, too,
    by one that does nothing but turn.
    """
    original = eventlet.patcher.original
    watchdog = Watchdog(service, settings.watchdog_seconds, threads=original("threading"), sleep=original("time").sleep)
    pulse = Pulse("green threads")
    watchdog.watch(pulse)

    def turn() -> None:
        while True:
            pulse.beat()
            eventlet.sleep(TURN_SECONDS)

    eventlet.spawn_n(turn)
    return watchdog


def main(module: str) -> int:
    """Serve until SIGTERM or SIGINT; 2 for settings that cannot work."""
    try:
        settings = read_settings()
        service = service_of(module)
        configure_logs(service.name, settings.log_level)
        refuse_wrong_password(settings.amqp_uri)
        watchdog = _watchdog(service.name, settings)
        client = connect(settings)
        health = Health(client, watchdog)
        runner = ServiceRunner(nameko_config(settings, client, watchdog, health, Gauges(watchdog)))
        name_process(service.name)
        runner.add_service(service)
        # What cannot start is told below, in one line; eventlet would print its trace as well.
        eventlet.debug.hub_exceptions(False)
        runner.start()
        watchdog.start()
        health.serving = True
        settle()
        eventlet.debug.hub_exceptions(True)
    except BadSettings as error:
        print(error, file=sys.stderr)  # noqa: T201 -- one clear line for whoever started it
        return 2

    def stop(_signal: int, _frame: FrameType | None) -> None:
        health.serving = False
        watchdog.rest()
        # nameko's own stop can hang while the broker is down: then leave anyway, everything is in the log.
        timer = eventlet.patcher.original("threading").Timer(STOP_SECONDS, lambda: os._exit(HANGING))
        timer.daemon = True
        timer.start()
        eventlet.spawn_n(runner.stop)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    eventlet.spawn(runner.wait).wait()
    # Only now: requests on connections that were kept open are answered to the end.
    with contextlib.suppress(PyMongoError), pymongo.timeout(CLOSE_SECONDS):
        client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
