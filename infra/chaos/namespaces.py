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

from infra.chaos.network import Network, Place
from infra.stack.broken import Broken

INSIDE = "LIANDONG_CHAOS_INSIDE"
TOOLS = ("unshare", "nsenter", "setpriv", "ip", "mount")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def enter(module: str) -> bool:
    """Run ``module`` again inside network and mount namespaces of its own. True inside; False where they cannot be."""
    if os.environ.pop(INSIDE, None):
        return True
    unshare = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    tools = all(shutil.which(tool, path=PATH) for tool in TOOLS)
    if tools and not subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        os.environ |= {INSIDE: "yes", "PATH": PATH}
        os.execvp("unshare", [*unshare, "--", sys.executable, "-m", module, *sys.argv[1:]])  # noqa: S606 -- ourselves
    return False


@dataclass
class Namespaces(Network):
    """``with Namespaces(names) as network: network.places["a"]``; only after ``enter``."""

    names: Sequence[str]
    places: dict[str, Place] = field(default_factory=dict)
    one_loopback: bool = False
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
        return Place(name, theirs, theirs, inside)

    def small_disk(self, directory: Path, megabytes: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory))

    def expose(self, name: str, port: int) -> None:
        """Nothing to do: every address leads everywhere."""

    def cut(self, one: str, others: Iterable[str]) -> None:
        for other in others:
            for pair in ((one, other), (other, one)):
                if pair not in self._cuts:
                    self._rule("add", pair)
                    self._cuts.add(pair)

    def heal(self) -> None:
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
