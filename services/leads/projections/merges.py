"""What a lead's document says of merges (rule L4): the fields ``merged`` and ``absorbed`` are there only as long as
there is something to say, so that a merge that was undone leaves nothing but its place in the history.
"""

from collections.abc import Mapping
from typing import Any

from services.leads.events import LeadAbsorbed, LeadMerged, LeadReleased, LeadUnmerged
from shared.core.plain import plain
from shared.core.projection import Document

MERGE_EVENTS = (LeadMerged, LeadUnmerged, LeadAbsorbed, LeadReleased)
MergeEvent = LeadMerged | LeadUnmerged | LeadAbsorbed | LeadReleased


def merges_after(old: Document, event: MergeEvent) -> dict[str, Any]:
    """The two fields; None where there is nothing to say."""
    match event:
        case LeadMerged(into_id=into_id, reason=reason, by=by, on=on):
            return {"merged": {"into_id": into_id, "reason": reason, "by": by, "on": on.isoformat()}}
        case LeadUnmerged():
            return {"merged": None}
        case LeadAbsorbed(merged_id=merged_id, on=on):
            one = {
                "lead_id": merged_id,
                "on": on.isoformat(),
                **plain({"owners": event.owners, "shares": event.shares}),
            }
            return {"absorbed": [*_others(old, merged_id), one]}
        case LeadReleased(merged_id=merged_id):
            return {"absorbed": _others(old, merged_id) or None}


def _others(old: Document, merged_id: str) -> list[Any]:
    return [one for one in old.get("absorbed") or () if one["lead_id"] != merged_id]


def without_nothing(document: Mapping[str, Any]) -> Document:
    """Without a field of the two that has nothing to say."""
    return {name: value for name, value in document.items() if name not in {"merged", "absorbed"} or value is not None}
