"""A clock that is an hour off, for one of our processes: business time is data, waiting uses the monotonic clock."""

import time
from dataclasses import replace
from pathlib import Path

from infra.chaos.faults.base import KILL_LIMIT, Fault, NotPossible, World
from infra.chaos.faults.kills import PROBES

PLACES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")


class ClockOff(Fault):
    """One of a process's two is started anew with another clock, and later with the right one again."""

    limit = KILL_LIMIT
    seconds = 10.0

    def __init__(self, process: str, offset: str) -> None:
        super().__init__(f"clock-{process}")
        self.probe = PROBES.get(process, "leads")
        self._process, self._offset = process, offset
        self._victim: str | None = None

    def inject(self, world: World) -> str:
        library = _library()
        self._victim = world.one_of(world.cluster.ours(self._process))
        program = world.cluster.programs[self._victim]
        fake = {"LD_PRELOAD": str(library), "FAKETIME": self._offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        fake["DONT_FAKE_MONOTONIC"] = "1"
        self._restart(world, self._victim, fake)
        return f"{program.name} by {self._offset}"

    def heal(self, world: World) -> None:
        if self._victim is not None:
            self._restart(world, self._victim, {})
            self._victim = None

    def _restart(self, world: World, name: str, more: dict[str, str]) -> None:
        supervisor, program = world.cluster.supervisor, world.cluster.programs[name]
        supervisor.stop([name], grace=20.0)
        supervisor.start([replace(program, env={**program.env, **more})])
        supervisor.wait_ready([name], seconds=60)
        time.sleep(0.1)


def _library() -> Path:
    for place in PLACES:
        for found in Path(place).glob("**/faketime/libfaketime.so.1"):
            return found
    raise NotPossible("libfaketime is not installed: the package is called faketime")


CLOCKS = (ClockOff("leads", "-1h"), ClockOff("relay", "+1h"), ClockOff("projector", "-1h"))
