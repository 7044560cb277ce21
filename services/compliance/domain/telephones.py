"""The watch over telephone numbers that many customers have (rule C3). Of the number itself, nothing is known here."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never, cast

import msgspec

from services.compliance import rules
from services.compliance.domain.alerts import Alerts, Judge, dismissed, evolved, judged, opened
from services.compliance.events import AlertEvent, Pattern
from shared.core.decider import Command, Decider
from shared.core.event import Event

SHARED_PHONE: Pattern = "shared_phone"


class NoteSharers(Command, frozen=True):
    """``customers`` have the number; ``openings`` are all that were asked for by any of them."""

    telephone: str
    customers: tuple[str, ...]
    openings: tuple[str, ...]
    on: date


SharersCommand = NoteSharers | Judge


class Telephone(msgspec.Struct, frozen=True):
    """``alerted``: the openings that an alert speaks for."""

    alerted: frozenset[str] = frozenset()
    alerts: Alerts = {}


def decide(state: Telephone, command: SharersCommand) -> Sequence[AlertEvent]:
    match command:
        case NoteSharers():
            return _note(state, command)
        case Judge():
            return judged(state.alerts, command)
        case _:
            assert_never(command)


def _note(state: Telephone, c: NoteSharers) -> Sequence[AlertEvent]:
    """Each opening of theirs is touched by an alert, once; until an officer says that they may share it, as a family
    does. Customers who opened nothing here are no concern of an opening check.
    """
    ruled = rules.in_force(c.on)
    new = set(c.openings) - state.alerted
    if len(c.customers) < ruled.telephone.customers or not new or dismissed(state.alerts):
        return []
    return [
        opened(
            state.alerts,
            SHARED_PHONE,
            ("telephone", c.telephone),
            openings=new,
            evidence=c.customers,
            rules_version=ruled.version,
            on=c.on,
        )
    ]


def evolve(state: Telephone, event: Event) -> Telephone:
    known = cast("AlertEvent", event)
    alerts = evolved(state.alerts, known)
    return Telephone(state.alerted.union(*(alert.openings for alert in alerts.values())), alerts)


TELEPHONE: Decider[Telephone, SharersCommand] = Decider("telephone", Telephone(), decide, evolve)
