"""What runs of a stack on this machine, how often it died, and what memory it takes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.stack.lock import read_holder


@dataclass(frozen=True)
class Measured:
    """``pid`` is None for one that is down. ``resident`` is in bytes and counts the process with its own children."""

    process: str
    pid: int | None
    deaths: int
    resident: int


def measure(run_dir: Path) -> Iterator[Measured]:
    """The stack's processes now; none when it does not run."""
    holder = read_holder(run_dir)
    if holder is None:
        return
    yield Measured("liandong", holder.pid, 0, _resident(holder.pid, with_children=False))
    try:
        lines = json.loads((run_dir / "state.json").read_text())
    except FileNotFoundError:
        return
    for line in lines:
        pid = line["pid"]
        yield Measured(line["name"], pid, line["deaths"], _resident(pid, with_children=True) if pid else 0)


def _resident(pid: int, *, with_children: bool) -> int:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)] if with_children else [process]
        return sum(member.memory_info().rss for member in family)
    except psutil.NoSuchProcess:
        return 0
