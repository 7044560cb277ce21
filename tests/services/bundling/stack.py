"""Bundling and compliance as real processes, with relay and projector; the other services' facts are laid in their logs.

``python -m tests.services.bundling.stack`` is the projector of the two alone.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pymongo import MongoClient

from services.bundling import projections as bundling
from services.catalogue import EVENTS, UPCASTS
from services.compliance import projections as compliance
from shared.core.decider import Command, Decider
from shared.core.event import Event
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime.auth import Principal, issue_token, make_identity_keys
from shared.runtime.execute import Executor
from shared.runtime.processes import Projector, run
from shared.runtime.wiring import Logs
from tests.shared.bank import free_port

ROOT = Path(__file__).parents[3]
OURS = {"bundling": bundling.PROJECTIONS, "compliance": compliance.PROJECTIONS}


class Say(Command, frozen=True):
    event: Event


class Stack:
    """``say`` lays another service's event in its log; ``get`` and ``post`` are the public API, by role."""

    def __init__(self, servers, directory: Path) -> None:
        make_identity_keys(directory)
        self.secrets = directory
        self.client = MongoClient(servers.mongo_uri, tz_aware=True)
        for name in EVENTS:
            self.client.drop_database(name)
        self.logs = Logs(self.client, EVENTS, UPCASTS, int(os.environ.get("LIANDONG_PARTITIONS", "1")))
        self.ports = {name: free_port() for name in OURS}
        environ = os.environ | {
            "PYTHONPATH": str(ROOT),
            "LIANDONG_MONGO_URI": servers.mongo_uri,
            "LIANDONG_AMQP_URI": servers.amqp_uri,
            "LIANDONG_SECRETS": str(directory),
        }
        commands = {
            "relay": ["infra.relay"],
            "projector": ["tests.services.bundling.stack"],
            **{name: ["shared.runtime.serve", f"services.{name}.service"] for name in OURS},
        }
        self.running = []
        for name, command in commands.items():
            with (directory / f"{name}.log").open("wb") as log:
                own = environ | {"LIANDONG_PORT": str(self.ports.get(name, 0))}
                argv = [sys.executable, "-m", *command]
                self.running.append(subprocess.Popen(argv, env=own, cwd=ROOT, stdout=log, stderr=log))
        for port in self.ports.values():
            self.until(lambda port=port: _healthy(port))

    def stop(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(timeout=35)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.client.close()

    def say(self, service: str, stream: str, *events: Event) -> None:
        category, _, key = stream.partition("-")
        teller = Decider(category, None, lambda _state, command: [command.event], lambda state, _event: state)
        for event in events:
            meta = Meta(command_id=f"{stream}-{time.monotonic_ns()}", actor="test")
            Executor(self.logs[service], lambda: datetime.now(UTC)).execute(Intent(teller, key, Say(event)), meta)

    def get(self, path: str, role: str = "retail", staff: str = "R0007", **query):
        return self._send("GET", path, role, staff, params=query)

    def post(self, path: str, role: str = "retail", staff: str = "R0007", **body):
        return self._send("POST", path, role, staff, json=body)

    def _send(self, method, path, role, staff, **sent):
        token = issue_token(self.secrets, Principal(staff, staff, frozenset({role}), "O011"), datetime.now(UTC))
        url = f"http://127.0.0.1:{self.ports[path.split('/')[2]]}{path}"
        return httpx.request(method, url, headers={"Authorization": f"Bearer {token}"}, timeout=30, **sent)

    def until(self, look, seconds: float = 90):
        """What ``look`` finds, as soon as it finds something."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{look} found nothing in {seconds} s; see the logs in {self.secrets}")
            time.sleep(0.05)
        return found


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").is_success
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    sys.exit(run("projector", Projector, EVENTS, UPCASTS, OURS))
