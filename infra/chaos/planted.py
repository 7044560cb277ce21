"""Has the suite teeth? Each fault planted in a copy of our own code must be seen; the untouched copy must show none."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from infra.chaos.caller import GaveUp, Refused
from infra.chaos.cluster import Cluster
from infra.chaos.faults import FAULTS
from infra.chaos.journal import Json
from infra.chaos.play import Play
from infra.chaos.suite import Suite
from infra.stack.broken import Broken
from infra.stack.stack import SOURCE

PATCHES = SOURCE / "tests" / "system" / "planted"
COPIED = ("services", "shared", "infra")
PATIENCE_SECONDS = 30.0
PACE_SECONDS = 0.1
"""Of the load: what is planted shall be met often."""
LATE = ("recovered after", "not recovered", "could not be played")


@dataclass(frozen=True)
class Planted:
    """A patch by name, and the faults under which it must show."""

    patch: str
    faults: tuple[str, ...]


PLANTED = (
    Planted("ack_on_error", ("event-of-newer-schema",)),
    Planted("mates_not_parked", ("event-of-newer-schema",)),
    Planted("gap_not_filled", ("messages-lost",)),
    Planted("duplicates_applied", ("duplicates-shuffled",)),
    Planted("checkpoint_outside_transaction", ("crash-apply.committed",) * 5),
    Planted("stamped_outside_transaction", ("crash-sequence.stamped",)),
    Planted("published_before_confirm", ("node-frozen-then-killed",) * 3),
    Planted("idempotency_key_ignored", ("kill-leads",)),
    Planted("no_fence", ("relay-behind-oplog",) * 2),
    Planted("non_majority_write", ("cut-primary-from-members",) * 3),
)
UNTOUCHED = Planted("", tuple(dict.fromkeys(fault for one in PLANTED for fault in one.faults)))


def prove(suite: Suite, cluster: Cluster, chosen: Sequence[Planted], told: Callable[[str], None]) -> Iterator[Json]:
    """For each: what was planted, the first thing that the suite saw of it (empty for nothing), and the seconds."""
    for one in chosen:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="planted-") as directory:
            what = _plant(one.patch, Path(directory))
            told(f"planted: {one.patch or 'nothing'}")
            try:
                result = _play(suite, cluster, one, Path(directory), told).result
                seen = [
                    violation for fault in result.happened for violation in fault.violations if not _late(violation)
                ]
                seen += result.broken
            except (Refused, GaveUp) as error:  # what was acknowledged is not there for the next command
                seen = [f"before any fault: {error}"]
        caught = seen[0] if seen else ""
        yield {"patch": one.patch, "what": what, "caught": caught, "seconds": round(time.monotonic() - begun)}


def must_fit(patch: str) -> None:
    """Raises ``Broken`` for a patch that the code has outgrown."""
    with tempfile.TemporaryDirectory(prefix="planted-") as directory:
        _plant(patch, Path(directory))


def _late(violation: str) -> bool:
    """On a busy machine good code may be late, too."""
    return violation.startswith(LATE)


def _plant(patch: str, directory: Path) -> str:
    """A copy of the source with the patch in it; the patch's own first line."""
    for name in COPIED:
        shutil.copytree(SOURCE / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    if not patch:
        return "nothing"
    text = (PATCHES / f"{patch}.patch").read_text(encoding="utf-8")
    done = subprocess.run(
        ("patch", "-p1", "--fuzz=0"), cwd=directory, input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Broken(f"{patch}.patch does not fit the code any more: {done.stdout}")
    return text.splitlines()[0]


def _play(suite: Suite, cluster: Cluster, one: Planted, source: Path, told: Callable[[str], None]) -> Play:
    """One short round."""
    named = replace(
        suite,
        name=f"planted-{one.patch or 'nothing'}",
        short=True,
        closing=False,
        patience=PATIENCE_SECONDS,
        pace=PACE_SECONDS,
    )
    return named.play(cluster, [[FAULTS[name] for name in one.faults]], told, lambda _: None, source)
