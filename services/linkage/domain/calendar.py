"""Which of the bank's days are over, as its end-of-day feed says: business time, in which edges end (rule K4)."""

from collections.abc import Sequence
from datetime import date

from services.linkage.events import CalendarEvent, DayNoted
from shared.core.decider import Command, Decider

BANK = "bank"
"""The key of the one calendar there is."""


class NoteDay(Command, frozen=True):
    business_date: date


def decide(last: date | None, command: NoteDay) -> Sequence[CalendarEvent]:
    """Only the latest day that is over counts."""
    return [DayNoted(command.business_date)] if last is None or last < command.business_date else []


def evolve(_last: date | None, event: CalendarEvent) -> date | None:
    return event.business_date


CALENDAR: Decider[date | None, NoteDay] = Decider("calendar", None, decide, evolve)
