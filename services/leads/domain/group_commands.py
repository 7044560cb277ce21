"""What may be wished of a lead's further lines and of its marketing group; ``by`` and ``on`` as everywhere."""

from datetime import date

import msgspec

from services.leads import rules
from services.leads.events import OwnerLine
from services.leads.group_events import Line
from shared.core.decider import Command


class Post(msgspec.Struct, frozen=True):
    """Where somebody serves, as registry says; both dates are included. ``of_line`` is registry's line."""

    role: str
    unit_id: str
    valid_from: date
    valid_to: date | None
    of_line: Line = msgspec.field(name="line", default="")

    @property
    def line(self) -> OwnerLine | None:
        """The line whose side they may own: a customer manager's role says it, nobody else has one."""
        return next((line for line in rules.OWNER_LINES if line == self.role), None)

    @property
    def stands_for(self) -> Line | None:
        """The line that they may own on a lead, be it a side or one that joins; branch management leads groups."""
        return rules.stands_for(self.role, self.of_line)

    def serves(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class JoinLine(Command, frozen=True):
    """An owner, or the group's leader, brings in somebody of a further line. ``post`` is what is known of them."""

    by: str
    staff_id: str
    post: Post | None
    on: date


class LeaveLine(Command, frozen=True):
    """A line that had joined leaves: its owner says so, or anybody of the lead where it waits for an owner."""

    by: str
    line: Line
    reason: str
    on: date


class NameLeader(Command, frozen=True):
    """``staff_id`` leads the marketing group from now on; ``by_post`` and ``post`` are what is known of the two.
    ``units`` are those that ``by`` leads.
    """

    by: str
    staff_id: str
    by_post: Post | None
    post: Post | None
    on: date
    units: frozenset[str] = frozenset()


GroupCommand = JoinLine | LeaveLine | NameLeader
