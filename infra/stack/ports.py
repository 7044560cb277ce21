"""Free loopback ports, remembered between runs so that addresses stay the same."""

import json
import random
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.stack.broken import Broken

# Below the range from which the kernel takes the ports of outgoing connections: a process that is restarted
# must not find its port lent to a client in the meantime.
RANGE = range(21000, 32000)


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def is_open(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody answers there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def pick_ports(run_dir: Path, names: Iterable[str], *, fixed: Mapping[str, int]) -> dict[str, int]:
    """A free port for each name: the ``fixed`` one, else the remembered one while it is free, else another."""
    file = run_dir / "ports.json"
    remembered = _read(file)
    chosen: dict[str, int] = {}
    for name in names:
        asked = fixed.get(name)
        if asked is not None and not is_free(asked):
            raise Broken(f"port {asked} on 127.0.0.1, wanted for {name}, is taken: choose another, or none at all")
        chosen[name] = asked or _free(remembered.get(name), taken=set(chosen.values()))
    file.write_text(json.dumps(remembered | chosen, indent=2) + "\n")
    return chosen


def _read(file: Path) -> dict[str, int]:
    """What was remembered; nothing where there is no such file, or only half of one."""
    try:
        remembered: dict[str, int] = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return remembered


def _free(remembered: int | None, taken: set[int]) -> int:
    if remembered is not None and remembered not in taken and is_free(remembered):
        return remembered
    for port in random.sample(RANGE, 200):
        if port not in taken and is_free(port):
            return port
    raise Broken(f"no free port found on 127.0.0.1 between {RANGE.start} and {RANGE.stop - 1}")
