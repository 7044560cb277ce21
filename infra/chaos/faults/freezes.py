"""SIGSTOP for 1 to 20 seconds: not dead, only silent, and later back with what it believed before."""

import signal
from contextlib import suppress

import httpx

from infra.chaos.cluster import MEMBERS, NODES
from infra.chaos.faults.base import FAIL_OVER_LIMIT, HEARTBEATS, KILL_LIMIT, Fault, World
from infra.chaos.faults.kills import PROBES
from infra.processes import PROCESSES

NUMBERS = 'liandong_relay_active{service="leads"} 1.0'


def the_one_that_numbers(world: World) -> str:
    """The relay that numbers the leads, as it says itself."""
    return world.await_one("a relay that numbers the leads", lambda: _numbering(world))


def _numbering(world: World) -> str | None:
    for name in world.running(world.cluster.ours("relay")):
        place, port = world.cluster.place(world.cluster.host_of(name)), world.cluster.context.ports["relay"]
        with suppress(httpx.HTTPError):
            if NUMBERS in httpx.get(f"http://{place.listens}:{port}/metrics", timeout=2).text:
                return name
    return None


class Freeze(Fault):
    """One of ``victims`` stands still for some seconds."""

    def __init__(self, name: str, victims: tuple[str, ...], limit: float, *, at_least: float = 1.0) -> None:
        super().__init__(f"freeze-{name}")
        self.limit = limit
        self.probe = PROBES.get(name, "leads")
        self._victims, self._at_least = victims, at_least
        self.rest = 0.0 if set(victims).isdisjoint(NODES) else HEARTBEATS
        self._frozen: str | None = None

    def lasts(self, world: World) -> float:
        return max(self._at_least, world.chance.uniform(1, 4 if world.short else 20))

    def inject(self, world: World) -> str:
        self._frozen = self._choose(world)
        world.signal(self._frozen, signal.SIGSTOP)
        return self._frozen

    def _choose(self, world: World) -> str:
        return world.one_of(list(self._victims))

    def heal(self, world: World) -> None:
        if self._frozen is not None:
            world.signal(self._frozen, signal.SIGCONT)
            self._frozen = None

    def tidy(self, world: World) -> None:
        if not set(self._victims).isdisjoint(NODES):
            world.amqp.rejoin()


class FreezeRelay(Freeze):
    """The relay that numbers the leads, longer than its lease: it comes back to find that another has taken over."""

    def _choose(self, world: World) -> str:
        return the_one_that_numbers(world)


class FreezeAll(Freeze):
    """All of them at once: nobody is there to take over, and whoever waits for an answer must give up by himself."""

    def inject(self, world: World) -> str:
        for name in self._victims:
            world.signal(name, signal.SIGSTOP)
        return "all nodes"

    def heal(self, world: World) -> None:
        for name in self._victims:
            world.signal(name, signal.SIGCONT)


class FreezePrimary(Freeze):
    def _choose(self, world: World) -> str:
        return world.primary()


FREEZES = (
    *(Freeze(one.name, (f"{one.name}-1", f"{one.name}-2"), KILL_LIMIT) for one in PROCESSES if one.name != "relay"),
    FreezeRelay("relay", ("relay-1", "relay-2"), KILL_LIMIT, at_least=7.0),
    FreezePrimary("mongod-primary", MEMBERS, FAIL_OVER_LIMIT, at_least=4.0),
    Freeze("mongod", MEMBERS, FAIL_OVER_LIMIT),
    Freeze("rabbitmq", NODES, FAIL_OVER_LIMIT),
    FreezeAll("broker", NODES, FAIL_OVER_LIMIT, at_least=18.0),
)
