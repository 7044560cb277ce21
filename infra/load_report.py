"""What is kept of a load test, for ``make load`` itself and for who looks at it later: figures beside their limits, and
how it went from second to second.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import yaml

LIMITS = Path(__file__).parents[1] / "loadtests" / "limits.yaml"
TO_REACH = ("_share", "_count")
ALL_REQUESTS = "Aggregated"
"""What Locust calls the line of all requests together."""


@dataclass(frozen=True)
class Figure:
    """``limit`` is None where there is none; shares and counts must reach theirs, the others stay under it."""

    name: str
    value: float
    limit: float | None

    @property
    def kept(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.name.endswith(TO_REACH) else self.value <= self.limit


@dataclass(frozen=True)
class Second:
    """One second of the test; milliseconds are None where nothing was answered yet."""

    at: datetime
    rate: float
    failures: float
    users: int
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True)
class Report:
    """``rate`` is the one asked for, a second. ``passed``: every limit kept, all drained, every invariant held."""

    ended_at: datetime
    rate: float
    figures: list[Figure]
    drained: bool
    invariants_held: bool

    @property
    def passed(self) -> bool:
        return self.drained and self.invariants_held and all(one.kept for one in self.figures)


def judged(figures: Mapping[str, float], asked: float) -> list[Figure]:
    """The figures of a test at ``asked`` requests a second, beside ``loadtests/limits.yaml``."""
    limits: dict[str, float] = yaml.safe_load(LIMITS.read_text(encoding="utf-8"))
    all_figures = {**figures, "rate_share": figures["rate"] / asked}
    return [Figure(name, value, limits.get(name)) for name, value in all_figures.items()]


def keep(report: Report, run_dir: Path) -> None:
    """As ``load.json``, beside what Locust itself writes there."""
    text = json.dumps(asdict(report), indent=2, default=datetime.isoformat)
    (run_dir / "load.json").write_text(text + "\n", encoding="utf-8")


def forget(run_dir: Path) -> None:
    """A test that does not come to its end must not be taken for the one before."""
    (run_dir / "load.json").unlink(missing_ok=True)


def last_report(run_dir: Path) -> Report | None:
    """Of the last test that ran to its end with this run directory; None where there is none."""
    try:
        return msgspec.json.decode((run_dir / "load.json").read_bytes(), type=Report)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def seconds(run_dir: Path) -> Iterator[Second]:
    """How the last test went, from Locust's ``load_stats_history.csv``; nothing where there is none."""
    try:
        text = (run_dir / "load_stats_history.csv").read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    for row in csv.DictReader(text.splitlines()):
        if row["Name"] == ALL_REQUESTS:
            yield Second(
                at=datetime.fromtimestamp(int(row["Timestamp"]), UTC),
                rate=float(row["Requests/s"]),
                failures=float(row["Failures/s"]),
                users=int(row["User Count"]),
                p50_ms=_milliseconds(row["50%"]),
                p99_ms=_milliseconds(row["99%"]),
            )


def page(run_dir: Path) -> bytes | None:
    """Locust's own report, an HTML page."""
    try:
        return (run_dir / "load.html").read_bytes()
    except FileNotFoundError:
        return None


def _milliseconds(told: str) -> float | None:
    return None if told == "N/A" else float(told)
