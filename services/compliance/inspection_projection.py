"""Samples as people read them: what is to be inspected, what was found, what is to be remedied by when (rule C5)."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, cast

from services.compliance.domain.inspection import NoteOverdue
from services.compliance.inspection_events import (
    InspectionEvent,
    OpeningInspected,
    RemedyOverdue,
    RemedyReported,
    SampleDrawn,
)
from shared.core.days import bank_day
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

UNSEEN: Document = {
    "status": "to_inspect",
    **dict.fromkeys(("finding", "remedy_due", "officer_id", "inspected_on", "remedy", "remedied_by", "remedied_on")),
    "overdue": False,
}


def _step(document: Document | None, recorded: Recorded) -> Document:
    event = cast("InspectionEvent", recorded.event)
    told: dict[str, Any] = plain(event)
    if isinstance(event, SampleDrawn):
        shown = {name: value for name, value in told.items() if name not in {"type", "on", "drawn_from"}}
        shown["openings_total"] = len(event.drawn_from)
        items = [{"opening_id": one, **UNSEEN} for one in event.openings]
        return {**shown, "drawn_on": told["on"], "openings": items, "next_due": None, "overdue": 0}
    old = document or {"openings": []}
    items = [one | _changes(event, told) if one["opening_id"] == event.opening_id else one for one in old["openings"]]
    waiting = [one["remedy_due"] for one in items if one["status"] == "to_remedy" and not one["overdue"]]
    late = sum(one["overdue"] for one in items)
    return {**old, "openings": items, "next_due": min(waiting, default=None), "overdue": late}


def _changes(event: InspectionEvent, told: dict[str, Any]) -> Document:
    match event:
        case OpeningInspected(finding=finding):
            status = "in_order" if finding is None else "to_remedy"
            seen = {name: told[name] for name in ("finding", "remedy_due", "officer_id")}
            return {**UNSEEN, **seen, "status": status, "inspected_on": told["on"]}
        case RemedyReported():
            remedied = {"remedy": told["remedy"], "remedied_by": told["by"], "remedied_on": told["on"]}
            return {**remedied, "status": "remedied", "overdue": False}
        case RemedyOverdue():
            return {"overdue": True}
    return {}


SAMPLES = Projection(
    name="samples",
    sources={"compliance": (SampleDrawn, OpeningInspected, RemedyReported, RemedyOverdue)},
    keys=lambda recorded: [cast("InspectionEvent", recorded.event).sample_id],
    step=_step,
    indexes=(("unit_id", "month"), ("next_due",), ("overdue",)),
)


def with_late(moment: datetime) -> Document:
    """The query for the samples with a remedy whose day is over at the bank."""
    return {"next_due": {"$lt": bank_day(moment).isoformat()}}


def late(samples: Iterable[Document], moment: datetime) -> Iterator[tuple[str, NoteOverdue]]:
    """What is to be noted of which sample."""
    today = bank_day(moment)
    for sample in samples:
        for one in sample["openings"]:
            if one["status"] == "to_remedy" and not one["overdue"] and one["remedy_due"] < today.isoformat():
                due = date.fromisoformat(one["remedy_due"])
                yield sample["sample_id"], NoteOverdue(one["opening_id"], due, today)
