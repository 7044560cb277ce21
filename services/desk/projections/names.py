"""The names that pages show for numbers: customers (a person's is masked), staff, units."""

from collections.abc import Iterable
from typing import Any

import msgspec

from services.registry.events import ERASED_NAME, CustomerErased, CustomerRecorded, StaffRecorded, UnitRecorded
from shared.core.event import Event
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded


def _names(name: str, events: tuple[type[Event], ...], *fields: str, found_by: str | None = None) -> Projection:
    """The newest fact's ``fields``, by the first of them. An erased customer's name is gone."""

    def keys(recorded: Recorded) -> Iterable[str]:
        return [str(getattr(recorded.event, fields[0]))]

    def step(old: Document | None, recorded: Recorded) -> Document:
        if isinstance(recorded.event, CustomerErased):
            return {**(old or {}), "display_name": ERASED_NAME}
        told: dict[str, Any] = msgspec.to_builtins(recorded.event)
        return {field: told[field] for field in fields}

    return Projection(name, {"registry": events}, keys, step, indexes=((found_by,),) if found_by else ())


CUSTOMERS = _names(
    "customers",
    (CustomerRecorded, CustomerErased),
    *("customer_id", "display_name", "kind", "outlet_id"),
    found_by="display_name",
)
STAFF = _names("staff", (StaffRecorded,), "staff_id", "name", "unit_id")
UNITS = _names("units", (UnitRecorded,), "unit_id", "name", "name_en", "parent_id")
