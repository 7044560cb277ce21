import json
import socket
from contextlib import closing

import pytest

from infra.stack.broken import Broken
from infra.stack.ports import RANGE, is_free, is_open, pick_ports


def taken_port():
    server = socket.create_server(("127.0.0.1", 0))
    return closing(server), server.getsockname()[1]


def test_ports_are_free_distinct_and_the_same_next_time(tmp_path):
    first = pick_ports(tmp_path, ["mongod", "rabbitmq"], fixed={})
    assert len(set(first.values())) == 2
    assert all(port in RANGE and is_free(port) for port in first.values())
    assert pick_ports(tmp_path, ["mongod", "rabbitmq"], fixed={}) == first


def test_a_remembered_port_that_is_taken_is_replaced(tmp_path):
    server, port = taken_port()
    with server:
        (tmp_path / "ports.json").write_text(json.dumps({"mongod": port, "desk": 21000}))
        assert pick_ports(tmp_path, ["mongod"], fixed={})["mongod"] != port
    assert json.loads((tmp_path / "ports.json").read_text())["desk"] == 21000


def test_a_port_that_was_asked_for_and_is_taken_is_named(tmp_path):
    server, port = taken_port()
    with server, pytest.raises(Broken, match=f"port {port} on 127.0.0.1, wanted for front, is taken"):
        pick_ports(tmp_path, ["front"], fixed={"front": port})


def test_open_means_that_somebody_answers():
    server, port = taken_port()
    with server:
        assert is_open(port)
    assert not is_open(port)
