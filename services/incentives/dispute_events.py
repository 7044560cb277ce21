"""The facts about disputes over one line of the ledger (rule I10). Stream: ``dispute-<line id>``. The lines by which an
award or a penalty is held and settled stand on the same stream, each in the commit of the fact that it follows from.
"""

from datetime import date
from typing import ClassVar, Literal

import msgspec

from shared.core.event import Event

Outcome = Literal["accepted", "refused"]


class Disputed(msgspec.Struct, frozen=True):
    """The line in question, as it stood: all that a line which adjusts it needs."""

    line_id: str
    lead_id: str
    opening_id: str
    product: str
    indicator: str
    staff_id: str
    unit_id: str
    entry: str
    points_milli: int
    of_period: str
    adjusts: str | None
    plan_id: str
    plan_version: int
    plan_hash: str


class DisputeRaised(Event, frozen=True, tag="dispute_raised"):
    """``dispute_id`` is the id of the line. ``due_on`` is the day by which it is to be decided. ``evidence`` names what
    can be looked up, and nobody. ``holds``: whether a line here takes the one in question out of what is paid until it
    is decided; earned credit is held in its deal.
    """

    schema: ClassVar[int] = 2

    dispute_id: str
    line: Disputed
    reason: str
    evidence: tuple[str, ...]
    raised_by: str
    due_on: date
    on: date
    holds: bool = False


class DisputeEvidenceAdded(Event, frozen=True, tag="dispute_evidence_added"):
    dispute_id: str
    evidence: tuple[str, ...]
    added_by: str
    on: date


class DisputeDecided(Event, frozen=True, tag="dispute_decided"):
    """``points_milli`` is what the line should have said more (or, below 0, less): 0 where it was refused."""

    dispute_id: str
    line: Disputed
    outcome: Outcome
    points_milli: int
    reason: str
    decided_by: str
    on: date


DisputeEvent = DisputeRaised | DisputeEvidenceAdded | DisputeDecided
