"""What HR reads: each sealed statement, and whether it was acknowledged. Its lines stay with incentives."""

from collections.abc import Iterable
from typing import Any

import msgspec

from services.incentives.events import StatementAcknowledged, StatementSealed
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

SEALED = (
    *("seq", "kind", "period", "plan_id", "plan_version", "lines", "points_milli"),
    *("sealed_at", "prev_hash", "hash", "kid"),
)


def _keys(recorded: Recorded) -> Iterable[str]:
    event = recorded.event
    return [f"{event.seq:08d}"] if isinstance(event, StatementSealed | StatementAcknowledged) else []


def _step(old: Document | None, recorded: Recorded) -> Document:
    document: dict[str, Any] = {**dict.fromkeys(SEALED), "acknowledged": None, **(old or {})}
    told = msgspec.to_builtins(recorded.event)
    match recorded.event:
        case StatementSealed():
            return document | {field: told[field] for field in SEALED}
        case _:
            return document | {"acknowledged": {"by": told["acknowledged_by"], "at": told["at"]}}


HR_DESK = Projection(
    name="hr_desk",
    sources={"incentives": (StatementSealed, StatementAcknowledged)},
    keys=_keys,
    step=_step,
)
