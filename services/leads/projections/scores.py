"""What is read of scores: each lead's newest, what was known when it was opened, and all cards proposed (rule L5)."""

from collections.abc import Iterable
from typing import Any

from services.leads.domain.state import OPEN
from services.leads.score_events import LeadScored, ScorecardPutInForce, ScorecardRejected, ScorecardSubmitted
from services.leads.scorecard.default import SHIPPED
from services.leads.scorecard.trial import held_back
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

Fields = dict[str, Any]


def scored(event: LeadScored) -> Fields:
    """What a score changes of a lead's document. Cards learn from ``known_at_opening`` alone (rule L5)."""
    score: Fields = plain(event)
    for name in ("type", "lead_id"):
        del score[name]
    if event.occasion != "opening":
        return {"score": score}
    return {"score": score, "known_at_opening": score["facts"], "held_back": held_back(event.lead_id)}


def _card_keys(recorded: Recorded) -> Iterable[str]:
    match recorded.event:
        case ScorecardSubmitted(card_hash=digest) | ScorecardRejected(card_hash=digest):
            return [digest]
        case ScorecardPutInForce(card_hash=digest, replaces=replaced):
            return [digest, *({replaced} - SHIPPED.keys())]
    return []


def _card_step(document: Document | None, recorded: Recorded) -> Document:
    old = document or {}
    match recorded.event:
        case ScorecardSubmitted() as submitted:
            shown: Fields = plain(submitted)
            del shown["type"]
            return {**shown, "status": "submitted", "decided": None}
        case ScorecardRejected(reason=reason, by=by, on=on):
            return {**old, "status": "rejected", "decided": {"by": by, "on": on.isoformat(), "reason": reason}}
        case ScorecardPutInForce(number=number, by=by, on=on) if number == old["number"]:
            return {**old, "status": "in_force", "decided": {"by": by, "on": on.isoformat(), "reason": None}}
    return {**old, "status": "replaced"}


SCORECARDS = Projection(
    name="scorecards",
    sources={"leads": (ScorecardSubmitted, ScorecardPutInForce, ScorecardRejected)},
    keys=_card_keys,
    step=_card_step,
    indexes=(("status",),),
)


ENDED = {"status": {"$in": ["lost", "won"]}, "known_at_opening": {"$exists": True}}


def ended_to_learn() -> Fields:
    """The leads that were won or lost and that a card may learn from."""
    return {**ENDED, "held_back": False}


def ended_to_judge() -> Fields:
    """Those that are held back, to judge cards by."""
    return {**ENDED, "held_back": True}


def open_without(card_hash: str) -> Fields:
    """The open leads that were not scored with a card yet."""
    return {"status": {"$in": sorted(OPEN)}, "score.card_hash": {"$ne": card_hash}}
