"""``make chaos``: faults under load, the invariants after each round. ``ROUNDS``, ``SEED``, ``FAULTS`` choose."""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from infra.bootstrap import cast, make_bank_files
from infra.chaos.amqp import Amqp
from infra.chaos.caller import Gate
from infra.chaos.clerk import Clerk
from infra.chaos.cluster import Cluster
from infra.chaos.driver import Driver
from infra.chaos.faults import FAULTS
from infra.chaos.faults.base import World
from infra.chaos.invariants import Evidence, checks
from infra.chaos.journal import Journal
from infra.chaos.network import enter
from infra.chaos.play import Play, seeded
from infra.chaos.probe import Probe
from infra.connected import connected, remember
from infra.load import drain

console = Console(highlight=False)


def main() -> int:
    enter("infra.chaos")
    seed = int(os.environ.get("SEED") or "1")
    rounds = int(os.environ.get("ROUNDS") or "1")
    wanted = [name for name in (os.environ.get("FAULTS") or "").split(",") if name]
    faults = [fault for fault in FAULTS.values() if not wanted or fault.name in wanted]
    run_dir = Path(os.environ.get("LIANDONG_RUN", ".run")).resolve() / "chaos"
    t = time.monotonic()
    say = lambda line: print(f"{time.monotonic() - t:6.1f} {line}", flush=True)
    with Cluster(run_dir) as cluster:
        say("up")
        remember(run_dir, cluster.context.settings())
        here = connected(run_dir)
        journal = Journal(run_dir / "journal.ndjson")
        driver = Driver(cluster.context.public_url, cluster.context.secrets, cast(), journal, seed)
        driver.gate.open.set()
        clerk = Clerk(driver.caller("clerk"), make_bank_files(run_dir))
        clerk.load_the_bank()
        drain(here)
        say("loaded")
        amqp = Amqp(cluster)
        world = World(cluster, here, amqp, seeded(seed, "faults"), short=True)
        play = Play(
            world,
            Evidence(cluster, here, journal, clerk, amqp),
            driver,
            clerk,
            Probe(driver.caller("probe")),
            say,
            lambda _: None,
        )
        driver.start()
        for n in range(1, rounds + 1):
            play.round(n, faults)
        say(str(journal.counts()))
        driver.stop()
        say(str(driver.refusals[:10]))
    print(play.result.broken)
    return 0


if __name__ == "__main__":
    sys.exit(main())
