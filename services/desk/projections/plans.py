"""What the plan studio reads of the past: each step of a plan, an award or a dispute, by whom and when."""

from collections.abc import Iterable
from typing import Any, get_args

from services.incentives.events import IncentiveEvent
from shared.core.event import type_of
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

STEPS = {
    "plan_drafted": "plan",
    "plan_submitted": "plan",
    "plan_tried": "plan",
    "plan_approved": "plan",
    "plan_activated": "plan",
    "award_proposed": "award",
    "award_approved": "award",
    "award_rejected": "award",
    "dispute_raised": "dispute",
    "dispute_evidence_added": "dispute",
    "dispute_decided": "dispute",
}
"""The stored names of the events that are followed, and what each is about."""
LAST = frozenset({"plan_activated", "award_approved", "award_rejected", "dispute_decided"})
"""After these nobody has anything left to decide."""


def _keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.stream]


def _step(old: Document | None, recorded: Recorded) -> Document:
    """``newest`` is where the last step stands in the log; a reader may wait for it elsewhere."""
    event, at = recorded.event, recorded.recorded_at.isoformat()
    name = type_of(type(event))
    step: dict[str, Any] = {"what": name, "by": recorded.meta.actor, "at": at}
    if name == "plan_tried":
        step["what_if_hash"] = getattr(event, "what_if_hash", None)
    return {
        "about": STEPS[name],
        "open": name not in LAST,
        "steps": [*(old["steps"] if old else ()), step],
        "at": at,
        "newest": recorded.id,
    }


PLAN_DESK = Projection(
    name="plan_desk",
    sources={"incentives": tuple(event for event in get_args(IncentiveEvent) if type_of(event) in STEPS)},
    keys=_keys,
    step=_step,
    indexes=(("about", "open"), ("about", "at")),
)
