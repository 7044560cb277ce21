"""What a desk shows of merges (rule L4): which lead one was merged into, and which were merged into it. The two fields
are there only as long as there is something to say.
"""

from collections.abc import Mapping
from typing import Any

from services.leads import events as leads

MERGE_EVENTS = (leads.LeadMerged, leads.LeadUnmerged, leads.LeadAbsorbed, leads.LeadReleased)


def merges_after(document: Mapping[str, Any], event: object) -> dict[str, Any]:
    """The document with what the event says of merges."""
    changed = dict(document)
    match event:
        case leads.LeadMerged(into_id=into_id, reason=reason, by=by, on=on):
            changed["merged"] = {"into_id": into_id, "reason": reason, "by": by, "on": on.isoformat()}
        case leads.LeadUnmerged():
            changed.pop("merged", None)
        case leads.LeadAbsorbed(merged_id=merged_id) | leads.LeadReleased(merged_id=merged_id):
            others = [one for one in changed.pop("absorbed", ()) if one["lead_id"] != merged_id]
            if isinstance(event, leads.LeadAbsorbed):
                owners = {one.line: one.staff_id for one in event.owners}
                others.append({"lead_id": merged_id, "owners": owners})
            changed |= {"absorbed": others} if others else {}
    return changed
