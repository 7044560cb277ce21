"""A private RabbitMQ: the system package's server, run as the current user with everything of its own.

Its name registry (epmd) is ours too: the server would otherwise start one that outlives it. Several nodes, told of
each other as ``peers`` and given the same password and cookie, make one cluster.
"""

import os
import secrets
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.stack.broken import Broken
from infra.stack.child import Program, last_line
from infra.stack.definitions import HR_USER, definitions
from infra.stack.ports import is_open

# Unique within our own epmd, and it must not change: the data directory knows the server by it. A short name
# at localhost, because Erlang hangs where the machine's own name does not resolve.
NODE = "liandong@localhost"
USER = "liandong"
HR_FILE = "hr-system"
LIBRARIES = ("/usr/lib/rabbitmq/lib", "/opt/rabbitmq")


# Of several nodes: a minority stops rather than to decide alone; a silent node is given up after these seconds.
TICK_SECONDS = 8
CLUSTER = "cluster_partition_handling = pause_minority\ncluster_formation.peer_discovery_backend = classic_config\n"


def epmd(port: int, *, name: str = "epmd", hosts: Sequence[str] = ("127.0.0.1",)) -> Program:
    return Program(
        name=name,
        argv=("epmd", "-address", ",".join(hosts), "-port", str(port)),
        ready=lambda: all(is_open(port, host) for host in hosts),
        patience=1,
    )


def rabbitmq(
    run_dir: Path,
    *,
    port: int,
    dist_port: int,
    epmd_port: int,
    name: str = "rabbitmq",
    host: str = "127.0.0.1",
    node: str = NODE,
    peers: Sequence[str] = (),
) -> Program:
    """``peers`` are the names of all nodes (``user@address``), where there is more than one."""
    home = run_dir / name
    home.mkdir(parents=True, exist_ok=True)
    (home / "rabbitmq.conf").write_text(_settings(host, port, _password(home)) + (_cluster(peers) or _defined(home)))
    (home / "rabbitmq.conf").chmod(0o600)
    (home / "enabled_plugins").write_text("[].\n")
    (home / "env.conf").write_text("")
    return Program(
        name=name,
        argv=(str(_script()),),
        env=_environment(home, node, host, dist_port, epmd_port) | _long_names(peers),
        cwd=home,
        ready=_speaks_amqp(host, port),
        cause=_cause,
        patience=1,
    )


def amqp_uri(run_dir: Path, port: int, *, name: str = "rabbitmq", host: str = "127.0.0.1") -> str:
    return f"amqp://{USER}:{_password(run_dir / name)}@{host}:{port}/%2F"


def hr_uri(run_dir: Path, port: int, *, name: str = "rabbitmq", host: str = "127.0.0.1") -> str:
    """By which the HR system hears of sealed statements: its own user, who may read its own queue."""
    return f"amqp://{HR_USER}:{_password(run_dir / name, HR_FILE)}@{host}:{port}/%2F"


def share_secrets(run_dir: Path, names: Sequence[str]) -> None:
    """Nodes of one cluster know the same password and the same cookie."""
    password, cookie = secrets.token_urlsafe(24), secrets.token_hex(16)
    for name in names:
        for file, text, mode in (("password", password, 0o600), (".erlang.cookie", cookie, 0o400)):
            path = run_dir / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(text)
            path.chmod(mode)


def _defined(home: Path) -> str:
    """One node of its own: its users, and what the HR system listens to."""
    passwords = {USER: _password(home), HR_USER: _password(home, HR_FILE)}
    file = home / "definitions.json"
    file.touch(mode=0o600)
    file.write_text(definitions(USER, passwords))
    return f"load_definitions = {file}\n"


def _password(home: Path, name: str = "password") -> str:
    """Made once; kept beside the data that knows it."""
    file = home / name
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text()


def _cluster(peers: Sequence[str]) -> str:
    listed = (f"cluster_formation.classic_config.nodes.{n} = {peer}\n" for n, peer in enumerate(peers, 1))
    return CLUSTER + "".join(listed) if peers else ""


def _long_names(peers: Sequence[str]) -> dict[str, str]:
    return {"RABBITMQ_USE_LONGNAME": "true"} if peers else {}


def _settings(host: str, port: int, password: str) -> str:
    return (
        f"listeners.tcp.local = {host}:{port}\n"
        f"default_user = {USER}\n"
        f"default_pass = {password}\n"
        "disk_free_limit.absolute = 100MB\n"
        # Quorum queues keep their write-ahead log in memory too, up to this size; the default is half a gigabyte.
        "raft.wal_max_size_bytes = 16777216\n"
        # What its processes no longer need goes back every half minute: most queues here are quiet most of the time.
        "background_gc_enabled = true\n"
        "background_gc_target_interval = 30000\n"
        "log.console = true\n"
        "log.console.level = warning\n"
        "log.file = false\n"
    )


def _environment(home: Path, node: str, host: str, dist_port: int, epmd_port: int) -> dict[str, str]:
    interface = host.replace(".", ",")
    mine = {
        "NODENAME": node,
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
        "SERVER_ADDITIONAL_ERL_ARGS": f"-start_epmd false -kernel inet_dist_use_interface {{{interface}}}"
        f" -kernel net_ticktime {TICK_SECONDS}",
    }
    return {
        **{f"RABBITMQ_{key}": str(value) for key, value in mine.items()},
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": host,
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


def _speaks_amqp(host: str, port: int) -> Callable[[], bool]:
    """Ready is answering the protocol's greeting: the listener opens last."""

    def ready() -> bool:
        try:
            with socket.create_connection((host, port), timeout=1) as connection:
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
