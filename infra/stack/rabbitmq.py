"""A private RabbitMQ: the system package's server, run as the current user with everything of its own.

Its name registry (epmd) is ours too: the server would otherwise start one that outlives it.
"""

import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

from infra.stack.broken import Broken
from infra.stack.child import Program, last_line
from infra.stack.ports import is_open

# Unique within our own epmd, and it must not change: the data directory knows the server by it. A short name
# at localhost, because Erlang hangs where the machine's own name does not resolve.
NODE = "liandong@localhost"
USER = "liandong"
LIBRARIES = ("/usr/lib/rabbitmq/lib", "/opt/rabbitmq")


def epmd(port: int) -> Program:
    return Program(
        name="epmd",
        argv=("epmd", "-address", "127.0.0.1", "-port", str(port)),
        ready=lambda: is_open(port),
        patience=1,
    )


def rabbitmq(run_dir: Path, *, port: int, dist_port: int, epmd_port: int) -> Program:
    home = run_dir / "rabbitmq"
    home.mkdir(parents=True, exist_ok=True)
    (home / "rabbitmq.conf").write_text(_settings(port, _password(home)))
    (home / "rabbitmq.conf").chmod(0o600)
    (home / "enabled_plugins").write_text("[].\n")
    (home / "env.conf").write_text("")
    return Program(
        name="rabbitmq",
        argv=(str(_script()),),
        env=_environment(home, dist_port, epmd_port),
        cwd=home,
        ready=_speaks_amqp(port),
        cause=_cause,
        patience=1,
    )


def amqp_uri(run_dir: Path, port: int) -> str:
    return f"amqp://{USER}:{_password(run_dir / 'rabbitmq')}@127.0.0.1:{port}/%2F"


def _password(home: Path) -> str:
    """Made once; kept beside the data that knows it."""
    file = home / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text()


def _settings(port: int, password: str) -> str:
    return (
        f"listeners.tcp.local = 127.0.0.1:{port}\n"
        f"default_user = {USER}\n"
        f"default_pass = {password}\n"
        "disk_free_limit.absolute = 100MB\n"
        # Quorum queues keep their write-ahead log in memory too, up to this size; the default is half a gigabyte.
        "raft.wal_max_size_bytes = 16777216\n"
        "log.console = true\n"
        "log.console.level = warning\n"
        "log.file = false\n"
    )


def _environment(home: Path, dist_port: int, epmd_port: int) -> dict[str, str]:
    mine = {
        "NODENAME": NODE,
        "CONFIG_FILE": home / "rabbitmq.conf",
        "ADVANCED_CONFIG_FILE": home / "advanced.config",
        "CONF_ENV_FILE": home / "env.conf",
        "ENABLED_PLUGINS_FILE": home / "enabled_plugins",
        "MNESIA_BASE": home / "data",
        "MNESIA_DIR": home / "data" / "node",
        "LOG_BASE": home / "log",
        "LOG": "-color",
        "PID_FILE": home / "pid",
        "DIST_PORT": dist_port,
        "SERVER_ADDITIONAL_ERL_ARGS": "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
    }
    return {
        **{f"RABBITMQ_{key}": str(value) for key, value in mine.items()},
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "HOME": str(home),
        # The script then becomes the server instead of waiting beside it, so that the pid we hold is the server's.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def _script() -> Path:
    """The server's own script: the one on the PATH insists on the package's system user."""
    for library in LIBRARIES:
        for script in sorted(Path(library).glob("*/sbin/rabbitmq-server"), reverse=True):
            if os.access(script, os.X_OK):
                return script
    raise Broken("no rabbitmq-server found: run `make setup`, or set AMQP_URI to a RabbitMQ that runs elsewhere")


def _speaks_amqp(port: int) -> Callable[[], bool]:
    """Ready is answering the protocol's greeting: the listener opens last."""

    def ready() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(connection.recv(1))
        except OSError:
            return False

    return ready


def _cause(log: str) -> str:
    for known, meaning in (("eaddrinuse", "one of its ports is taken"), ("enospc", "its disk is full")):
        if known in log:
            return meaning
    return last_line(log)
