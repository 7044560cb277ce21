import os
import socket
import subprocess
from contextlib import closing

import pika
import psutil
import pytest
from pymongo import MongoClient

from infra.stack import servers as servers_module
from infra.stack.broken import Broken
from infra.stack.lock import AlreadyRunning
from infra.stack.mongod import mongod
from infra.stack.servers import Servers
from infra.stack.supervisor import Supervisor
from tests.infra.pids import alive


def listeners(pids):
    return {c.laddr.ip for pid in pids for c in psutil.Process(pid).net_connections() if c.status == psutil.CONN_LISTEN}


@pytest.mark.stack
def test_private_servers_keep_their_data_move_their_port_and_leave_no_process(tmp_path, monkeypatch):
    monkeypatch.delenv("MONGO_URI", raising=False)
    monkeypatch.delenv("AMQP_URI", raising=False)
    with Servers(tmp_path) as servers:
        pids = [servers.supervisor.pid(name) for name in ("mongod", "epmd", "rabbitmq")]
        family = [*pids, *(child.pid for pid in pids for child in psutil.Process(pid).children(recursive=True))]
        assert listeners(pids) <= {"127.0.0.1", "::1"}
        with MongoClient(servers.mongo_uri) as client, client.start_session() as session, session.start_transaction():
            client.bank.notes.insert_one({"_id": 1}, session=session)
        with closing(pika.BlockingConnection(pika.URLParameters(servers.amqp_uri))) as connection:
            connection.channel().queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
        with pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}"), Servers(tmp_path):
            pass
    assert not [pid for pid in family if alive(pid)]
    _take_the_ports_away(tmp_path)
    with Servers(tmp_path) as servers:
        with MongoClient(servers.mongo_uri) as client:
            assert client.bank.notes.find_one() == {"_id": 1}
        with closing(pika.BlockingConnection(pika.URLParameters(servers.amqp_uri))) as connection:
            connection.channel().queue_declare("kept", passive=True)


def _take_the_ports_away(run_dir):
    """As if others had them since: each is picked anew."""
    (run_dir / "ports.json").unlink()


@pytest.fixture
def named(servers, monkeypatch):
    """The session's servers, as if they were the bank's own."""
    monkeypatch.setenv("MONGO_URI", servers.mongo_uri)
    monkeypatch.setenv("AMQP_URI", servers.amqp_uri)
    return servers


@pytest.mark.stack
@pytest.mark.usefixtures("named")
def test_named_servers_are_used_and_none_is_started(servers, tmp_path):
    with Servers(tmp_path) as users:
        assert (users.mongo_uri, users.amqp_uri) == (servers.mongo_uri, servers.amqp_uri)
        assert users.supervisor.names() == []


@pytest.mark.stack
@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("MONGO_URI", "mongodb://127.0.0.1:1/", r"MONGO_URI \(mongodb://127.0.0.1:1\) does not answer"),
        ("MONGO_URI", "mysql://127.0.0.1", r"MONGO_URI \(mysql://127.0.0.1\) is not usable"),
        (
            "MONGO_URI",
            "mongodb://eve:wrong@{mongo}/",
            r"MONGO_URI \(mongodb://127.0.0.1:\d+\) refuses us: Authentication failed",
        ),
        ("AMQP_URI", "amqp://127.0.0.1:1/", r"AMQP_URI \(amqp://127.0.0.1:1\) does not answer"),
        (
            "AMQP_URI",
            "amqp://liandong:wrong@{amqp}/",
            r"AMQP_URI \(amqp://127.0.0.1:\d+\) refuses this user name and password",
        ),
        ("AMQP_URI", "http://127.0.0.1", r"AMQP_URI \(http://127.0.0.1\) is not usable"),
    ],
)
def test_a_named_server_that_cannot_serve_is_one_line_without_the_password(named, monkeypatch, setting, value, said):
    places = {"mongo": named.mongo_uri.split("/")[2], "amqp": named.amqp_uri.rpartition("@")[2].split("/")[0]}
    monkeypatch.setenv(setting, value.format(**places))
    monkeypatch.setattr(servers_module.external, "PATIENCE", 1)
    with pytest.raises(Broken, match=said) as caught, Servers(named.run_dir / "user"):
        pass
    assert "wrong" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.stack
def test_a_taken_port_is_the_cause_that_mongod_gives(tmp_path):
    supervisor = Supervisor(tmp_path / "log")
    with closing(socket.create_server(("127.0.0.1", 0))) as squatter:
        supervisor.start([mongod(tmp_path, squatter.getsockname()[1])])
        with pytest.raises(Broken, match=r"mongod does not start: .*[Aa]ddress already in use"):
            supervisor.wait_ready(["mongod"], seconds=30)
    supervisor.close()


def test_a_run_directory_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(Broken, match=r"cannot use .*/file/run for data: Not a directory"),
        Servers(tmp_path / "file" / "run"),
    ):
        pass


def test_a_full_disk_is_one_line_and_starts_nothing(tmp_path):
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        with pytest.raises(Broken, match=r"the disk of .* is full: 8 MB are free and 500 MB needed"), Servers(tmp_path):
            pass
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_no_mongod_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Broken, match=r"no mongod found: run `make setup`, or set MONGO_URI"):
        mongod(tmp_path, 1)
