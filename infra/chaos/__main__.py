"""``make chaos``: faults under load, the invariants after each round, then faults planted in our own code.

``ROUNDS`` (3) is how often each fault comes, ``SEED`` (1) chooses order, victims and commands, ``FAULTS`` (all) names
some, with commas; ``SHORT=yes`` makes what lasts a minute last some seconds; ``PLANTED=no`` leaves the last part out.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.chaos.cluster import Cluster
from infra.chaos.faults import FAULTS
from infra.chaos.faults.base import Fault
from infra.chaos.network import enter
from infra.chaos.play import Play
from infra.chaos.report import rows, show, write
from infra.chaos.suite import Suite
from infra.commands.run import stop_by_signal
from infra.stack.broken import Broken

CHECKS = 45  # about so many invariants a round, for the progress bar
console = Console(highlight=False)


def main() -> int:
    """0 if every invariant held, every recovery was in time, and every planted fault was caught."""
    try:
        enter("infra.chaos")
        with stop_by_signal():
            return _run()
    except Broken as broken:
        console.print(f"chaos: {broken}", soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("stopped")
        return 130


def _run() -> int:
    seed, count = int(os.environ.get("SEED") or "1"), int(os.environ.get("ROUNDS") or "3")
    run_dir = Path(os.environ.get("LIANDONG_RUN") or ".run").resolve()
    faults = _chosen(os.environ.get("FAULTS") or "")
    suite = Suite(run_dir / "chaos", seed, short=bool(os.environ.get("SHORT")), console=console)
    console.print(f"chaos: seed {seed}, {count} rounds of {len(faults)} faults; log {run_dir / 'chaos.log'}")
    begun = time.monotonic()
    play = _play(suite, [faults] * count, run_dir / "chaos.log")
    found = rows(faults, play.result)
    show(console, found, play.result.broken)
    commands = play.driver.journal.counts()
    report = {"seed": seed, "rounds": count, "faults": found, "broken": play.result.broken, "commands": commands}
    write(run_dir / "chaos.json", report | {"seconds": round(time.monotonic() - begun)})
    violations = len(play.result.broken) + sum(len(row["violations"]) for row in found)
    times = sum(row["times"] for row in found)
    console.print(f"chaos: {times} faults, {commands['acknowledged']} commands, {violations} violations")
    return 1 if violations or not times else 0


def _chosen(names: str) -> list[Fault]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in FAULTS]:
        raise Broken(f"there is no fault {unknown[0]}; there are {', '.join(FAULTS)}")
    return [fault for name, fault in FAULTS.items() if not wanted or name in wanted]


def _play(suite: Suite, rounds: Sequence[Sequence[Fault]], log: Path) -> Play:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    log.parent.mkdir(parents=True, exist_ok=True)
    with Progress(*columns, console=console, transient=True) as progress, log.open("w", encoding="utf-8") as file:
        task = progress.add_task("starting", total=sum(len(faults) + CHECKS for faults in rounds))

        def step(what: str) -> None:
            progress.update(task, advance=1, description=what)

        with Cluster(suite.run_dir, seen=lambda name: progress.update(task, description=name)) as cluster:
            return suite.play(cluster, rounds, _teller(file.write, file.flush), step)


def _teller(write_text: Callable[[str], object], flush: Callable[[], object]) -> Callable[[str], None]:
    begun = time.monotonic()

    def tell(line: str) -> None:
        with suppress(OSError):
            write_text(f"{time.monotonic() - begun:8.1f} {line}\n")
            flush()

    return tell


if __name__ == "__main__":
    sys.exit(main())
