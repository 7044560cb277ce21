"""What leads publishes of further lines on a lead and of its marketing group (大营销小组). Rules L2 and L6.

Stream: the lead's own. A line that joins is told by ``lead_routed``, as the two sides are.
"""

from datetime import date

from shared.core.event import Event

Line = str
"""A line of the bank, such as ``retail`` or ``cards``. Which may stand on a lead is data of the rules."""


class LineLeft(Event, frozen=True, tag="line_left"):
    """A line that had joined is no longer on the lead. ``staff_id`` owned it, None where it waited in a queue."""

    lead_id: str
    line: Line
    staff_id: str | None
    reason: str
    by: str
    on: date


class GroupRouted(Event, frozen=True, tag="group_routed"):
    """Who of branch management leads the lead's marketing group, or which queue waits for a leader, and why (L6)."""

    lead_id: str
    leader_id: str | None
    leader_unit_id: str | None
    queue: str | None
    reason: str
    rule: str
    rules_version: int
    on: date
