"""Serves one service: ``python -m shared.runtime.serve services.leads.service``."""

import warnings

# eventlet says at import that it is in bug-fix mode. That is known: it is kept behind four files, to be replaced.
warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")

import eventlet  # noqa: E402
import eventlet.debug  # noqa: E402

eventlet.monkey_patch()

import importlib  # noqa: E402 -- nothing may be imported before eventlet has patched it
import inspect  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from types import FrameType  # noqa: E402
from typing import Any  # noqa: E402

from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402
from pymongo import MongoClient  # noqa: E402

from shared.runtime.broker import refuse_wrong_password  # noqa: E402
from shared.runtime.config import BadSettings, Settings, read_settings  # noqa: E402
from shared.runtime.logs import configure_logs  # noqa: E402
from shared.runtime.memory import settle  # noqa: E402
from shared.runtime.mongo_store import JsonDocument  # noqa: E402
from shared.runtime.wiring import connect  # noqa: E402

WORKERS = 64
STOP_SECONDS = 25
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


def nameko_config(settings: Settings, client: "MongoClient[JsonDocument]") -> dict[str, Any]:
    return {
        "WEB_SERVER_ADDRESS": f"{settings.host}:{settings.port}",
        "AMQP_URI": settings.amqp_uri,
        "SECRETS": settings.secrets,
        "SETTINGS": settings,
        "CLIENT": client,
        "max_workers": WORKERS,
    }


def main(module: str) -> int:
    """Serve until SIGTERM or SIGINT; 2 for settings that cannot work."""
    try:
        settings = read_settings()
        service = service_of(module)
        configure_logs(service.name, settings.log_level)
        refuse_wrong_password(settings.amqp_uri)
        runner = ServiceRunner(nameko_config(settings, connect(settings)))
        runner.add_service(service)
        # What cannot start is told below, in one line; eventlet would print its trace as well.
        eventlet.debug.hub_exceptions(False)
        runner.start()
        settle()
        eventlet.debug.hub_exceptions(True)
    except BadSettings as error:
        print(error, file=sys.stderr)  # noqa: T201 -- one clear line for whoever started it
        return 2

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # nameko's own stop can hang while the broker is down: then leave anyway, everything is in the log.
        watchdog = eventlet.patcher.original("threading").Timer(STOP_SECONDS, lambda: os._exit(HANGING))
        watchdog.daemon = True
        watchdog.start()
        eventlet.spawn_n(runner.stop)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    eventlet.spawn(runner.wait).wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
