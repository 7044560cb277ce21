"""Where a spawned lead came from and what a win has brought: an opportunity a document, as linkage tells it."""

from collections.abc import Iterable
from typing import Any

from services.linkage.events import OpportunitySpawned, OpportunityWithdrawn
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

KEPT = ("from_id", "customer_id", "product", "relationship", "rule", "parent_lead_id", "root_lead_id", "hop")


def _keys(recorded: Recorded) -> Iterable[str]:
    event = recorded.event
    return [event.opportunity_id] if isinstance(event, OpportunitySpawned | OpportunityWithdrawn) else []


def _step(old: Document | None, recorded: Recorded) -> Document:
    document: dict[str, Any] = {**dict.fromkeys(KEPT), "withdrawn": False, **(old or {})}
    match recorded.event:
        case OpportunitySpawned() as spawned:
            # Spawned again after it was withdrawn, it stands again.
            return document | {field: getattr(spawned, field) for field in KEPT} | {"withdrawn": False}
        case _:
            return document | {"withdrawn": True}


OPPORTUNITIES = Projection(
    name="opportunities",
    sources={"linkage": (OpportunitySpawned, OpportunityWithdrawn)},
    keys=_keys,
    step=_step,
    indexes=(("parent_lead_id",),),
)
