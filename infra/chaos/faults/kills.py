"""SIGKILL, as an out-of-memory killer would: of each kind of process, of a database member, of a broker node."""

import signal

from infra.chaos.cluster import MEMBERS, NODES
from infra.chaos.faults.base import FAIL_OVER_LIMIT, KILL_LIMIT, Fault, NotPossible, World
from infra.processes import PROCESSES
from shared.runtime.broker import queue_name
from shared.runtime.projector import projections_queue

PROBES = {"registry": "registry", "bundling": "chain", "linkage": "chain", "compliance": "chain", "desk": "desk"}
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
        """While commands are being written: some of them are between their write and its majority."""
        victim = world.cluster.primary()
        if victim is None:
            raise NotPossible("there is no primary just now")
        world.signal(victim, signal.SIGKILL)
        return victim


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
        victim = world.amqp.leader(LED)
        if victim is None or world.cluster.supervisor.pid(victim) is None:
            raise NotPossible(f"nobody leads {LED} just now")
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
