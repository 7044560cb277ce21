"""A clock that is an hour off, for both of a process: business time is data, waiting uses the monotonic clock."""

from dataclasses import replace
from pathlib import Path

from infra.chaos.faults.base import KILL_LIMIT, Fault, NotPossible, World
from infra.chaos.faults.kills import PROBES

SHIM = Path(__file__).parents[1] / "clock"
PLACES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")


class ClockOff(Fault):
    """Both of a process start anew, one after the other, with another clock, and later with the right one again."""

    limit = KILL_LIMIT
    seconds = 10.0

    def __init__(self, process: str, offset: str) -> None:
        super().__init__(f"clock-{process}")
        self.probe = PROBES.get(process, "leads")
        self._process, self._offset = process, offset

    def inject(self, world: World) -> str:
        fake = {
            "LD_PRELOAD": str(_library()),
            "FAKETIME": self._offset,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(SHIM),
        }
        return f"{self._restart(world, fake)} by {self._offset}"

    def heal(self, world: World) -> None:
        self._restart(world, {})

    def _restart(self, world: World, more: dict[str, str]) -> str:
        supervisor, names = world.cluster.supervisor, world.cluster.ours(self._process)
        for name in names:
            program = world.cluster.programs[name]
            supervisor.stop([name], grace=20.0)
            supervisor.start([replace(program, env={**program.env, **more})])
            supervisor.wait_ready([name], seconds=60)
        return " and ".join(names)


def _library() -> Path:
    for place in PLACES:
        for found in Path(place).glob("**/faketime/libfaketime.so.1"):
            return found
    raise NotPossible("libfaketime is not installed: the package is called faketime")


CLOCKS = (ClockOff("leads", "-1h"), ClockOff("relay", "+1h"), ClockOff("projector", "-1h"))
