"""A need that no product answers. Rule L13."""

from collections.abc import Sequence
from datetime import date
from typing import cast

import msgspec

from services.leads.work_events import NeedRecorded
from shared.core.decider import Command, Decider
from shared.core.event import Event


class RecordNeed(Command, frozen=True):
    need_id: str
    topic: str
    text: str
    customer_id: str
    staff_id: str
    unit_id: str
    line: str
    on: date


class NeedState(msgspec.Struct, frozen=True):
    recorded: NeedRecorded | None = None


def decide(state: NeedState, c: RecordNeed) -> Sequence[NeedRecorded]:
    if state.recorded is not None:
        return []
    return [NeedRecorded(**msgspec.structs.asdict(c))]


def evolve(_state: NeedState, event: Event) -> NeedState:
    return NeedState(cast("NeedRecorded", event))


NEED: Decider[NeedState, RecordNeed] = Decider("need", NeedState(), decide, evolve)
