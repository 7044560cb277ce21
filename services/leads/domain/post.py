"""Where a person serves, as registry says: remembers the roster that they leave when they move, and notes what is to be
handed over once they left or moved. Rules L9 and R4.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, assert_never, cast

import msgspec

from services.leads import rules
from services.leads.calendar import working_day_after
from services.leads.departure_events import HandoverDue
from services.leads.events import PostEvent, StaffPosted
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


class NoteDeparture(Command, frozen=True):
    """Somebody no longer serves this line at this unit, as registry noted on ``on``. ``line`` is registry's."""

    staff_id: str
    unit_id: str
    line: str
    role: str
    why: Literal["left", "moved"]
    since: date
    seq: int
    on: date


PostCommand = PostStaff | NoteDeparture


class PostState(msgspec.Struct, frozen=True):
    seq: int = 0
    queue: str | None = None


def decide(state: PostState, c: PostCommand) -> Sequence[PostEvent]:
    if c.seq <= state.seq:
        return []
    return _posted(state, c) if isinstance(c, PostStaff) else _departed(c)


def _posted(state: PostState, c: PostStaff) -> Sequence[StaffPosted]:
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


def _departed(c: NoteDeparture) -> Sequence[HandoverDue]:
    """Whoever could own nothing there leaves nothing behind."""
    line = rules.stands_for(c.role, c.line)
    if line is None:
        return []
    due = HandoverDue(
        staff_id=c.staff_id,
        unit_id=c.unit_id,
        line=line,
        role=c.role,
        why=c.why,
        since=c.since,
        due_on=working_day_after(c.on, rules.RETURN_WORKING_DAYS),
        rules_version=rules.ROUTING_VERSION,
        seq=c.seq,
        on=c.on,
    )
    return [due]


def roster_of(role: str, unit_id: str) -> str | None:
    """The roster on which somebody of this role stands: customer managers of the two owner lines stand on one."""
    return queue_of(role, unit_id) if role in OWNER_LINES else None


def evolve(state: PostState, event: Event) -> PostState:
    known = cast("PostEvent", event)
    match known:
        case StaffPosted(seq=seq, role=role, unit_id=unit_id):
            return PostState(seq, roster_of(role, unit_id))
        case HandoverDue(seq=seq):
            return PostState(seq, state.queue)
        case _:
            assert_never(known)


POST: Decider[PostState, PostCommand] = Decider("post", PostState(), decide, evolve)
