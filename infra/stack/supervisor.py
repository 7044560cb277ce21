"""Keeps programs alive: starts them, starts again what dies (waiting longer each time), ends them in order.

Our own, because honcho ends all processes when one ends: here one service's death must stay its own.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from infra.stack.broken import Broken
from infra.stack.child import Child, Program

FIRST_DELAY, LONGEST_DELAY = 0.5, 15.0  # seconds before a dead program is started again
STEADY_AFTER = 30.0  # seconds of life after which a death counts as the first again
SIGN_OF_LIFE = 1.0  # seconds after which a program that answers nobody counts as started
TICK = 0.05


@dataclass
class Kept:
    """A program under care."""

    program: Program
    child: Child | None = None
    wanted: bool = True
    was_ready: bool = False
    deaths: int = 0
    delay: float = FIRST_DELAY
    due: float = 0.0  # monotonic
    log_from: int = 0  # where in its log this run of ours begins


class Supervisor:
    """``changed`` is called, in the supervising thread, whenever a program was started or ended."""

    def __init__(self, log_dir: Path, changed: Callable[[list[Kept]], None] = lambda _: None) -> None:
        self._log_dir = log_dir
        self._changed = changed
        self._kept: dict[str, Kept] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        # One thread starts everything and lives to the end, because children are tied to the thread that started them.
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def start(self, programs: Iterable[Program]) -> None:
        with self._lock:
            for program in programs:
                self._kept[program.name] = Kept(program)

    def restart(self, name: str) -> None:
        """Start again what ``stop`` stopped."""
        self.start([self._kept[name].program])

    def wait_ready(self, names: Iterable[str], *, seconds: float, seen: Callable[[str], None] = lambda _: None) -> None:
        """Until each answers, telling ``seen`` as they do; ``Broken`` where one cannot start, or takes too long."""
        waiting, deadline = list(names), time.monotonic() + seconds
        while waiting:
            for name in list(waiting):
                if self._is_ready(self._kept[name]):
                    waiting.remove(name)
                    seen(name)
            if waiting and time.monotonic() > deadline:
                raise Broken(f"{waiting[0]} is not ready after {seconds:.0f} s: see {self.log(waiting[0])}")
            time.sleep(TICK)

    def pid(self, name: str) -> int | None:
        child = self._kept[name].child
        return child.pid if child is not None and child.is_alive() else None

    def names(self) -> list[str]:
        return list(self._kept)

    def deaths(self) -> dict[str, int]:
        return {name: kept.deaths for name, kept in self._kept.items()}

    def log(self, name: str) -> Path:
        return self._log_dir / f"{name}.log"

    def stop(self, names: Iterable[str] | None = None, *, grace: float = 30.0) -> None:
        """End them together: SIGTERM, and SIGKILL after ``grace`` seconds. They stay down."""
        with self._lock:
            chosen = [self._kept[name] for name in (list(self._kept) if names is None else names)]
            for kept in chosen:
                kept.wanted = False
        children = [kept.child for kept in chosen if kept.child is not None]
        for child in children:
            child.terminate()
        deadline = time.monotonic() + grace
        try:
            for child in children:
                child.end(deadline)
        except BaseException:  # a second Ctrl-C: no more patience
            for child in children:
                child.kill()
            raise

    def close(self, *, grace: float = 30.0) -> None:
        try:
            self.stop(grace=grace)
        finally:
            self._closing.set()
            self._thread.join()

    def _is_ready(self, kept: Kept) -> bool:
        if kept.deaths >= kept.program.patience and not kept.was_ready:
            log = self.log(kept.program.name)
            raise Broken(
                f"{kept.program.name} does not start: {kept.program.cause(_tail(log, kept.log_from))} (see {log})"
            )
        child, ready = kept.child, kept.program.ready
        if child is None or not child.is_alive():
            return False
        is_ready = ready() if ready else time.time() - child.started > SIGN_OF_LIFE
        # Once it has served, it is no program that cannot start, however often it dies.
        kept.was_ready = kept.was_ready or is_ready
        return is_ready

    def _watch(self) -> None:
        while not self._closing.wait(TICK):
            with self._lock:
                changes = [self._tend(kept) for kept in self._kept.values()]
                if any(changes):
                    self._changed(list(self._kept.values()))

    def _tend(self, kept: Kept) -> bool:
        """Notice a death, or start what is due. True when something changed."""
        now = time.monotonic()
        if kept.child is not None and not kept.child.is_alive():
            kept.child.kill()
            if not kept.wanted:
                kept.child = None
                return True
            lived = time.time() - kept.child.started
            kept.delay = FIRST_DELAY if lived > STEADY_AFTER else min(kept.delay * 2, LONGEST_DELAY)
            kept.child, kept.due, kept.deaths = None, now + kept.delay, kept.deaths + 1
            return True
        if kept.child is None and kept.wanted and now >= kept.due and not self._given_up(kept):
            self._spawn(kept)
            return True
        return False

    def _spawn(self, kept: Kept) -> None:
        log = self.log(kept.program.name)
        if kept.deaths == 0 and log.exists():
            kept.log_from = log.stat().st_size
        try:
            kept.child = Child(kept.program, log)
        except OSError as error:
            with log.open("a") as file:
                file.write(f"cannot be started: {error}\n")
            kept.deaths = kept.program.patience

    @staticmethod
    def _given_up(kept: Kept) -> bool:
        return not kept.was_ready and kept.deaths >= kept.program.patience


def _tail(log: Path, since: int, size: int = 8_000) -> str:
    with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
        end = log.stat().st_size
        file.seek(max(since if since <= end else 0, end - size))  # a log that was put aside began again
        return file.read().decode(errors="replace")
    return ""
