"""What a fault is, and what it may lay its hands on."""

import os
import random
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.chaos.amqp import Amqp
from infra.chaos.cluster import Cluster
from infra.chaos.outside import Outside
from infra.connected import Connected

KILL_LIMIT, FAIL_OVER_LIMIT, OTHER_LIMIT = 10.0, 20.0, 60.0  # seconds until it must have recovered


class NotPossible(Exception):
    """This machine cannot do that."""


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
        running = self.running(names)
        if not running:
            raise NotPossible(f"none of {', '.join(names)} runs")
        return self.chance.choice(running)


class Fault:
    """``inject`` breaks something and says what; ``heal`` mends it.

    ``seconds`` lie between the two; recovery counts from ``inject`` for what has none, else from ``heal``. ``probe``
    names the command by which recovery is seen; ``limit`` are the seconds that it may take.
    """

    limit = OTHER_LIMIT
    probe = "leads"
    seconds = 0.0

    def __init__(self, name: str) -> None:
        self.name = name

    def lasts(self, world: World) -> float:
        """How long, in seconds; the chances of a run are drawn here."""
        return self.seconds if not world.short else min(self.seconds, 5.0)

    def inject(self, world: World) -> str:
        raise NotImplementedError

    def heal(self, world: World) -> None:
        """Nothing to mend: the supervisor does."""

    def tidy(self, world: World) -> Sequence[str]:  # noqa: ARG002 -- most leave nothing
        """What an operator sees to once all has recovered, so that the next fault finds what it should; what it was."""
        return ()
