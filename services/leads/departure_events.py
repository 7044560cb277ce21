"""What leads publishes of people who leave or move, on ``post-<staff id>`` (rules L9, R4)."""

from datetime import date
from typing import Literal

from services.leads.group_events import Line
from shared.core.event import Event


class HandoverDue(Event, frozen=True, tag="handover_due"):
    """Since ``since`` somebody no longer serves ``line`` at ``unit_id``: what they own there is to be handed over. What
    is still theirs after ``due_on`` goes back to its queue. ``seq`` is registry's number of the fact about them.
    """

    staff_id: str
    unit_id: str
    line: Line
    role: str
    why: Literal["left", "moved"]
    since: date
    due_on: date
    rules_version: int
    seq: int
    on: date
