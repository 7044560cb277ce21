"""Old schemas become the present one when they are read."""

from typing import ClassVar

import pytest

from shared.core.errors import UnknownEvent
from shared.core.event import Event
from shared.runtime.codec import Codec


class Paid(Event, frozen=True, tag="paid"):
    """Schema 1 had euros, schema 2 cents, schema 3 names the currency."""

    schema: ClassVar[int] = 3

    minor: int
    currency: str


UPCASTS = {
    ("paid", 1): lambda data: {"minor": data["euros"] * 100},
    ("paid", 2): lambda data: data | {"currency": "EUR"},
}


def test_each_schema_is_lifted_step_by_step():
    codec = Codec("bank", (Paid,), UPCASTS)
    for schema, data in ((1, {"euros": 7}), (2, {"minor": 700}), (3, {"minor": 700, "currency": "EUR"})):
        assert codec.decode("paid", schema, data) == Paid(700, "EUR")


def test_a_missing_step_is_named():
    with pytest.raises(UnknownEvent, match="schema 1 has no upcast to 2"):
        Codec("bank", (Paid,), {}).decode("paid", 1, {"euros": 7})
