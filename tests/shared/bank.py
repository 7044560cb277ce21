"""Starts and stops the example's real processes, each by its own pid."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pika

from shared.runtime.auth import Principal, issue_token, make_identity_keys
from shared.runtime.broker import parameters, queue_name

ROOT = Path(__file__).parents[2]
QUEUES = [queue_name("bank.projections", "bank", 0), queue_name("bank.mirror", "bank", 0)]
COMMANDS = {
    "service": [sys.executable, "-m", "shared.runtime.serve", "tests.shared.bank_service"],
    "relay": [sys.executable, "-m", "tests.shared.bank_processes", "relay"],
    "projector": [sys.executable, "-m", "tests.shared.bank_processes", "projector"],
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bank:
    """The processes by name; ``start`` and ``kill`` may be called again and again."""

    def __init__(self, servers, directory: Path) -> None:
        self.ports = {name: free_port() for name in COMMANDS}
        self.port = self.ports["service"]
        self.directory = directory
        secrets = directory / "secrets"
        make_identity_keys(secrets)
        self.environ = os.environ | {
            "PYTHONPATH": str(ROOT),
            "LIANDONG_MONGO_URI": servers.mongo_uri,
            "LIANDONG_AMQP_URI": servers.amqp_uri,
            "LIANDONG_SECRETS": str(secrets),
            "LIANDONG_PORT": str(self.port),
        }
        self.running: dict[str, subprocess.Popen] = {}
        self._forget_messages(servers.amqp_uri)
        self.secrets = secrets
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers=self.authorization("teller"), timeout=30
        )

    @staticmethod
    def _forget_messages(amqp_uri: str) -> None:
        """A log that begins anew gives the same positions again: queues must not hold what was before."""
        with pika.BlockingConnection(parameters(amqp_uri)) as connection:
            for queue in QUEUES:
                connection.channel().queue_delete(queue)

    def authorization(self, *roles: str, staff: str = "S0001") -> dict[str, str]:
        token = issue_token(self.secrets, Principal(staff, "Li", frozenset(roles)), datetime.now(UTC))
        return {"Authorization": f"Bearer {token}"}

    def start(self, *names: str) -> None:
        for name in names or COMMANDS:
            with (self.directory / f"{name}.log").open("ab") as log:
                environ = self.environ | {"LIANDONG_PORT": str(self.ports[name])}
                self.running[name] = subprocess.Popen(COMMANDS[name], env=environ, cwd=ROOT, stderr=log)
        if not names or "service" in names:
            try:
                self.await_service()
            except httpx.TransportError:
                self.stop()
                raise

    def await_service(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                self.http.get("/health")
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def await_ready(self, name: str, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{self.ports[name]}/ready", timeout=10).is_success:
                    return
            assert time.monotonic() < deadline, self.log(name)
            time.sleep(0.1)

    def kill(self, name: str) -> None:
        """As an out-of-memory killer would."""
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
        self.running.clear()
        self.http.close()

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text()
