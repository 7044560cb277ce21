"""What a row stands on: real servers of this run's own, and how it says that it goes on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pymongo import MongoClient
from pymongo.database import Database

from infra.bench.measure import Seen
from infra.bootstrap import prepare
from infra.processes import Process
from infra.stack.servers import Servers
from infra.stack.stack import Stack
from infra.stack.supervisor import Supervisor
from shared.runtime.mongo_store import JsonDocument


@dataclass(frozen=True)
class Ground:
    """``stack`` is None for the rows that need the servers alone, and none of our processes beside them."""

    client: MongoClient[JsonDocument]
    mongo_uri: str
    amqp_uri: str
    run_dir: Path
    supervisor: Supervisor
    seen: Seen
    stack: Stack | None = None

    @contextmanager
    def database(self, name: str) -> Iterator[Database[JsonDocument]]:
        """An empty database, gone afterwards."""
        self.client.drop_database(name)
        yield self.client[name]
        self.client.drop_database(name)


@contextmanager
def standing(run_dir: Path, processes: Sequence[Process]) -> Iterator[Ground]:
    """The servers, and beside them these processes of ours with a front door, or none at all."""
    stack = Stack(run_dir, processes=processes, prepare=prepare) if processes else None
    servers = Servers(run_dir) if stack is None else stack.servers
    with stack or servers, MongoClient[JsonDocument](servers.mongo_uri, tz_aware=True) as client:
        yield Ground(
            client, servers.mongo_uri, servers.amqp_uri, servers.run_dir, servers.supervisor, lambda *_: None, stack
        )
