"""Measurements as lines to be drawn: a name, and a value for each moment. Pure, of what the API tells."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from services.desk.web.api_client import Json
from services.desk.web.language import TIMEZONE
from services.desk.web.words import text

MB = 1_000_000
Line = dict[str, Any]
Value = float | None


def of_history(history: Json) -> Json:
    """``{"at": [seconds], "timezone", "charts": {"lag": [{"label", "values"}, …], "events": …, …}}``."""
    samples = history["samples"]
    owners = sorted({owner for one in samples for owner in one["lag"]})
    return _drawn(
        samples,
        {
            "lag": [_line(owner, samples, _lag_of(owner)) for owner in owners],
            "events": [
                {"label": text("recorded a second"), "values": _a_second(samples, "appended")},
                {"label": text("published a second"), "values": _a_second(samples, "published")},
            ],
            "waiting": [
                _line(text("messages in queues"), samples, lambda one: one["queued"]),
                _line(text("events not published yet"), samples, lambda one: one["unpublished"]),
                _line(text("events parked"), samples, lambda one: one["parked"]),
            ],
            "memory": [_line(text("MB of memory in all"), samples, lambda one: round(one["resident"] / MB, 1))],
        },
    )


def of_load_test(seconds: Sequence[Json]) -> Json:
    """The same of a load test."""
    return _drawn(
        seconds,
        {
            "rate": [
                _line(text("requests a second"), seconds, lambda one: one["rate"]),
                _line(text("failures a second"), seconds, lambda one: one["failures"]),
            ],
            "latency": [
                _line(text("half answered within, ms"), seconds, lambda one: one["p50_ms"]),
                _line(text("99 of 100 answered within, ms"), seconds, lambda one: one["p99_ms"]),
            ],
        },
    )


def _drawn(samples: Sequence[Json], charts: Mapping[str, list[Line]]) -> Json:
    return {"at": [_seconds(one) for one in samples], "timezone": TIMEZONE, "charts": dict(charts)}


def _line(label: str, samples: Sequence[Json], value: Callable[[Json], Value]) -> Line:
    return {"label": label, "values": [value(one) for one in samples]}


def _lag_of(owner: str) -> Callable[[Json], Value]:
    return lambda one: one["lag"].get(owner, 0)


def _a_second(samples: Sequence[Json], name: str) -> list[Value]:
    """How fast something grows that only grows; None for the first, of which nothing is known."""
    grown: list[Value] = [None]
    for before, after in pairwise(samples):
        passed = max(_seconds(after) - _seconds(before), 0.001)
        grown.append(round((after[name] - before[name]) / passed, 1))
    return grown[: len(samples)]


def _seconds(sample: Json) -> float:
    return datetime.fromisoformat(sample["at"]).timestamp()
