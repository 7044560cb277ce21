"""The watch over what somebody sells: a month that ends in a rush (rule C3)."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never, cast

import msgspec
from msgspec.structs import replace

from services.compliance import rules
from services.compliance.domain.alerts import Alerts, Judge, alert_id, evolved, judged, opened
from services.compliance.events import AlertEvent, Pattern
from shared.core.decider import Command, Decider
from shared.core.event import Event
from shared.core.months import last_day

SPIKE: Pattern = "period_end_spike"


class LookAtMonth(Command, frozen=True):
    """``sold`` are the openings of a month, by the day on which each was asked for; ``on`` is the day that
    closed.
    """

    seller_id: str
    month: str
    sold: tuple[tuple[str, date], ...]
    on: date


SalesCommand = LookAtMonth | Judge


class Sales(msgspec.Struct, frozen=True):
    alerts: Alerts = {}


def decide(state: Sales, command: SalesCommand) -> Sequence[AlertEvent]:
    match command:
        case LookAtMonth():
            return _look(state, command)
        case Judge():
            return judged(state.alerts, command)
        case _:
            assert_never(command)


def _look(state: Sales, c: LookAtMonth) -> Sequence[AlertEvent]:
    """One alert a month, whenever it is seen: what was sold on its last day may be told later."""
    alert = alert_id(c.seller_id, SPIKE, c.month)
    ruled = rules.in_force(c.on)
    rush = ruled.spike.rush(c.sold, last_day(c.month))
    if alert in state.alerts or not rush:
        return []
    return [
        opened(
            state.alerts,
            SPIKE,
            ("seller", c.seller_id),
            openings=rush,
            evidence=rush,
            rules_version=ruled.version,
            on=c.on,
            number=c.month,
        )
    ]


def evolve(state: Sales, event: Event) -> Sales:
    return replace(state, alerts=evolved(state.alerts, cast("AlertEvent", event)))


SALES: Decider[Sales, SalesCommand] = Decider("sales", Sales(), decide, evolve)
