"""The broker away and back empty, orderly stops with and without it, full disks, and an oplog that forgot."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable

from pymongo.write_concern import WriteConcern

from infra.chaos.cluster import NODES
from infra.chaos.faults.base import FAIL_OVER_LIMIT, KILL_LIMIT, Fault, NotPossible, World
from infra.chaos.faults.freezes import the_one_that_numbers
from infra.stack.broken import Broken
from shared.runtime.relay import LEASE_SECONDS

PURGES = 15
STOP_SECONDS, ROLLED_SECONDS = 30.0, 30.0
UNHURRIED_SECONDS = 45.0  # a member that is only late must not be taken for lost
MEGABYTE = 1_000_000
FILLED_AT_ONCE = 4096


class BrokerLost(Fault):
    """Every node dies, and with the nodes their disks; they come back empty."""

    limit = FAIL_OVER_LIMIT
    probe = "chain"
    seconds = 60.0

    def inject(self, world: World) -> str:
        for node in world.running(list(NODES)):
            world.signal(node, signal.SIGKILL)
        world.cluster.supervisor.stop(NODES, grace=0.1)
        for node in NODES:
            shutil.rmtree(world.cluster.run_dir / node / "data", ignore_errors=True)
        world.amqp.planted.clear()  # the dead letters are gone with the rest
        return "all nodes and their data"

    def heal(self, world: World) -> None:
        world.cluster.start(NODES)
        world.outside.listen()

    def tidy(self, world: World) -> None:
        """A queue that was declared while not all nodes were back has members on some of them only."""
        for node in NODES:
            world.amqp.renew_members(node)


class FrozenThenKilled(Fault):
    """A node takes bytes and answers nothing for a while, then dies: what was sent to it meanwhile never arrived."""

    limit = FAIL_OVER_LIMIT
    probe = "chain"

    def inject(self, world: World) -> str:
        self._node = world.one_of(list(NODES))
        world.signal(self._node, signal.SIGSTOP)
        time.sleep(3.0)
        world.signal(self._node, signal.SIGKILL)
        return self._node

    def lasts(self, world: World) -> float:  # noqa: ARG002 -- recovery counts from the broker's return
        return 0.1

    def heal(self, world: World) -> None:
        world.cluster.await_restarted(NODES)

    def tidy(self, world: World) -> None:
        """A member whose files were being made when it died starts never again."""
        world.amqp.renew_members(self._node, UNHURRIED_SECONDS)


class Purged(Fault):
    """Every queue is emptied again and again under load: what was in it comes from the log."""

    probe = "chain"
    limit = KILL_LIMIT

    def inject(self, world: World) -> str:
        queues = world.amqp.subscribed()
        for _ in range(PURGES):
            with world.amqp.channel() as channel:
                for queue in queues:
                    channel.queue_purge(queue)
            time.sleep(0.1)
        return f"{len(queues)} queues, {PURGES} times"


class Stop(Fault):
    """SIGTERM under load: it must end within 30 seconds. The supervisor starts it again."""

    limit = KILL_LIMIT
    probe = "chain"

    def __init__(self, name: str, process: str) -> None:
        super().__init__(name)
        self._process = process

    def inject(self, world: World) -> str:
        victim = world.one_of(world.cluster.ours(self._process))
        seconds = stop(world, victim)
        return f"{victim}, ended in {seconds:.1f} s"


class StopWithoutBroker(Fault):
    limit = FAIL_OVER_LIMIT
    probe = "chain"

    def __init__(self, process: str) -> None:
        super().__init__(f"stop-{process}-without-broker")
        self._process = process

    def inject(self, world: World) -> str:
        world.cluster.supervisor.stop(NODES, grace=0.1)
        victim = world.one_of(world.cluster.ours(self._process))
        return f"{victim}, ended in {stop(world, victim):.1f} s"

    def lasts(self, world: World) -> float:  # noqa: ARG002 -- recovery counts from the broker's return
        return 0.1

    def heal(self, world: World) -> None:
        world.cluster.start(NODES)


def stop(world: World, victim: str) -> float:
    """Seconds until it ended; more than 30 are a violation."""
    begun, pid = time.monotonic(), world.cluster.supervisor.pid(victim)
    if pid is None:
        raise Broken(f"{victim} does not run")
    os.kill(pid, signal.SIGTERM)
    while world.cluster.supervisor.pid(victim) == pid:
        if time.monotonic() - begun > STOP_SECONDS:
            world.violations.append(f"{victim} did not end within {STOP_SECONDS:.0f} s of SIGTERM")
            break
        time.sleep(0.05)
    return time.monotonic() - begun


class DiskFull(Fault):
    """The small disk of one server is filled to the last byte, and later freed."""

    limit = FAIL_OVER_LIMIT
    seconds = 10.0

    def __init__(self, name: str, victim: Callable[[World], str]) -> None:
        super().__init__(name)
        self._choose = victim

    def inject(self, world: World) -> str:
        victim = self._choose(world)
        directory = world.cluster.run_dir / victim
        if not directory.is_mount():
            raise NotPossible("it has no small disk of its own here")
        self._victim, self._filler = victim, directory / "filler"
        free = shutil.disk_usage(directory).free
        with self._filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(FILLED_AT_ONCE)):
                pass
        return f"{victim}, {free // MEGABYTE} MB"

    def heal(self, world: World) -> None:  # noqa: ARG002 -- room is enough
        self._filler.unlink(missing_ok=True)


class NodeDiskFull(DiskFull):
    """A member of a quorum queue that could not write stays down, with room again too, until its node restarts; and
    some then find a gap in what they wrote, and must be made anew.
    """

    def heal(self, world: World) -> None:
        super().heal(world)
        world.cluster.restart(self._victim)
        world.amqp.renew_members(self._victim)


def roll_the_oplog(world: World) -> None:
    """Write so much that the oplog no longer knows what is its last entry now."""
    oplog, junk = world.here.client.local["oplog.rs"], world.here.client.chaos_junk
    stood = (oplog.find_one(sort=[("$natural", -1)]) or {})["ts"]
    everywhere = junk.get_collection("junk", write_concern=WriteConcern(w=3, wtimeout=60_000))
    deadline = time.monotonic() + ROLLED_SECONDS
    while (oplog.find_one(sort=[("$natural", 1)]) or {})["ts"] <= stood:
        everywhere.insert_many([{"bytes": b"x" * MEGABYTE} for _ in range(8)])
        if time.monotonic() > deadline:
            raise Broken(f"the oplog still knows what was {ROLLED_SECONDS:.0f} s ago")
    world.here.client.drop_database("chaos_junk")


class RelayBehindOplog(Fault):
    """The relay that numbers stands still while another takes over and the oplog forgets where it stood."""

    limit = FAIL_OVER_LIMIT

    def inject(self, world: World) -> str:
        self._frozen = the_one_that_numbers(world)
        world.signal(self._frozen, signal.SIGSTOP)
        time.sleep(LEASE_SECONDS + 2)
        roll_the_oplog(world)
        return self._frozen

    def lasts(self, world: World) -> float:  # noqa: ARG002 -- recovery counts from the relay's return
        return 0.1

    def heal(self, world: World) -> None:
        world.signal(self._frozen, signal.SIGCONT)


class OplogRolled(Fault):
    """While no relay runs, so much is written that the oplog no longer knows where they stood."""

    limit = FAIL_OVER_LIMIT

    def inject(self, world: World) -> str:
        relays = world.cluster.ours("relay")
        world.cluster.supervisor.stop(relays, grace=20.0)
        roll_the_oplog(world)
        return "the oplog begins after the relays' resume tokens"

    def lasts(self, world: World) -> float:  # noqa: ARG002 -- recovery counts from the relays' return
        return 0.1

    def heal(self, world: World) -> None:
        world.cluster.start(world.cluster.ours("relay"))
        logs = [world.cluster.supervisor.log(name) for name in world.cluster.ours("relay")]
        deadline = time.monotonic() + 30
        while not any("oplog_history_lost" in log.read_text(errors="replace") for log in logs):
            if time.monotonic() > deadline:
                world.violations.append("no relay raised the alarm that the oplog forgot its place")
                return
            time.sleep(0.1)


OUTAGES: tuple[Fault, ...] = (
    BrokerLost("broker-lost"),
    FrozenThenKilled("node-frozen-then-killed"),
    Purged("queues-purged"),
    Stop("stop-leads", "leads"),
    Stop("stop-relay", "relay"),
    Stop("stop-projector", "projector"),
    StopWithoutBroker("bundling"),
    StopWithoutBroker("relay"),
    DiskFull("disk-full-mongod", lambda world: world.primary()),
    NodeDiskFull("disk-full-rabbitmq", lambda world: world.one_of(list(NODES))),
    OplogRolled("oplog-rolled"),
    RelayBehindOplog("relay-behind-oplog"),
)
