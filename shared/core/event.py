"""What an event is: a frozen, typed fact with an explicit stored name and schema number."""

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="type"):
    """A fact in the past tense. A subclass names its storage format once, for ever:

    ``class LeadWon(Event, frozen=True, tag="lead_won")``, and raises ``schema`` when a field changes meaning.
    """

    schema: ClassVar[int] = 1


def type_of(event: Event | type[Event]) -> str:
    """The stored name of an event, such as ``lead_won``."""
    return str(event.__struct_config__.tag)
