"""One run: the stack, the bank, the rounds; what happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.bootstrap import cast, make_bank_files
from infra.chaos.amqp import Amqp
from infra.chaos.clerk import Clerk
from infra.chaos.cluster import Cluster
from infra.chaos.driver import PACE_SECONDS, Driver
from infra.chaos.faults.base import Fault, World
from infra.chaos.invariants import Evidence
from infra.chaos.journal import Journal
from infra.chaos.outside import Outside
from infra.chaos.play import Play, seeded
from infra.chaos.probe import Probe
from infra.connected import Connected, connected, remember
from infra.drain import drain
from infra.stack.stack import SOURCE

Told = Callable[[str], None]


@dataclass(frozen=True)
class Suite:
    """``short`` makes what lasts a minute last some seconds."""

    run_dir: Path
    seed: int
    short: bool
    name: str = "journal"
    patience: float = 120.0
    """Seconds to wait for what must come: a recovery, an answer, the drain."""
    closing: bool = True
    """Whether each round closes a month."""
    pace: float = PACE_SECONDS
    """Of the load: seconds between two commands of each of its threads."""

    def play(
        self, cluster: Cluster, rounds: Sequence[Sequence[Fault]], told: Told, step: Told, source: Path = SOURCE
    ) -> Play:
        """All rounds, with our processes from the code in ``source``; what happened is in ``play.result``."""
        amqp = Amqp(cluster)
        amqp.must_be_one()
        amqp.delete_queues()
        cluster.start_ours(source)
        try:
            play = self._prepare(cluster, told, step)
            try:
                for number, faults in enumerate(rounds, 1):
                    play.round(number, faults)
            finally:
                play.driver.stop()
                play.evidence.journal.close()
                play.evidence.here.client.close()
        finally:
            cluster.stop_ours()
        return play

    def _prepare(self, cluster: Cluster, told: Told, step: Told) -> Play:
        """The bank is loaded, the load has begun, no fault yet."""
        remember(self.run_dir, cluster.context.settings())
        here = connected(self.run_dir)
        journal = Journal(self.run_dir / f"{self.name}.ndjson")
        context = cluster.context
        driver = Driver(context.public_url, context.secrets, cast(), journal, self.seed, self.pace)
        driver.resume()
        clerk = Clerk(driver.caller("clerk"), make_bank_files(self.run_dir))
        clerk.load_the_bank()
        drain(here, self.patience)
        driver.start()
        return self._play(cluster, here, driver, clerk, told, step)

    def _play(self, cluster: Cluster, here: Connected, driver: Driver, clerk: Clerk, told: Told, step: Told) -> Play:
        amqp = Amqp(cluster)
        outside = Outside(amqp, here)
        outside.listen()
        world = World(cluster, here, amqp, outside, seeded(self.seed, "faults"), self.short)
        evidence = Evidence(cluster, here, driver.journal, clerk, amqp, outside, self.patience)
        probe = Probe(driver.caller("probe"), self.patience)
        return Play(world, evidence, driver, clerk, probe, told, step, self.seed, self.closing)
