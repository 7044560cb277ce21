"""Where a person serves, as registry says: remembers the roster that they leave when they move."""

from collections.abc import Sequence
from datetime import date
from typing import cast

import msgspec

from services.leads.events import StaffPosted
from services.leads.rules import OWNER_LINES, queue_of
from shared.core.decider import Command, Decider
from shared.core.event import Event


class PostStaff(Command, frozen=True):
    """``seq`` counts registry's facts about the person; an older one than known changes nothing."""

    staff_id: str
    name: str
    unit_id: str
    line: str
    role: str
    valid_from: date
    valid_to: date | None
    seq: int


class PostState(msgspec.Struct, frozen=True):
    seq: int = 0
    queue: str | None = None


def decide(state: PostState, c: PostStaff) -> Sequence[StaffPosted]:
    if c.seq <= state.seq:
        return []
    left = state.queue if state.queue != roster_of(c.role, c.unit_id) else None
    fact = StaffPosted(
        staff_id=c.staff_id,
        name=c.name,
        unit_id=c.unit_id,
        line=c.line,
        role=c.role,
        valid_from=c.valid_from,
        valid_to=c.valid_to,
        left_queue=left,
        seq=c.seq,
    )
    return [fact]


def roster_of(role: str, unit_id: str) -> str | None:
    """The roster on which somebody of this role stands: customer managers of the two owner lines stand on one."""
    return queue_of(role, unit_id) if role in OWNER_LINES else None


def evolve(_state: PostState, event: Event) -> PostState:
    posted = cast("StaffPosted", event)
    return PostState(posted.seq, roster_of(posted.role, posted.unit_id))


POST: Decider[PostState, PostStaff] = Decider("post", PostState(), decide, evolve)
