"""Who shares a telephone number, told whenever that changes (rule C3). The number stands nowhere: its stream has an id
that was drawn for it.
"""

from collections.abc import Sequence
from datetime import date

from services.registry.events import TelephoneShared
from shared.core.decider import Command, Decider

Customers = tuple[str, ...]


class NoteSharers(Command, frozen=True):
    """``customers``: those whose number it is now."""

    telephone: str
    customers: Customers
    on: date


def _decide(known: Customers, c: NoteSharers) -> Sequence[TelephoneShared]:
    return [] if c.customers == known else [TelephoneShared(c.telephone, c.customers, c.on)]


def _evolve(_: Customers, event: TelephoneShared) -> Customers:
    return event.customers


TELEPHONE: Decider[Customers, NoteSharers] = Decider("telephone", (), _decide, _evolve)
