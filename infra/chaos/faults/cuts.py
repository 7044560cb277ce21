"""The network between two places swallows everything; nobody is told, both sides only meet silence."""

from collections.abc import Callable, Iterable

from infra.chaos.cluster import HOSTS, MEMBERS, NODES
from infra.chaos.faults.base import FAIL_OVER_LIMIT, HEARTBEATS, Fault, NotPossible, World

Sides = tuple[str, Iterable[str]]


class Cut(Fault):
    """``sides`` chooses who is cut off from whom."""

    limit = FAIL_OVER_LIMIT

    def __init__(self, name: str, sides: Callable[[World], Sides], seconds: float, rest: float = 0.0) -> None:
        super().__init__(name)
        self.seconds, self.rest = seconds, rest
        self._sides = sides

    def inject(self, world: World) -> str:
        one, others = self._sides(world)
        apart = [other for other in others if other != one]
        if world.cluster.network.one_loopback and one in NODES:
            raise NotPossible("the nodes of one machine reach each other past the proxies")
        world.cluster.network.cut(one, apart)
        return f"{one} from {', '.join(apart)}"

    def heal(self, world: World) -> None:
        world.cluster.network.heal()


class CutNode(Cut):
    def tidy(self, world: World) -> None:
        world.amqp.rejoin()


CUTS = (
    Cut("cut-services-from-database", lambda w: (w.chance.choice(HOSTS), MEMBERS), 12),
    Cut("cut-services-from-primary", lambda w: (w.chance.choice(HOSTS), [w.primary()]), 12),
    Cut("cut-services-from-broker", lambda w: (w.chance.choice(HOSTS), NODES), 12, rest=HEARTBEATS),
    Cut("cut-primary-from-members", lambda w: (w.primary(), MEMBERS), 12),
    Cut("cut-primary-from-all", lambda w: (w.primary(), (*MEMBERS, *HOSTS)), 12),
    CutNode("cut-node-from-nodes", lambda w: (w.chance.choice(NODES), NODES), 15),
    CutNode("cut-node-from-all", lambda w: (w.chance.choice(NODES), (*NODES, *HOSTS)), 15, rest=HEARTBEATS),
)
