"""A small network of our own: each place has a namespace and an address, and any two can be cut off from each other.

The whole run lives in namespaces of its own (``enter``), so that nothing of it is left when it ends, however it ends.
The namespace of the run itself is the router between the places; a cut is a rule of the router's that swallows what
one place sends to the other, so that both meet silence.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from infra.stack.broken import Broken

INSIDE = "LIANDONG_CHAOS_INSIDE"
TOOLS = ("unshare", "nsenter", "setpriv", "ip", "mount")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Place:
    """Somewhere to run programs: its address, and what goes before a command to run it there."""

    name: str
    address: str
    prefix: tuple[str, ...]


def enter(module: str) -> None:
    """Run ``module`` again inside network and mount namespaces of its own; returns where this is so already.

    Raises ``Broken`` where the machine does not allow it.
    """
    if os.environ.pop(INSIDE, None):
        return
    missing = [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]
    if missing:
        raise Broken(f"chaos needs {', '.join(missing)}: install iproute2, util-linux and mount")
    unshare = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        raise Broken("chaos needs network namespaces, and this machine does not allow them: run it as root")
    os.environ |= {INSIDE: "yes", "PATH": PATH}
    os.execvp("unshare", [*unshare, "--", sys.executable, "-m", module, *sys.argv[1:]])  # noqa: S606 -- the same program


def mount_small(directory: Path, megabytes: int) -> None:
    """A disk of its own for ``directory``, small enough to be filled."""
    directory.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory))


@dataclass
class Network:
    """``with Network(names) as network: network.places["a"]``."""

    names: Sequence[str]
    places: dict[str, Place] = field(default_factory=dict)
    _holders: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _cuts: set[tuple[str, str]] = field(default_factory=set)

    def __enter__(self) -> Self:
        _run("ip", "link", "set", "lo", "up")
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        for number, name in enumerate(self.names, 1):
            self.places[name] = self._make(number, name)
        return self

    def __exit__(self, *_: object) -> None:
        for holder in self._holders:
            holder.kill()
            holder.wait()

    def _make(self, number: int, name: str) -> Place:
        """A namespace, held by a process that sleeps, and its link to us."""
        command = ("setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity")
        holder = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        self._holders.append(holder)
        _await_namespace(holder.pid)
        ours, theirs, link = f"10.77.{number}.1", f"10.77.{number}.2", f"place{number}"
        inside = ("nsenter", f"--net=/proc/{holder.pid}/ns/net", "--")
        _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
        _run("ip", "addr", "add", f"{ours}/30", "dev", link)
        _run("ip", "link", "set", link, "up")
        _run(*inside, "ip", "addr", "add", f"{theirs}/30", "dev", "eth0")
        _run(*inside, "ip", "link", "set", "eth0", "up")
        _run(*inside, "ip", "link", "set", "lo", "up")
        _run(*inside, "ip", "route", "add", "default", "via", ours)
        return Place(name, theirs, inside)

    def cut(self, one: str, others: Iterable[str]) -> None:
        """Nothing passes between ``one`` and each of ``others`` any more, in either direction; nobody is told."""
        for other in others:
            for pair in ((one, other), (other, one)):
                if pair not in self._cuts:
                    self._rule("add", pair)
                    self._cuts.add(pair)

    def heal(self) -> None:
        """All places reach each other again."""
        for pair in list(self._cuts):
            self._rule("del", pair)
            self._cuts.discard(pair)

    def _rule(self, verb: str, pair: tuple[str, str]) -> None:
        source, target = (self.places[name].address for name in pair)
        _run("ip", "rule", verb, "from", source, "to", target, "blackhole")


def _await_namespace(pid: int) -> None:
    """Until the holder has left our own network namespace."""
    ours = Path("/proc/self/ns/net").readlink()
    for _ in range(500):
        if Path(f"/proc/{pid}/ns/net").readlink() != ours:
            return
        subprocess.run(["sleep", "0.01"], check=True)
    raise Broken("a network namespace could not be made")


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise Broken(f"{' '.join(command)}: {done.stderr.strip()}")
