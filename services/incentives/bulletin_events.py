"""The facts about bulletins (通报): what a closed period's contest came to, told to everybody (rule I13). Stream:
``bulletin-<YYYY-MM>``.
"""

from datetime import date

import msgspec

from services.incentives.award_events import AwardEntry
from shared.core.event import Event


class Place(msgspec.Struct, frozen=True):
    """``staff_id`` is None where units are ranked."""

    rank: int
    staff_id: str | None
    unit_id: str
    points_milli: int


class Given(msgspec.Struct, frozen=True):
    """An award or a penalty of the period."""

    entry: AwardEntry
    staff_id: str
    unit_id: str
    points_milli: int
    reason: str


class BulletinPublished(Event, frozen=True, tag="bulletin_published"):
    """Never changed afterwards: what comes late is told in a later period's. ``seq`` is the statement that closed the
    period; of ``people``, the first places.
    """

    period: str
    seq: int
    people: tuple[Place, ...]
    branches: tuple[Place, ...]
    given: tuple[Given, ...]
    note: str
    published_by: str
    on: date
