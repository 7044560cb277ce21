"""Pairs of leads that are probably about the same, for a person to decide on: to merge, or to dismiss (rule L4).

``found`` and ``dismissed`` are told by the customer's stream; what became of each of the two by its own.
"""

from collections.abc import Iterable
from typing import Any

from services.leads.duplicate_events import DuplicateDismissed, DuplicateFound, NeedClaimed
from services.leads.events import LeadMerged, LeadUnmerged
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

SAME_NEED = "same_need"
SAME_CUSTOMER, LIKE_CUSTOMER = "same_customer", "probably_same_customer"


def pair_of(lead_id: str, other_id: str) -> str:
    """The same whichever is named first."""
    return ".".join(sorted((lead_id, other_id)))


def _keys(recorded: Recorded) -> Iterable[str]:
    match recorded.event:
        case NeedClaimed(lead_id=lead_id, duplicate_of=str() as other):
            return [pair_of(lead_id, other)]
        case (
            DuplicateFound(lead_id=lead_id, duplicate_of=other)
            | DuplicateDismissed(lead_id=lead_id, duplicate_of=other)
        ):
            return [pair_of(lead_id, other)]
        case LeadMerged(lead_id=lead_id, into_id=other) | LeadUnmerged(lead_id=lead_id, into_id=other):
            return [pair_of(lead_id, other)]
    return []


def _step(document: Document | None, recorded: Recorded) -> Document:
    old = document or {"merged": {}, "dismissed": None}
    changed = {**old, **_changes(old, recorded)}
    return {**changed, "settled": bool(changed["merged"]) or changed["dismissed"] is not None}


def _changes(old: Document, recorded: Recorded) -> dict[str, Any]:
    match recorded.event:
        case NeedClaimed() | DuplicateFound() as found:
            return _found(found)
        case DuplicateDismissed(reason=reason, by=by, on=on):
            return {"dismissed": {"reason": reason, "by": by, "on": on.isoformat()}}
        case LeadMerged(lead_id=lead_id, into_id=into_id, reason=reason, by=by, on=on):
            told = {"into_id": into_id, "reason": reason, "by": by, "on": on.isoformat()}
            return {"merged": {**old["merged"], lead_id: told}}
        case LeadUnmerged(lead_id=lead_id):
            return {"merged": {key: one for key, one in old["merged"].items() if key != lead_id}}
    return {}


def _found(found: NeedClaimed | DuplicateFound) -> dict[str, Any]:
    other = found.other_customer_id
    return {
        "lead_id": found.lead_id,
        "duplicate_of": found.duplicate_of,
        "customer_id": found.customer_id,
        "other_customer_id": other,
        "needs": plain(found.needs),
        "reasons": [LIKE_CUSTOMER if other else SAME_CUSTOMER, SAME_NEED],
        "despite": found.despite if isinstance(found, NeedClaimed) else None,
        "on": found.on.isoformat(),
        "rules_version": found.rules_version,
    }


DUPLICATES = Projection(
    name="duplicates",
    sources={"leads": (NeedClaimed, DuplicateFound, DuplicateDismissed, LeadMerged, LeadUnmerged)},
    keys=_keys,
    step=_step,
    indexes=(("settled", "-on"), ("customer_id",)),
)


def undecided(customer_id: str | None) -> dict[str, Any]:
    """The pairs that wait for somebody to decide."""
    of = {"customer_id": customer_id} if customer_id else {"lead_id": {"$exists": True}}
    return {"settled": False, **of}
