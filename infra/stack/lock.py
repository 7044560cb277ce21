"""One stack a run directory: the lock that a second one meets, and what it can say about the first.

The kernel's file lock ends with the process that holds it, however that ends, so nothing stale can keep a
stack from starting. The file's text (pid, when that pid started, address) is for people and for ``status``,
and is believed only while the process with that pid is the one that wrote it.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil

from infra.stack.broken import Broken


@dataclass(frozen=True)
class Holder:
    pid: int
    started: float
    address: str

    def is_alive(self) -> bool:
        try:
            return bool(psutil.Process(self.pid).create_time() == self.started)
        except psutil.NoSuchProcess:
            return False


class AlreadyRunning(Broken):
    """Another stack lives in this run directory."""

    def __init__(self, run_dir: Path, holder: Holder | None) -> None:
        self.holder = holder
        who = (
            f"pid {holder.pid}" + (f", {holder.address}" if holder.address else ", starting") if holder else "starting"
        )
        super().__init__(f"already running in {run_dir} ({who}): nothing was changed")


class Lock:
    """``with Lock(run_dir) as lock: …; lock.tell(address)``."""

    def __init__(self, run_dir: Path) -> None:
        self.file = run_dir / "lock"
        self._handle: int | None = None

    def __enter__(self) -> Self:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise AlreadyRunning(self.file.parent, read_holder(self.file.parent)) from None
        self._handle = handle
        self.tell("")
        return self

    def tell(self, address: str) -> None:
        """Let a second one know who we are and where we answer."""
        if self._handle is None:
            raise RuntimeError("tell() belongs inside the with block")
        holder = Holder(os.getpid(), psutil.Process().create_time(), address)
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps(asdict(holder)).encode(), 0)

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None


def read_holder(run_dir: Path) -> Holder | None:
    """Who runs the stack in this directory now, if anybody does."""
    try:
        holder = Holder(**json.loads((run_dir / "lock").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return holder if holder.is_alive() else None
