"""The facts about awards and penalties that people give (rule I13). Stream: ``award-<id>``. The line of the ledger that
an approval makes stands on the same stream, in the same commit.
"""

from datetime import date
from typing import Literal

from shared.core.event import Event

AwardEntry = Literal["awarded", "penalised"]


class AwardProposed(Event, frozen=True, tag="award_proposed"):
    """``points_milli`` is the size, always above 0: a penalty takes that much. ``evidence`` names what can be looked
    up: findings, leads, documents; nothing personal.
    """

    award_id: str
    entry: AwardEntry
    staff_id: str
    unit_id: str
    points_milli: int
    reason: str
    evidence: tuple[str, ...]
    proposed_by: str
    on: date


class AwardApproved(Event, frozen=True, tag="award_approved"):
    """By a second person. It counts in the month of ``on``."""

    award_id: str
    approved_by: str
    on: date


class AwardRejected(Event, frozen=True, tag="award_rejected"):
    award_id: str
    rejected_by: str
    reason: str
    on: date


AwardEvent = AwardProposed | AwardApproved | AwardRejected
