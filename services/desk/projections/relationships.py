"""Who is linked with whom, as registry tells it: an edge a document, found from both of its ends."""

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from services.registry.events import RelationshipRecorded
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

ORDER = ("legal_representative", "owner", "finance_staff", "supplier", "buyer", "employee")
"""Who matters most for the bank comes first: a big company's employees are many."""


def _edge(recorded: Recorded) -> RelationshipRecorded:
    return cast("RelationshipRecorded", recorded.event)


def _keys(recorded: Recorded) -> Iterable[str]:
    edge = _edge(recorded)
    return [f"{edge.from_id}.{edge.to_id}.{edge.kind}"]


def _step(_old: Document | None, recorded: Recorded) -> Document:
    """``place`` is that of the kind in ``ORDER``; ``parties`` are both ends."""
    edge = _edge(recorded)
    told: dict[str, Any] = msgspec.to_builtins(edge)
    for field in ("type", "business_date"):
        told.pop(field)
    return {**told, "place": ORDER.index(edge.kind), "parties": [edge.from_id, edge.to_id]}


RELATIONSHIPS = Projection(
    name="relationships",
    sources={"registry": (RelationshipRecorded,)},
    keys=_keys,
    step=_step,
    indexes=(("parties", "place", "_id"),),
)
