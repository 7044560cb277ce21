"""What compliance publishes of its inspections: the month's sample of a unit's openings, findings, remedies. Rule C5.

Stream: ``inspection-<unit id>.<YYYY-MM>``; ``sample_id`` is what follows the hyphen.
"""

from datetime import date
from typing import ClassVar

from shared.core.event import Event


class SampleDrawn(Event, frozen=True, tag="sample_drawn"):
    """Of the openings that were cleared at a unit by the end of a month, and that no other sample was drawn from,
    these are inspected. ``drawn_from``, ``seed`` and ``share_bps`` say which: anybody can draw the same again.
    """

    schema: ClassVar[int] = 2

    sample_id: str
    unit_id: str
    month: str
    seed: str
    share_bps: int
    drawn_from: tuple[str, ...]
    openings: tuple[str, ...]
    rules_version: int
    on: date


class OpeningInspected(Event, frozen=True, tag="opening_inspected"):
    """An officer looked. ``finding`` is None where all was in order; else it is to be remedied by ``remedy_due``. A
    later inspection of the same opening replaces it.
    """

    sample_id: str
    unit_id: str
    opening_id: str
    finding: str | None
    remedy_due: date | None
    officer_id: str
    on: date


class RemedyReported(Event, frozen=True, tag="remedy_reported"):
    """The branch says what it did about a finding."""

    sample_id: str
    unit_id: str
    opening_id: str
    remedy: str
    by: str
    on: date


class RemedyOverdue(Event, frozen=True, tag="remedy_overdue"):
    """The day by which a finding was to be remedied is over: it is the branch manager's now."""

    sample_id: str
    unit_id: str
    opening_id: str
    remedy_due: date
    on: date


InspectionEvent = SampleDrawn | OpeningInspected | RemedyReported | RemedyOverdue
