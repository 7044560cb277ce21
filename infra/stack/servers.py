"""MongoDB and RabbitMQ for one run directory: private ones, or those that MONGO_URI and AMQP_URI name."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.stack import external
from infra.stack.broken import Broken
from infra.stack.child import Program
from infra.stack.lock import Lock
from infra.stack.mongod import mongo_uri, mongod
from infra.stack.ports import pick_ports
from infra.stack.rabbitmq import amqp_uri, epmd, hr_uri, rabbitmq
from infra.stack.supervisor import Kept, Supervisor

NEEDED_DISK = 500_000_000  # bytes: the journals and the oplog of a fresh database, and room to work
NAMES = ("mongod", "epmd", "rabbitmq", "rabbitmq_dist")


@dataclass(frozen=True)
class Running:
    """One line of ``.run/state.json``, from which ``liandong status`` is made."""

    name: str
    pid: int | None
    deaths: int


class Servers:
    """``with Servers(run_dir) as servers: servers.mongo_uri, servers.amqp_uri``. Data stays for the next run.

    ``hr_uri`` is for the HR system alone, empty where RabbitMQ is not ours.
    """

    def __init__(
        self,
        run_dir: Path | str,
        *,
        more_ports: Iterable[str] = (),
        fixed: Mapping[str, int] | None = None,
        seen: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``more_ports`` are picked with the servers' own, before anything starts; see ``pick_ports`` for ``fixed``."""
        self.run_dir = Path(run_dir).resolve()
        self.mongo_uri = os.environ.get("MONGO_URI", "")
        self.amqp_uri = os.environ.get("AMQP_URI", "")
        self.hr_uri = ""
        self._more_ports, self._fixed, self._seen = more_ports, fixed or {}, seen
        self.lock = Lock(self.run_dir)

    def __enter__(self) -> Self:
        _need_disk(self.run_dir)
        self.lock.__enter__()
        self.supervisor = Supervisor(self.run_dir / "log", self._write_state)
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
        try:
            self.supervisor.close(grace=10.0)
        finally:
            (self.run_dir / "state.json").unlink(missing_ok=True)
            self.lock.__exit__()

    def _start(self) -> None:
        self.ports = pick_ports(self.run_dir, [*NAMES, *self._more_ports], fixed=self._fixed)
        if self.mongo_uri:
            external.check_mongo(self.mongo_uri)
        if self.amqp_uri:
            external.check_amqp(self.amqp_uri)
        programs = self._programs()
        self.supervisor.start(programs)
        self.supervisor.wait_ready([program.name for program in programs], seconds=60, seen=self._seen)

    def _programs(self) -> list[Program]:
        port = self.ports
        programs = []
        if not self.mongo_uri:
            programs.append(mongod(self.run_dir, port["mongod"]))
            self.mongo_uri = mongo_uri(f"127.0.0.1:{port['mongod']}")
        if not self.amqp_uri:
            programs.append(epmd(port["epmd"]))
            programs.append(
                rabbitmq(self.run_dir, port=port["rabbitmq"], dist_port=port["rabbitmq_dist"], epmd_port=port["epmd"])
            )
            self.amqp_uri = amqp_uri(self.run_dir, port["rabbitmq"])
            self.hr_uri = hr_uri(self.run_dir, port["rabbitmq"])
        return programs

    def _write_state(self, kept: list[Kept]) -> None:
        """In the supervising thread, which a full disk must not end."""
        lines = [Running(one.program.name, one.child.pid if one.child else None, one.deaths) for one in kept]
        draft = self.run_dir / "state.json.new"
        with contextlib.suppress(OSError):
            draft.write_text(json.dumps([asdict(line) for line in lines]))
            draft.replace(self.run_dir / "state.json")


def _need_disk(run_dir: Path) -> None:
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(run_dir).free
    except OSError as error:
        raise Broken(
            f"cannot use {run_dir} for data: {error.strerror}; set LIANDONG_RUN to another directory"
        ) from error
    if free < NEEDED_DISK:
        raise Broken(
            f"the disk of {run_dir} is full: {free // 1_000_000} MB are free and {NEEDED_DISK // 1_000_000} MB needed;"
            " make room, or set LIANDONG_RUN to a directory on another disk"
        )
