"""Incentives as a real process, with relay and projector; the other services' facts are laid in their logs.

``python -m tests.services.incentives.stack`` is the projector of incentives alone.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pymongo import MongoClient

from services.catalogue import EVENTS, UPCASTS
from services.incentives.projections import PROJECTIONS
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
BASE = "/api/incentives"
COMMANDS = {
    "relay": ["infra.relay"],
    "projector": ["tests.services.incentives.stack"],
    "incentives": ["shared.runtime.serve", "services.incentives.service"],
}


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
        self.url = f"http://127.0.0.1:{free_port()}"
        self.environ = os.environ | {
            "PYTHONPATH": str(ROOT),
            "LIANDONG_MONGO_URI": servers.mongo_uri,
            "LIANDONG_AMQP_URI": servers.amqp_uri,
            "LIANDONG_SECRETS": str(directory),
            "LIANDONG_PORT": self.url.rpartition(":")[2],
        }
        self.running = {}
        for name in COMMANDS:
            self.start(name)

    def start(self, name: str) -> None:
        with (self.secrets / f"{name}.log").open("ab") as log:
            argv = [sys.executable, "-m", *COMMANDS[name]]
            # The others would take the service's own port for their vitals.
            environ = self.environ if name == "incentives" else self.environ | {"LIANDONG_PORT": "0"}
            self.running[name] = subprocess.Popen(argv, env=environ, cwd=ROOT, stdout=log, stderr=log)
        if name == "incentives":
            self.until(self._healthy)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=35)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.client.close()

    def say(self, *recorded) -> None:
        """Keep events as their services would have: ``recorded`` as ``bank_events`` makes them."""
        for one in recorded:
            category, _, key = one.stream.partition("-")
            teller = Decider(category, None, lambda _state, command: [command.event], lambda state, _event: state)
            meta = Meta(command_id=f"{one.stream}-{time.monotonic_ns()}", actor="test")
            store = self.logs[one.service]
            Executor(store, lambda: datetime.now(UTC)).execute(Intent(teller, key, Say(one.event)), meta)

    def token(self, role: str, staff: str, unit: str = "H") -> str:
        return issue_token(self.secrets, Principal(staff, staff, frozenset({role}), unit), datetime.now(UTC))

    def get(self, path: str, role: str = "hr", staff: str = "HR01", unit: str = "H", headers=None, **query):
        return self._send("GET", path, self.token(role, staff, unit), headers or {}, params=query)

    def post(self, path: str, role: str, staff: str, unit: str = "H", headers=None, **body):
        return self._send("POST", path, self.token(role, staff, unit), headers or {}, json=body)

    def _send(self, method, path, token, headers, **sent):
        known = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, f"{self.url}{BASE}{path}", headers=known | headers, timeout=30, **sent)

    def until(self, look, seconds: float = 90):
        """What ``look`` finds, as soon as it finds something."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{look} found nothing in {seconds} s; see the logs in {self.secrets}")
            time.sleep(0.05)
        return found

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health").is_success
        except httpx.TransportError:
            return False


if __name__ == "__main__":
    sys.exit(run("projector", Projector, EVENTS, UPCASTS, {"incentives": PROJECTIONS}))
