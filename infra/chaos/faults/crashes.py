"""A process dies at a named point of the kernel; and what no code here can read is parked, and later redriven."""

import time
from collections.abc import Iterator

from infra.chaos.faults.base import KILL_LIMIT, Fault, World
from infra.projector import OWNERS
from services.registry.events import StaffRecorded
from shared.core.recorded import Commit, Meta
from shared.runtime.wiring import now

TAKEN_SECONDS = 30.0
PARKED_SECONDS = 40.0
LEAST_PARKED = 3
NEWER = 99
POINTS = (
    ("append.decided", "append.written"),
    ("sequence.stamped", "sequence.committed"),
    ("publish.sent", "publish.confirmed", "publish.saved"),
    ("apply.written", "apply.advanced", "apply.committed"),
    ("react.done", "checkpoint.moved"),
)


class Crash(Fault):
    """The first process that passes the point dies there; the load passes all but the rarest within moments."""

    limit = KILL_LIMIT

    def __init__(self, point: str) -> None:
        super().__init__(f"crash-{point}")
        self._point = point

    def inject(self, world: World) -> str:
        before = _pids(world)
        (world.crash_dir / self._point).touch()
        _await_taken(world, self._point)
        return _who_died(world, before)


class Parked(Fault):
    """An event of a newer schema, and a good one behind it on its stream: both wait, and both go through later.

    Later is when the code knows the schema; here the stored number is set to the one that it knows.
    """

    limit = KILL_LIMIT

    def __init__(self, name: str, point: str | None) -> None:
        super().__init__(name)
        self._point = point

    def inject(self, world: World) -> str:
        if self._point is not None:
            (world.crash_dir / self._point).touch()
        stream = _append_two(world)
        deadline = time.monotonic() + PARKED_SECONDS
        while not _all_parked(world, stream):
            if time.monotonic() > deadline:
                world.violations.append(f"{stream} is not parked with its mate: {_parked(world, stream)}")
                break
            time.sleep(0.1)
        if self._point is not None:
            _await_taken(world, self._point)
        self._stream = stream
        return f"{stream} in {len(_parked(world, stream))} subscriptions"

    def lasts(self, world: World) -> float:  # noqa: ARG002 -- recovery counts from the release
        return 0.1

    def heal(self, world: World) -> None:
        known = {"$set": {"events.0.schema": StaffRecorded.schema}}
        world.here.logs["registry"].commits.update_one({"stream": self._stream, "version": 1}, known)
        deadline = time.monotonic() + PARKED_SECONDS
        while any(_parked(world, self._stream).values()):
            for owner in OWNERS:
                world.here.client[owner].parked.update_many({"stream": self._stream}, {"$set": {"released": True}})
            if time.monotonic() > deadline:
                world.violations.append(f"{self._stream} was released and is still parked")
                return
            time.sleep(0.5)


def _append_two(world: World) -> str:
    """Two commits of a new member of staff, the first in a schema of the future; the stream's name."""
    store = world.here.logs["registry"]
    staff_id = f"CHAOS{world.chance.randrange(10**9)}"
    on = now().date()
    fact = StaffRecorded(
        staff_id=staff_id,
        name="chaos",
        unit_id="O01",
        line="retail",
        role="product",
        manager_id=None,
        valid_from=on,
        valid_to=None,
        business_date=on,
    )
    documents = [store.codec.to_document(commit) for commit in _commits(f"staff-{staff_id}", fact)]
    documents[0]["events"][0]["schema"] = NEWER
    store.commits.insert_many(documents)
    return f"staff-{staff_id}"


def _commits(stream: str, fact: StaffRecorded) -> Iterator[Commit]:
    for version in (1, 2):
        meta = Meta(command_id=f"chaos-{stream}-{version}", actor="chaos")
        yield Commit("registry", stream, version, 0, (fact,), meta, now().replace(microsecond=0))


def _parked(world: World, stream: str) -> dict[str, int]:
    """By subscription, how many of the stream's events are parked."""
    found: dict[str, int] = {}
    for owner in OWNERS:
        for parked in world.here.client[owner].parked.find({"stream": stream}):
            found[parked["subscription"]] = found.get(parked["subscription"], 0) + 1
    return found


def _all_parked(world: World, stream: str) -> bool:
    """By everybody who takes it: a subscription that had not come this far would park it after the release."""
    if not _passed(world, stream):
        return False
    found = _parked(world, stream)
    return len(found) >= LEAST_PARKED and all(count == 2 for count in found.values())


def _passed(world: World, stream: str) -> bool:
    """Whether every subscription to the registry stands behind the stream's last event."""
    place = world.here.logs["registry"].position_of(f"{stream}@2")
    return place is not None and all(
        checkpoint["position"] >= place[1]
        for owner in OWNERS
        for checkpoint in world.here.client[owner].checkpoints.find({"_id": {"$regex": "/registry/0$"}})
    )


def _await_taken(world: World, point: str) -> None:
    deadline = time.monotonic() + TAKEN_SECONDS
    while (world.crash_dir / point).exists():
        if time.monotonic() > deadline:
            (world.crash_dir / point).unlink(missing_ok=True)
            world.violations.append(f"nobody passed {point} within {TAKEN_SECONDS:.0f} s")
            return
        time.sleep(0.02)


def _pids(world: World) -> dict[str, int | None]:
    return {name: world.cluster.supervisor.pid(name) for name in world.cluster.ours()}


def _who_died(world: World, before: dict[str, int | None]) -> str:
    for _ in range(50):
        died = [name for name, pid in _pids(world).items() if pid != before[name]]
        if died:
            return ", ".join(died)
        time.sleep(0.02)
    return "nobody"


CRASHES: tuple[Fault, ...] = (
    *(Crash(point) for points in POINTS for point in points),
    Parked("event-of-newer-schema", None),
    Parked("crash-park.written", "park.written"),
    Parked("crash-park.committed", "park.committed"),
)
