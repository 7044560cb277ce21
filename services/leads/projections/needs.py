"""Needs that no product answers, counted by topic for the product manager (rule L13)."""

from typing import Any, cast
from unicodedata import normalize

from services.leads.work_events import NeedRecorded
from shared.core.ids import derived
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

LATEST = 10
"""How many of a topic's needs are shown in their own words; the counts are of all."""


def topic_key(topic: str) -> str:
    """The same for topics that differ in case, width or spaces only: 外汇 期权 and 外汇期权 are one."""
    return derived("".join(normalize("NFKC", topic).casefold().split()))


def _step(document: Document | None, recorded: Recorded) -> Document:
    need = cast("NeedRecorded", recorded.event)
    old = document or {"topic": need.topic, "count": 0, "lines": {}, "first_on": need.on.isoformat(), "latest": []}
    on = need.on.isoformat()
    shown: dict[str, Any] = plain(need)
    for name in ("type", "topic"):
        del shown[name]
    return {
        **old,
        "count": old["count"] + 1,
        "lines": {**old["lines"], need.line: old["lines"].get(need.line, 0) + 1},
        "first_on": min(old["first_on"], on),
        "last_on": max(old.get("last_on", on), on),
        "latest": [shown, *old["latest"]][:LATEST],
    }


NEEDS = Projection(
    name="needs",
    sources={"leads": (NeedRecorded,)},
    keys=lambda recorded: [topic_key(cast("NeedRecorded", recorded.event).topic)],
    step=_step,
    indexes=(("-count",),),
)
