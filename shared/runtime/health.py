"""What a process says of itself on its own port: ``/health``, ``/ready`` and ``/metrics``, for supervisors and
Prometheus. The front door passes none of them.
"""

import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pymongo
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shared.runtime.config import BadSettings, Settings
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.watchdog import Watchdog

ASK_SECONDS, KEEP_SECONDS = 1.0, 1.0
PATHS = frozenset({"/health", "/ready", "/metrics"})
Answer = tuple[HTTPStatus, str, bytes]


class Health:
    """Healthy: every loop turns. Ready: also started, not stopping, and the database answers.

    A broker that is away makes nobody unready: it is only the fast path.
    """

    def __init__(self, client: MongoClient[JsonDocument], watchdog: Watchdog | None = None) -> None:
        self._client = client
        self._watchdog = watchdog
        self._asked = 0.0
        self._database = "the database was not asked yet"
        self.serving = False
        """Set once listeners run, taken back when the process begins to stop."""

    def ill(self) -> list[str]:
        """What is wrong with the process itself; a restart helps."""
        return [f"{name} stands still" for name in self._watchdog.stalled()] if self._watchdog else []

    def unready(self) -> list[str]:
        """What keeps it from serving just now."""
        starting = [] if self.serving else ["starting or stopping"]
        trouble = self._database_trouble()
        return [*starting, *self.ill(), *([trouble] if trouble else [])]

    def _database_trouble(self) -> str:
        """Asked at most once a second, however many want to know; who comes meanwhile gets the last answer."""
        now = time.monotonic()
        if now - self._asked >= KEEP_SECONDS:
            self._asked = now
            try:
                with pymongo.timeout(ASK_SECONDS):
                    self._client.admin.command("ping")  # of the primary: the one that takes commands
                self._database = ""
            except PyMongoError as error:
                self._database = f"the database does not answer ({type(error).__name__})"
        return self._database


def answer(path: str, health: Health) -> Answer:
    """Status, content type and body for one of ``PATHS``."""
    if path == "/metrics":
        return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(REGISTRY)
    complaints = health.ill() if path == "/health" else health.unready()
    status = HTTPStatus.SERVICE_UNAVAILABLE if complaints else HTTPStatus.OK
    return status, "text/plain; charset=utf-8", ("\n".join(complaints or ["ok"]) + "\n").encode()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 32


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: object) -> None:
        """A scrape every few seconds is no news."""


def serve_vitals(settings: Settings, health: Health) -> None:
    """Answer on the process's own port from a plain thread, for processes that serve nothing else.

    Without a port (0), nobody is answered. Raises ``BadSettings`` where the port is taken.
    """
    if not settings.port:
        return

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        known = path in PATHS and environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        status, kind, body = answer(path, health) if known else (HTTPStatus.NOT_FOUND, "text/plain", b"not found\n")
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    try:
        server = make_server(settings.host, settings.port, application, _Server, _Quiet)
    except OSError as error:
        raise BadSettings(f"LIANDONG_PORT: cannot listen on {settings.port} ({error.strerror}).") from None
    threading.Thread(target=server.serve_forever, name="vitals", daemon=True).start()
