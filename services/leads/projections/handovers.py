"""Handovers, with the list of what changed hands (rule L9)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast

from services.leads.domain.state import OPEN
from services.leads.events import LeadHandedOver
from services.leads.rules import PAID_WITHIN_DAYS
from services.leads.work_events import HandoverAdvanced, HandoverOrdered
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

Told = HandoverOrdered | LeadHandedOver | HandoverAdvanced


def _keys(recorded: Recorded) -> Iterable[str]:
    return [cast("Told", recorded.event).handover_id]


def _step(document: Document | None, recorded: Recorded) -> Document:
    old: Document = document or {"leads": [], "done": False}
    match recorded.event:
        case HandoverOrdered() as ordered:
            told: dict[str, Any] = plain(ordered)
            del told["type"]
            return {**old, **told}
        case LeadHandedOver(lead_id=lead_id, to_id=to_id, queue=queue):
            return {**old, "leads": [*old["leads"], {"lead_id": lead_id, "to_id": to_id, "queue": queue}]}
        case HandoverAdvanced(done=done):
            return {**old, "done": old["done"] or done}
    return old


HANDOVERS = Projection(
    name="handovers",
    sources={"leads": (HandoverOrdered, LeadHandedOver, HandoverAdvanced)},
    keys=_keys,
    step=_step,
    indexes=(("from_id",), ("to_id",)),
)


def to_hand_over(line: str, from_id: str, on: date, unit_id: str | None) -> dict[str, Any]:
    """The leads of a leaver that change hands: the open ones, also those that were merged and may stand again, and the
    won whose credit may still vest. Without a unit they are those of all units.
    """
    paid = {"status": "won", "won.on": {"$gte": (on - timedelta(days=PAID_WITHIN_DAYS)).isoformat()}}
    there = {f"sides.{line}.unit_id": unit_id} if unit_id else {}
    mine = {"owner_ids": from_id, f"sides.{line}.owner_id": from_id, **there}
    rests = {"status": "merged", "lost": None, "expired": None}
    return {**mine, "$or": [{"status": {"$in": sorted(OPEN)}}, paid, rests]}
