"""Chaos without network namespaces: who dials is known, a pair that is cut meets silence, and is healed."""

import os
import socket
import subprocess
import sys
import threading

import pytest

from infra.chaos.proxies import TAG, Proxies
from infra.stack.ports import pick_ports

ECHO_SECONDS = 0.7
DIAL = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
    for line in sys.stdin:
        connection.sendall(line.encode())
        print(connection.recv(100).decode(), end="", flush=True)
"""


@pytest.fixture
def network():
    """A server of place ``b`` that says what it hears, to be reached through its proxy."""
    with Proxies(("a", "b")) as network, socket.create_server((network.places["b"].listens, 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        network.expose("b", port)
        yield network, (network.places["b"].address, port)


def _serve(server):
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_echo, args=(connection,), daemon=True).start()


def _echo(connection):
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)


class Dialler:
    """A process of a place, connected."""

    def __init__(self, place, address):
        command = [sys.executable, "-c", DIAL, address[0], str(address[1])]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {TAG: place}
        )
        self.heard = []
        self.hearing = threading.Thread(target=self._hear, daemon=True)
        self.hearing.start()

    def _hear(self):
        self.heard.extend(iter(self.process.stdout.readline, ""))

    def says(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hears(self, line, seconds=10.0):
        deadline = threading.Event()
        for _ in range(int(seconds / 0.05)):
            if line + "\n" in self.heard:
                return True
            deadline.wait(0.05)
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.hearing.join()
        self.process.communicate()


def test_a_cut_pair_meets_silence_and_is_healed(network):
    proxies, address = network
    with Dialler("a", address) as near, Dialler("", address) as stranger:
        near.says("one")
        assert near.hears("one")
        proxies.cut("a", ["b"])
        near.says("two")
        assert not near.hears("two", ECHO_SECONDS)
        stranger.says("three")
        assert stranger.hears("three"), "whoever has no place is never cut off"
        proxies.heal()
        assert near.hears("two"), "what was said meanwhile arrives, as after a cable is mended"


def test_whoever_dials_while_it_is_cut_waits(network):
    proxies, address = network
    proxies.cut("b", ["a"])
    with Dialler("a", address) as late:
        late.says("hello")
        assert not late.hears("hello", ECHO_SECONDS)
        proxies.heal()
        assert late.hears("hello")


def test_nobody_behind_the_proxy_ends_the_connection(tmp_path):
    with Proxies(("a",)) as network:
        port = pick_ports(tmp_path, ["server"], fixed={})["server"]
        network.expose("a", port)
        with socket.create_connection((network.places["a"].address, port), timeout=10) as connection:
            assert connection.recv(1) == b""
