"""A member of staff: where they served and when, as rows tell, and that they left or moved, once the day is over (R4).

Choice: a row may say beforehand that somebody leaves or moves. Neither has happened until the bank's day does: the
event follows when that day closes, or at once where the row comes later than that. Both dates of a posting count.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import assert_never

import msgspec

from services.registry.domain.rows import Fact, Known, RecordRow, decide_row, evolve_row
from services.registry.events import Line, StaffLeft, StaffMoved, StaffRecorded
from shared.core.decider import Command, Decider

Place = tuple[str, Line, str]
"""Unit, line and role."""


class NoteDay(Command, frozen=True):
    """The business day ``day`` is over."""

    day: date


class Posting(msgspec.Struct, frozen=True):
    """Where somebody serves, from ``since`` to ``until``, both included; None is open."""

    unit_id: str
    line: Line
    role: str
    since: date
    until: date | None

    @property
    def place(self) -> Place:
        return self.unit_id, self.line, self.role

    def holds(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until)


class Staff(msgspec.Struct, frozen=True):
    """``place`` is where others know the person to serve; ``left`` their last day, where others know that they left.
    ``noted`` is the day at whose close they learned it: an older day tells nothing new.
    """

    known: Known = Known()
    postings: tuple[Posting, ...] = ()
    place: Place | None = None
    left: date | None = None
    noted: date = date.min


def decide(state: Staff, command: RecordRow | NoteDay) -> list[Fact | StaffLeft | StaffMoved]:
    match command:
        case RecordRow():
            return [*decide_row(state.known, command)]
        case NoteDay(day=day) if day < state.noted:
            return []
        case NoteDay(day=day):
            return _changes(state, day)
        case _:
            assert_never(command)


def evolve(state: Staff, event: Fact | StaffLeft | StaffMoved) -> Staff:
    match event:
        case StaffRecorded() as row:
            posts = posted(state.postings, row)
            known, place = evolve_row(state.known, row), state.place or posts[-1].place
            return msgspec.structs.replace(state, known=known, postings=posts, place=place)
        case StaffLeft():
            place = (event.unit_id, event.line, event.role)
            return msgspec.structs.replace(state, place=place, left=event.last_day, noted=event.business_date)
        case StaffMoved():
            place = (event.to_unit_id, event.to_line, event.to_role)
            return msgspec.structs.replace(state, place=place, left=None, noted=event.business_date)
        case _:
            return state


def posted(posts: Sequence[Posting], row: StaffRecorded) -> tuple[Posting, ...]:
    """The postings once a row tells of another, or of the last one anew; what it corrects is replaced.

    Of another post, ``valid_from`` says since when; where it still tells when the person came, ``business_date`` does.
    """
    last = posts[-1] if posts else None
    spell = Posting(row.unit_id, row.line, row.role, row.valid_from, row.valid_to)
    came_back = last is not None and last.until is not None and spell.since > last.until
    if last is not None and not came_back and last.place == spell.place:
        return (*posts[:-1], msgspec.structs.replace(last, until=spell.until))
    since = spell.since if last is None or spell.since > last.since else row.business_date
    before = [one for one in posts if one.since < since]
    if not before:
        return (spell,)
    day_before = since - timedelta(days=1)
    ended = msgspec.structs.replace(before[-1], until=min(day_before, before[-1].until or day_before))
    return (*before[:-1], ended, msgspec.structs.replace(spell, since=since))


def _changes(state: Staff, day: date) -> list[Fact | StaffLeft | StaffMoved]:
    begun = [one for one in state.postings if one.since <= day]
    newest = state.known.facts[-1] if state.known.facts else None
    if not begun or state.place is None or not isinstance(newest, StaffRecorded):
        return []
    post, later = begun[-1], state.postings[len(begun) :]
    if post.until is not None and post.until <= day and not _goes_on(post.until, later):
        if state.left == post.until:
            return []
        return [StaffLeft(newest.staff_id, *post.place, newest.manager_id, post.until, day)]
    if post.place != state.place:
        return [StaffMoved(newest.staff_id, *state.place, *post.place, post.since, day)]
    return []


def _goes_on(until: date, later: Sequence[Posting]) -> bool:
    """Whether the next posting begins on the day after."""
    return bool(later) and later[0].since == until + timedelta(days=1)


STAFF: Decider[Staff, RecordRow | NoteDay] = Decider("staff", Staff(), decide, evolve)
