"""What a fault is, and what it may lay its hands on."""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from infra.chaos.amqp import Amqp
from infra.chaos.cluster import Cluster
from infra.chaos.outside import Outside
from infra.connected import Connected
from infra.stack.broken import Broken

HEARTBEATS = 15.0
"""Seconds until who met silence of the broker has given up the old connections and made new ones."""
KILL_LIMIT, FAIL_OVER_LIMIT, OTHER_LIMIT = 10.0, 20.0, 60.0  # seconds until it must have recovered

Found = TypeVar("Found")


class NotPossible(Exception):
    """This machine cannot do that. What is only away just now is waited for: see ``World.await_one``."""


@dataclass
class World:
    """Where faults happen. ``short`` makes what lasts a minute last some seconds."""

    cluster: Cluster
    here: Connected
    amqp: Amqp
    outside: Outside
    chance: random.Random
    short: bool
    violations: list[str] = field(default_factory=list)

    @property
    def crash_dir(self) -> Path:
        return self.cluster.crash_dir

    def signal(self, program: str, number: signal.Signals) -> int | None:
        """Send a signal to a program's whole session; its pid."""
        pid = self.cluster.supervisor.pid(program)
        if pid is not None:
            os.killpg(pid, number)
        return pid

    def running(self, names: list[str]) -> list[str]:
        return [name for name in names if self.cluster.supervisor.pid(name) is not None]

    def one_of(self, names: list[str]) -> str:
        """A running one of them, by chance."""
        self.await_one(f"one of {', '.join(names)} that runs", lambda: self.running(names))
        return self.chance.choice(self.running(names))

    def primary(self) -> str:
        """The member of the database that takes writes."""
        return self.await_one("a primary", self.cluster.primary)

    def await_one(self, what: str, look: Callable[[], Found | None]) -> Found:
        """What is looked for, once it is there. Raises ``Broken`` where it does not come: that is no excuse."""
        deadline = time.monotonic() + FAIL_OVER_LIMIT
        while not (found := look()):
            if time.monotonic() > deadline:
                raise Broken(f"there is not {what} for {FAIL_OVER_LIMIT:.0f} s")
            time.sleep(0.2)
        return found


class Fault:
    """``inject`` breaks something and says what; ``heal`` mends it.

    ``seconds`` lie between the two; recovery counts from ``inject`` for what has none, else from ``heal``. ``probe``
    names the command by which recovery is seen; ``limit`` are the seconds that it may take. It shows for ``rest``
    seconds more: connections that met silence are given up, and made anew, some seconds after all answer again.
    """

    limit = OTHER_LIMIT
    probe = "leads"
    seconds = 0.0
    rest = 0.0

    def __init__(self, name: str) -> None:
        self.name = name

    def lasts(self, world: World) -> float:
        """How long, in seconds; the chances of a run are drawn here."""
        return self.seconds if not world.short else min(self.seconds, 5.0)

    def inject(self, world: World) -> str:
        raise NotImplementedError

    def heal(self, world: World) -> None:
        """Nothing to mend: the supervisor does."""

    def tidy(self, world: World) -> None:
        """What an operator sees to once all has recovered, so that the next fault finds what it should."""
