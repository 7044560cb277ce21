"""``make chaos``: faults under load, the invariants after each round, then faults planted in our own code.

``ROUNDS`` (3) is how often each fault comes, ``SEED`` (1) chooses order, victims and commands, ``FAULTS`` (all) names
some, with commas; ``SHORT=yes`` makes what lasts a minute last some seconds. ``PLANTED`` names some of the planted
faults, ``no`` for none; with ``ROUNDS=0`` there is nothing else. ``NETWORK=proxies`` takes proxies in the place of
network namespaces, as happens by itself where the machine does not allow those.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.chaos.cluster import PLACES, Cluster
from infra.chaos.faults import FAULTS
from infra.chaos.faults.base import Fault
from infra.chaos.journal import Json
from infra.chaos.namespaces import Namespaces, enter
from infra.chaos.network import Network
from infra.chaos.planted import PLANTED, UNTOUCHED, Planted, must_fit, prove
from infra.chaos.play import Play, Result
from infra.chaos.proxies import Proxies
from infra.chaos.report import rows, show, show_planted, write
from infra.chaos.suite import Suite
from infra.commands.run import stop_by_signal
from infra.stack.broken import Broken
from infra.stack.lock import Lock

CHECKS = 45  # about so many invariants a round, for the progress bar
console = Console(highlight=False)


def main() -> int:
    """0 if every invariant held, every recovery was in time, and every planted fault was caught."""
    try:
        network = _network()
        with stop_by_signal():
            return _run(network)
    except Broken as broken:
        console.print(f"chaos: {broken}", soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("stopped")
        return 130


def _network() -> Network:
    if os.environ.get("NETWORK") != "proxies" and enter("infra.chaos"):
        return Namespaces(PLACES)
    console.print("chaos: proxies instead of network namespaces; disks cannot be filled")
    return Proxies(PLACES)


def _run(network: Network) -> int:
    run_dir = Path(os.environ.get("LIANDONG_RUN") or ".run").resolve()
    seed, count = int(os.environ.get("SEED") or "1"), int(os.environ.get("ROUNDS") or "3")
    faults, planted = _chosen(os.environ.get("FAULTS") or ""), _planted(os.environ.get("PLANTED") or "")
    suite = Suite(run_dir / "chaos" / "stack", seed, short=bool(os.environ.get("SHORT")))
    console.print(f"chaos: seed {seed}, {count} rounds of {len(faults)} faults; log {run_dir / 'chaos.log'}")
    for one in planted:
        must_fit(one.patch)
    total = count * (len(faults) + CHECKS) + len(planted)
    run_dir.mkdir(parents=True, exist_ok=True)
    with Lock(run_dir / "chaos"), _progress() as progress, (run_dir / "chaos.log").open("w", encoding="utf-8") as log:
        task = progress.add_task("starting", total=total)

        def step(what: str) -> None:
            progress.update(task, advance=1, description=what)

        tell = _teller(log)
        with Cluster(suite.run_dir, network, seen=lambda name: progress.update(task, description=name)) as cluster:
            play = suite.play(cluster, [faults] * count, tell, step) if count else None
            proved = [_stepped(row, step) for row in prove(suite, cluster, planted, tell)]
    return _tell_all(run_dir, suite, faults, play, proved)


def _stepped(row: Json, step: Callable[[str], None]) -> Json:
    step(f"planted: {row['patch']}")
    return row


def _tell_all(run_dir: Path, suite: Suite, faults: Sequence[Fault], play: Play | None, proved: Sequence[Json]) -> int:
    """The tables, the report; 1 where something did not hold."""
    result = play.result if play else Result()
    found = rows(faults, result) if play else []
    commands = play.driver.journal.counts() if play else {}
    report: Json = {"seed": suite.seed, "faults": found, "broken": result.broken, "commands": commands}
    write(run_dir / "chaos.json", report | {"operated": result.operated, "planted": list(proved)})
    violations = len(result.broken) + sum(len(row["violations"]) for row in found)
    missed = [row for row in proved if bool(row["caught"]) != bool(row["patch"])]
    if play:
        show(console, found, result)
        times = sum(row["times"] for row in found)
        console.print(f"chaos: {times} faults, {commands['acknowledged']} commands kept, {violations} violations")
    if proved:
        show_planted(console, proved)
        console.print(f"chaos: {len(proved) - len(missed)} of {len(proved)} planted faults as they must be")
    return 1 if violations or missed else 0


def _chosen(names: str) -> list[Fault]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in FAULTS]:
        raise Broken(f"there is no fault {unknown[0]}; there are {', '.join(FAULTS)}")
    return [fault for name, fault in FAULTS.items() if not wanted or name in wanted]


def _planted(names: str) -> list[Planted]:
    """``no`` for none; else those that are named, else the untouched code and then all."""
    if names == "no":
        return []
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    return [one for one in (UNTOUCHED, *PLANTED) if not wanted or one.patch in wanted]


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


def _teller(log: TextIO) -> Callable[[str], None]:
    begun = time.monotonic()

    def tell(line: str) -> None:
        log.write(f"{time.monotonic() - begun:8.1f} {line}\n")
        log.flush()

    return tell


if __name__ == "__main__":
    sys.exit(main())
