"""Where a person serves, as registry says: remembers the roster that they leave when they move, and notes what is to be
handed over once they left or moved. Rules L9 and R4.

Choice: a move that is announced has not happened until registry says so, as it does when its first day is over (R4).
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, assert_never, cast

import msgspec

from services.leads import rules
from services.leads.calendar import working_day_after
from services.leads.departure_events import HandoverDue
from services.leads.events import PostAnnounced, PostEvent, StaffPosted
from services.leads.rules import OWNER_LINES, queue_of
from shared.core.decider import Command, Decider
from shared.core.event import Event

Place = tuple[str, str, str]
"""Unit, registry's line and role."""


class PostStaff(Command, frozen=True):
    """As registry noted on ``on``, which may be before ``valid_from``. ``seq`` counts registry's facts about the
    person; an older one than known changes nothing.
    """

    staff_id: str
    name: str
    unit_id: str
    line: str
    role: str
    valid_from: date
    valid_to: date | None
    seq: int
    on: date


class NoteDeparture(Command, frozen=True):
    """Somebody no longer serves this line at this unit, as registry noted on ``on``; ``to`` is where they serve since
    then, None for one who left. ``line`` is registry's.
    """

    staff_id: str
    unit_id: str
    line: str
    role: str
    why: Literal["left", "moved"]
    since: date
    seq: int
    on: date
    to: Place | None = None


PostCommand = PostStaff | NoteDeparture


class PostState(msgspec.Struct, frozen=True):
    """``announced`` are the posts that have not begun, by their dates."""

    seq: int = 0
    place: Place | None = None
    announced: tuple[PostAnnounced, ...] = ()

    @property
    def queue(self) -> str | None:
        return roster_of(self.place[2], self.place[0]) if self.place else None


def decide(state: PostState, c: PostCommand) -> Sequence[PostEvent]:
    if c.seq <= state.seq:
        return []
    match c:
        case PostStaff() if _is_ahead(state, c):
            fields = msgspec.structs.asdict(c)
            del fields["on"]
            return [PostAnnounced(**fields)]
        case PostStaff():
            return [_posted(state, c, c.valid_from, c.seq)]
        case NoteDeparture():
            return [*_begun(state, c), *_departed(c)]
        case _:
            assert_never(c)


def _is_ahead(state: PostState, c: PostStaff) -> bool:
    """Of somebody who serves elsewhere until then: a first post, or another last day, is told at once."""
    return c.valid_from > c.on and state.place is not None and (state.place != _place(c) or bool(state.announced))


def _begun(state: PostState, c: NoteDeparture) -> Sequence[StaffPosted]:
    return [_posted(state, one, c.since, c.seq) for one in state.announced if _place(one) == c.to][:1]


def _posted(state: PostState, post: PostStaff | PostAnnounced, since: date, seq: int) -> StaffPosted:
    left = state.queue if state.queue != roster_of(post.role, post.unit_id) else None
    return StaffPosted(
        staff_id=post.staff_id,
        name=post.name,
        unit_id=post.unit_id,
        line=post.line,
        role=post.role,
        valid_from=since,
        valid_to=post.valid_to,
        left_queue=left,
        seq=seq,
    )


def _departed(c: NoteDeparture) -> Sequence[HandoverDue]:
    """Whoever could own nothing there leaves nothing behind; nor does who stands for the same line at the same unit,
    for all that registry's line or their role is another.
    """
    line = rules.stands_for(c.role, c.line)
    if line is None or (c.to and (c.to[0], rules.stands_for(c.to[2], c.to[1])) == (c.unit_id, line)):
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


def _place(post: PostStaff | PostAnnounced | StaffPosted) -> Place:
    return post.unit_id, post.line, post.role


def roster_of(role: str, unit_id: str) -> str | None:
    """The roster on which somebody of this role stands: customer managers of the two owner lines stand on one."""
    return queue_of(role, unit_id) if role in OWNER_LINES else None


def evolve(state: PostState, event: Event) -> PostState:
    known = cast("PostEvent", event)
    match known:
        case StaffPosted(seq=seq):
            places = [_place(one) for one in state.announced]
            begun = places.index(_place(known)) + 1 if _place(known) in places else len(places)
            return PostState(seq, _place(known), state.announced[begun:])
        case PostAnnounced(seq=seq, valid_from=since):
            before = (one for one in state.announced if one.valid_from < since)
            return PostState(seq, state.place, (*before, known))
        case HandoverDue(seq=seq):
            return msgspec.structs.replace(state, seq=seq)
        case _:
            assert_never(known)


POST: Decider[PostState, PostCommand] = Decider("post", PostState(), decide, evolve)
