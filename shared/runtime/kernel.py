"""What nameko gives a service when it starts: its ``App``, or what else it works with."""

from collections.abc import Callable
from typing import Any, Protocol

import eventlet
import structlog
from nameko.extensions import DependencyProvider
from pymongo import MongoClient

from shared.core.projection import Projection
from shared.runtime.app import App
from shared.runtime.config import Settings
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.wiring import Events, Logs, UpcastsByService, now


class Closing(Protocol):
    def close(self) -> None: ...


class Dependency(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """The worker logs under the request's own id."""

    def worker_setup(self, worker_ctx: Any) -> None:
        structlog.contextvars.bind_contextvars(correlation_id=worker_ctx.context_data.get("correlation_id"))


class Kernel(Dependency):
    """``events`` and ``upcasts`` by service; ``projections`` are those that this service owns."""

    def __init__(self, events: Events, upcasts: UpcastsByService, projections: tuple[Projection, ...] = ()) -> None:
        self.events = events
        self.upcasts = upcasts
        self.projections = projections

    def setup(self) -> None:
        settings = self.container.config["SETTINGS"]
        self.client = self.container.config["CLIENT"]
        logs = Logs(self.client, self.events, self.upcasts, settings.partitions)
        logs[self.container.service_name].prepare()
        self.app = App(self.container.service_name, self.client, logs, now, eventlet.sleep)

    def get_dependency(self, worker_ctx: Any) -> App:  # noqa: ARG002 -- nameko's signature
        return self.app


class Built(Dependency):
    """For a service without a log of its own: what ``build`` makes of the process's settings and its client."""

    def __init__(self, build: Callable[[Settings, MongoClient[JsonDocument]], Closing]) -> None:
        self.build = build

    def setup(self) -> None:
        self.built = self.build(self.container.config["SETTINGS"], self.container.config["CLIENT"])

    def stop(self) -> None:
        self.built.close()

    def get_dependency(self, worker_ctx: Any) -> Closing:  # noqa: ARG002 -- nameko's signature
        return self.built
