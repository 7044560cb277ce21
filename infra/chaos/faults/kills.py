"""SIGKILL, as an out-of-memory killer would: of each kind of process, of a database member, of a broker node."""

import signal
import time
from typing import Any

from infra.chaos.cluster import MEMBERS, NODES
from infra.chaos.faults.base import FAIL_OVER_LIMIT, KILL_LIMIT, Fault, World
from infra.processes import PROCESSES
from shared.runtime.broker import queue_name
from shared.runtime.projector import projections_queue

PROBES = {"registry": "registry", "bundling": "chain", "linkage": "chain", "compliance": "chain", "desk": "desk"}
COMMIT_SECONDS = 5.0
LED = queue_name(projections_queue("leads"), "leads", 0)


class KillProcess(Fault):
    """One of the two of a process."""

    limit = KILL_LIMIT

    def __init__(self, process: str) -> None:
        super().__init__(f"kill-{process}")
        self.process = process
        self.probe = PROBES.get(process, "leads")

    def inject(self, world: World) -> str:
        victim = world.one_of(world.cluster.ours(self.process) or [self.process])
        world.signal(victim, signal.SIGKILL)
        return victim


class KillBoth(KillProcess):
    """Both of a process at once: nobody is left to take over until the supervisor has started them again."""

    def __init__(self, process: str) -> None:
        super().__init__(process)
        self.name = f"kill-both-{process}"

    def inject(self, world: World) -> str:
        victims = world.running(world.cluster.ours(self.process))
        for victim in victims:
            world.signal(victim, signal.SIGKILL)
        return " and ".join(victims)


class KillPrimary(Fault):
    limit = FAIL_OVER_LIMIT

    def inject(self, world: World) -> str:
        """While a commit is being written: between its write and its majority."""
        victim = world.primary()
        writing = self._await_commit(world)
        world.signal(victim, signal.SIGKILL)
        return f"{victim}, {'in the midst of a commit' if writing else 'no commit was seen under way'}"

    def _await_commit(self, world: World) -> bool:
        writing = {"ns": {"$regex": r"\.commits$"}, "op": {"$in": ["insert", "update"]}}
        seen: list[dict[str, Any]] = [{"$currentOp": {}}, {"$match": writing}]
        deadline = time.monotonic() + COMMIT_SECONDS
        while time.monotonic() < deadline:
            if list(world.here.client.admin.aggregate(seen)):
                return True
        return False


class KillSecondary(Fault):
    limit = FAIL_OVER_LIMIT

    def inject(self, world: World) -> str:
        primary = world.cluster.primary()
        victim = world.one_of([name for name in MEMBERS if name != primary])
        world.signal(victim, signal.SIGKILL)
        return victim


class KillNode(Fault):
    limit = FAIL_OVER_LIMIT

    def inject(self, world: World) -> str:
        victim = world.one_of(list(NODES))
        world.signal(victim, signal.SIGKILL)
        return victim


class KillQueueLeader(Fault):
    limit = FAIL_OVER_LIMIT

    def inject(self, world: World) -> str:
        if world.amqp.leader(LED) is None:
            world.amqp.wake()
        victim = world.await_one(f"a leader of {LED}", lambda: world.amqp.leader(LED))
        world.signal(victim, signal.SIGKILL)
        return f"{victim}, which leads {LED}"


KILLS: tuple[Fault, ...] = (
    *(KillProcess(process.name) for process in PROCESSES),
    KillProcess("nginx"),
    KillBoth("leads"),
    KillBoth("relay"),
    KillBoth("projector"),
    KillPrimary("kill-mongod-primary"),
    KillSecondary("kill-mongod-secondary"),
    KillNode("kill-rabbitmq-node"),
    KillQueueLeader("kill-queue-leader"),
)
