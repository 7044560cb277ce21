"""The names that pages show for numbers of staff and units; customers have a file of their own."""

from collections.abc import Iterable
from typing import Any

import msgspec

from services.registry.events import StaffRecorded, UnitRecorded
from shared.core.event import Event
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded


def _names(name: str, event: type[Event], *fields: str) -> Projection:
    """The newest fact's ``fields``, by the first of them."""

    def keys(recorded: Recorded) -> Iterable[str]:
        return [str(getattr(recorded.event, fields[0]))]

    def step(_old: Document | None, recorded: Recorded) -> Document:
        told: dict[str, Any] = msgspec.to_builtins(recorded.event)
        return {field: told[field] for field in fields}

    return Projection(name, {"registry": (event,)}, keys, step)


STAFF = _names("staff", StaffRecorded, "staff_id", "name", "unit_id")
UNITS = _names("units", UnitRecorded, "unit_id", "name", "name_en", "parent_id")
