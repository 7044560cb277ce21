"""One started program: where its output goes, whether it lives, and how it ends, always by its own pid."""

import contextlib
import errno
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOG_LIMIT = 10_000_000  # bytes after which a log is put aside when its program starts again


def last_line(log: str) -> str:
    """The usual reason why something died: its last exception (``package.SomeError: …``), else its last words."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(\w+\.)*[A-Z]\w+: \S", line)]
    return (errors or lines or ["it said nothing"])[-1]


@dataclass(frozen=True)
class Program:
    """What to run. ``ready`` tells that it serves (without one, a second of life does); ``cause`` finds in its log
    why it does not.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    ready: Callable[[], bool] | None = None
    cause: Callable[[str], str] = last_line
    patience: int = 3  # deaths before it was ever ready, until starting is given up


class Child:
    """A running program in its own session, so that a Ctrl-C reaches only us and we end it in order."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.started = time.time()
        _put_aside(log)
        env = {**os.environ, **program.env}
        if shutil.which(program.argv[0], path=env.get("PATH")) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program.argv[0])
        with log.open("ab") as out:
            self._popen = subprocess.Popen(
                (*_dies_with_us(), *program.argv),
                env=env,
                cwd=program.cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        return self._popen.poll()

    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def terminate(self) -> None:
        if self.is_alive():
            self._popen.send_signal(signal.SIGTERM)

    def end(self, deadline: float) -> None:
        """Wait for the end until ``deadline`` (monotonic), then kill; its own children never outlive it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(max(0.0, deadline - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        """Kill it with whatever is left of its session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


def _dies_with_us() -> tuple[str, ...]:
    """Linux: the kernel ends the child when we die without a chance to do it ourselves.

    The kernel watches the thread that started it, so that thread must live as long as we do.
    """
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()


def _put_aside(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.rename(log.with_suffix(".old.log"))
