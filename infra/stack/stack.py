"""The whole system on one machine: the servers, our processes, the front door."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import infra
from infra.processes import PROCESSES, Process
from infra.stack.child import Program
from infra.stack.context import Context
from infra.stack.nginx import answers_ready, nginx
from infra.stack.servers import Servers

SOURCE = Path(infra.__file__).resolve().parent.parent
# What keeps an idle stack small: of many threads that each allocate a little, two arenas, trimmed at once; and no
# second copy of dnspython for eventlet, since every address here is a number.
LEAN = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072", "EVENTLET_NO_GREENDNS": "yes"}
GRACE = 18.0  # seconds for our processes to end; with the servers' own grace, a stop stays under 30


class Stack:
    """``with Stack(run_dir) as stack: stack.context``. Ready when everything that serves says so.

    ``prepare`` runs when the servers stand and before our first process starts: the place to declare queues.
    """

    def __init__(
        self,
        run_dir: Path | str,
        *,
        port: int | None = None,
        processes: Sequence[Process] = PROCESSES,
        prepare: Callable[[Context], None] = lambda _: None,
        seen: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._serving = [process.name for process in processes if process.serves]
        fixed = {} if port is None else {"front": port}
        self.servers = Servers(run_dir, more_ports=["front", *self._serving], fixed=fixed, seen=seen)
        self._processes = processes
        self._prepare = prepare
        self._seen = seen

    def __enter__(self) -> Self:
        self.servers.__enter__()
        try:
            self._start()
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
        own = {process.name for process in self._processes} | {"nginx"}
        try:
            self.servers.supervisor.stop([name for name in self.servers.supervisor.names() if name in own], grace=GRACE)
        finally:
            self.servers.close()

    def _start(self) -> None:
        ports = self.servers.ports
        self.context = Context(
            run_dir=self.servers.run_dir,
            mongo_uri=self.servers.mongo_uri,
            amqp_uri=self.servers.amqp_uri,
            public_url=f"http://127.0.0.1:{ports['front']}",
            ports={name: ports[name] for name in self._serving},
        )
        self._prepare(self.context)
        programs = [our_program(process, self.context, ports.get(process.name)) for process in self._processes]
        places = {name: [f"127.0.0.1:{port}"] for name, port in self.context.ports.items()}
        programs.append(nginx(self.servers.run_dir, port=ports["front"], places=places))
        supervisor = self.servers.supervisor
        supervisor.start(programs)
        supervisor.wait_ready([program.name for program in programs], seconds=90, seen=self._seen)
        self.servers.lock.tell(self.context.public_url)


def our_program(
    process: Process,
    context: Context,
    port: int | None,
    *,
    name: str | None = None,
    host: str = "127.0.0.1",
    source: Path = SOURCE,
) -> Program:
    """How one of our processes is started, from the code that lies in ``source``."""
    settings = context.settings() | LEAN | {"LIANDONG_HOST": host}
    if port is None or not process.serves:
        return Program(name or process.name, process.argv, settings, cwd=source)
    return Program(
        name or process.name,
        argv=tuple(part.replace("{host}", host).replace("{port}", str(port)) for part in process.argv),
        env=settings | {"LIANDONG_PORT": str(port)},
        cwd=source,
        ready=lambda: answers_ready(port, host),
    )
