"""Old schemas become the present one when they are read; stored bytes are never touched."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.core.errors import UnknownEvent
from shared.core.event import Event, type_of

Data = dict[str, Any]
Upcasts = Mapping[tuple[str, int], Callable[[Data], Data]]
"""``(stored name, schema)`` → the data of schema + 1."""


def upcast(kind: type[Event], schema: int, data: Data, upcasts: Upcasts) -> Data:
    """Lift ``data`` step by step from ``schema`` to the schema of ``kind``."""
    name = type_of(kind)
    if schema > kind.schema:
        raise UnknownEvent(f"{name} has schema {schema}, newest known here is {kind.schema}")
    for old in range(schema, kind.schema):
        step = upcasts.get((name, old))
        if step is None:
            raise UnknownEvent(f"{name} of schema {old} has no upcast to {old + 1}")
        data = step(data)
    return data
