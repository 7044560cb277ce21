"""``Kernel``: the nameko dependency that builds a service's ``App`` when the service starts, and closes it after."""

from typing import Any

import eventlet
from nameko.extensions import DependencyProvider

from shared.core.projection import Projection
from shared.runtime.app import App
from shared.runtime.wiring import Events, Logs, UpcastsByService, connect, now


class Kernel(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """``events`` and ``upcasts`` by service; ``projections`` are those that this service owns."""

    def __init__(self, events: Events, upcasts: UpcastsByService, projections: tuple[Projection, ...] = ()) -> None:
        self.events = events
        self.upcasts = upcasts
        self.projections = projections

    def setup(self) -> None:
        settings = self.container.config["SETTINGS"]
        self.client = connect(settings)
        logs = Logs(self.client, self.events, self.upcasts, settings.partitions)
        logs[self.container.service_name].prepare()
        self.app = App(self.container.service_name, self.client, logs, now, eventlet.sleep)

    def get_dependency(self, worker_ctx: Any) -> App:  # noqa: ARG002 -- nameko's signature
        return self.app

    def stop(self) -> None:
        self.client.close()
