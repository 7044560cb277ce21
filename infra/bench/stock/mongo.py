"""A database as a nameko dependency."""

from typing import Any

from nameko.extensions import DependencyProvider
from pymongo import MongoClient
from pymongo.database import Database


class Mongo(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """The database ``name`` of the server that the service's settings name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def setup(self) -> None:
        self.client: MongoClient[dict[str, Any]] = MongoClient(self.container.config["MONGO_URI"])

    def get_dependency(self, worker_ctx: Any) -> Database[dict[str, Any]]:  # noqa: ARG002 -- nameko's signature
        return self.client[self.name]

    def stop(self) -> None:
        self.client.close()
