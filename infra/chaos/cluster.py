"""The stack that chaos plays on: three ``mongod`` as one replica set, three RabbitMQ nodes as one cluster, two of each
of our processes on two hosts, and the front door before them.
"""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from infra.bootstrap import prepare
from infra.chaos.network import Network, Place
from infra.processes import PROCESSES
from infra.stack.child import Program
from infra.stack.context import Context
from infra.stack.mongod import mongo_uri, mongod
from infra.stack.nginx import nginx
from infra.stack.ports import pick_ports
from infra.stack.rabbitmq import amqp_uri, epmd, rabbitmq, share_secrets
from infra.stack.stack import SOURCE, our_program
from infra.stack.supervisor import Supervisor
from shared.runtime.mongo_store import JsonDocument

MEMBERS = ("mongod-1", "mongod-2", "mongod-3")
NODES = ("rabbitmq-1", "rabbitmq-2", "rabbitmq-3")
HOSTS = ("host-1", "host-2")
PLACES = (*MEMBERS, *NODES, *HOSTS)
PORTS = ("mongo", "amqp", "epmd", "door", *NODES, *(process.name for process in PROCESSES if process.serves))
"""A node's own is for the other nodes: before it starts, it tries whether the port is free on every address."""
OPLOG_MB = 64
# The oplog is kept back to the last checkpoint, whatever its size: a small one wants them often (seconds).
OFTEN = ("--syncdelay", "3")
RESTART_SECONDS = 90.0
DISK_MB = {"mongod": 900, "rabbitmq": 400}
# A node that waits spins for its scheduler's sake; three of them beside everything else must not.
CALM = {"RABBITMQ_SERVER_ERL_ARGS": "+P 1048576 +t 5000000 +stbt db +sbwt none +sbwtdcpu none +sbwtdio none +S 2:2"}


class Cluster:
    """``with Cluster(run_dir, network)`` (of ``PLACES``): the servers run. ``start_ours`` starts our processes, all
    data empty.
    """

    def __init__(self, run_dir: Path, network: Network, *, seen: Callable[[str], None] = lambda _: None) -> None:
        self.run_dir = run_dir
        self.network = network
        self.crash_dir = run_dir / "crash"
        self._seen = seen
        self.programs: dict[str, Program] = {}

    def __enter__(self) -> Self:
        shutil.rmtree(self.run_dir, ignore_errors=True)
        self.crash_dir.mkdir(parents=True)
        self.supervisor = Supervisor(self.run_dir / "log")
        self.ports = pick_ports(self.run_dir, PORTS, fixed={})
        try:
            self.network.__enter__()
            self._start_servers()
            self.context = self._context()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Our processes first, while the servers still serve them."""
        self.network.heal()
        try:
            self.stop_ours()
            self.supervisor.close(grace=5.0)
        finally:
            self.network.__exit__(None, None, None)

    def place(self, name: str) -> Place:
        return self.network.places[name]

    def ours(self, process: str | None = None) -> list[str]:
        """The names of our programs, or of the two of one process: ``leads`` → ``leads-1``, ``leads-2``."""
        wanted = [process] if process else [one.name for one in PROCESSES]
        return [name for one in wanted for name in (f"{one}-1", f"{one}-2") if name in self.programs]

    def _start_servers(self) -> None:
        for kind, names in (("mongod", MEMBERS), ("rabbitmq", NODES)):
            for name in names:
                self.network.small_disk(self.run_dir / name, DISK_MB[kind])
        share_secrets(self.run_dir, NODES)
        peers = [self.address(name, "mongo") for name in MEMBERS]
        for name in MEMBERS:
            self.network.expose(name, self.ports["mongo"])
            host, first = self.place(name).listens, name == MEMBERS[0]
            program = mongod(
                self.run_dir, self.ports["mongo"], name=name, host=host, peers=peers, first=first, oplog_mb=OPLOG_MB
            )
            self._add(name, replace(program, argv=(*program.argv, *OFTEN)))
        for name in NODES:
            self._add_node(name)
        self.start(self.programs)

    def _add_node(self, name: str) -> None:
        """A RabbitMQ node and its registry of names: of those, there is one for all where all share one loopback."""
        host, port, registry = self.place(name).listens, self.ports["amqp"], self.ports["epmd"]
        self.network.expose(name, port)
        if not self.network.one_loopback:
            self._add(name, epmd(registry, name=f"epmd-{name[-1]}", hosts=[host]))
        elif name == NODES[0]:
            self._add(name, epmd(registry, hosts=[self.place(node).listens for node in NODES]))
        program = rabbitmq(
            self.run_dir,
            port=port,
            dist_port=self.ports[name],
            epmd_port=registry,
            name=name,
            host=host,
            node=self.node(name),
            peers=[self.node(peer) for peer in NODES],
        )
        self._add(name, replace(program, env={**program.env, **CALM}))

    def node(self, name: str) -> str:
        """What a RabbitMQ node calls itself; the other nodes reach it by that."""
        return f"{name}@{self.place(name).listens}"

    def address(self, name: str, port: str) -> str:
        """Where a server is reached: ``address("mongod-1", "mongo")``."""
        return f"{self.place(name).address}:{self.ports[port]}"

    def _context(self) -> Context:
        return Context(
            run_dir=self.run_dir,
            mongo_uri=mongo_uri(*(self.address(name, "mongo") for name in MEMBERS)),
            amqp_uri=",".join(
                amqp_uri(self.run_dir, self.ports["amqp"], name=name, host=self.place(name).address) for name in NODES
            ),
            public_url=f"http://127.0.0.1:{self.ports['door']}",
            ports={process.name: self.ports[process.name] for process in PROCESSES if process.serves},
        )

    def start_ours(self, source: Path = SOURCE) -> None:
        """Two of each of our processes, one a host, from the code in ``source``, and the door before them."""
        self._empty()
        prepare(self.context)
        names = []
        for host in HOSTS:
            for process in PROCESSES:
                name, port = f"{process.name}-{host[-1]}", self.context.ports.get(process.name)
                program = our_program(
                    process, self.context, port, name=name, host=self.place(host).listens, source=source
                )
                self._add(host, replace(program, env={**program.env, "LIANDONG_CRASH_DIR": str(self.crash_dir)}))
                names.append(name)
        places = {
            name: [f"{self.place(host).listens}:{port}" for host in HOSTS] for name, port in self.context.ports.items()
        }
        self.programs["nginx"] = nginx(self.run_dir, port=self.ports["door"], places=places)
        self.start([*names, "nginx"])

    def stop_ours(self) -> None:
        self.supervisor.stop([n for n in self.supervisor.names() if n in {*self.ours(), "nginx"}], grace=18.0)

    def _empty(self) -> None:
        """What an earlier run of ours left on the servers is gone."""
        with MongoClient[JsonDocument](self.context.mongo_uri) as client:
            for name in client.list_database_names():
                if name not in {"admin", "config", "local"}:
                    client.drop_database(name)
        for planted in self.crash_dir.iterdir():
            planted.unlink()

    def start(self, names: Iterable[str]) -> None:
        chosen = list(names)
        self.supervisor.start([self.programs[name] for name in chosen])
        self.supervisor.wait_ready(chosen, seconds=180, seen=self._seen)

    def restart(self, name: str) -> None:
        """In an orderly way, as an operator would."""
        self.supervisor.stop([name], grace=20.0)
        self.start([name])

    def await_restarted(self, names: Iterable[str]) -> None:
        """Until what died was started again by the supervisor, and answers; at most a minute and a half."""
        programs = [self.programs[name] for name in names]
        deadline = time.monotonic() + RESTART_SECONDS
        while not all(program.ready is None or program.ready() for program in programs):
            if time.monotonic() > deadline:
                return
            time.sleep(0.1)

    def _add(self, place: str, program: Program) -> None:
        self.programs[program.name] = replace(program, argv=(*self.place(place).prefix, *program.argv))

    def primary(self) -> str | None:
        """The member that is primary now, by name."""
        for name in MEMBERS:
            address = f"mongodb://{self.address(name, 'mongo')}/?directConnection=true"
            with contextlib.suppress(PyMongoError):
                client: MongoClient[JsonDocument]
                limits = {"serverSelectionTimeoutMS": 500, "connectTimeoutMS": 500, "socketTimeoutMS": 500}
                with MongoClient(address, **limits) as client:  # type: ignore[arg-type] # pymongo's options
                    if client.admin.command("hello").get("isWritablePrimary"):
                        return name
        return None

    def host_of(self, program: str) -> str:
        """Where one of our programs runs: ``leads-2`` → ``host-2``."""
        return f"host-{program[-1]}"
