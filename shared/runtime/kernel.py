"""``Kernel``: the nameko dependency that builds a service's ``App`` when it starts."""

from typing import Any

import eventlet
import structlog
from nameko.extensions import DependencyProvider

from shared.core.projection import Projection
from shared.runtime.app import App
from shared.runtime.wiring import Events, Logs, UpcastsByService, now


class Kernel(DependencyProvider):  # type: ignore[misc] # nameko has no types
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

    def worker_setup(self, worker_ctx: Any) -> None:
        structlog.contextvars.bind_contextvars(correlation_id=worker_ctx.context_data.get("correlation_id"))

    def get_dependency(self, worker_ctx: Any) -> App:  # noqa: ARG002 -- nameko's signature
        return self.app
