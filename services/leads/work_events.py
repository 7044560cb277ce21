"""What leads publishes of people's work: contacts, plans, needs that no product answered, and who follows whom.

Streams: ``worklog-<staff id>.<YYYY-MM>``, contacts and what a month came to; ``plan-<staff id>.<YYYY or YYYY-MM>``;
``need-<id>``; ``handover-<id>``.
"""

from datetime import date
from typing import ClassVar, Literal

import msgspec

from services.leads.group_events import Line
from shared.core.event import Event

ContactKind = Literal["visit", "call"]
Standing = Literal["new", "existing"]


class ContactLogged(Event, frozen=True, tag="contact_logged"):
    """A visit or a call (rule L10). ``standing``: whether the customer held anything before that day.

    ``evidence`` names what proves it, such as a recording's number. ``counted`` is False where the same contact was
    counted already; ``counted_as`` is then the contact that was.
    """

    contact_id: str
    staff_id: str
    unit_id: str
    customer_id: str
    kind: ContactKind
    standing: Standing
    evidence: str
    note: str
    lead_id: str | None
    counted: bool
    counted_as: str | None
    on: date


class WorkMonthCounted(Event, frozen=True, tag="work_month_counted"):
    """What somebody's contacts of a month that is over come to (rule L10), counted contacts alone; a later one replaces
    it. ``fulfilment_bps`` is the share of the norm for all working days that was done, in basis points: what is done
    over the norm of one kind makes up for nothing of another.
    """

    staff_id: str
    unit_id: str
    month: str
    working_days: int
    visits_new: int
    visits_existing: int
    calls: int
    fulfilment_bps: int
    rules_version: int
    on: date


class SalesTarget(msgspec.Struct, frozen=True):
    product: str
    count: int


class PlanDrafted(Event, frozen=True, tag="plan_drafted"):
    """What somebody means to do in a year (``2026``) or a month (``2026-09``), rule L14; a later revision replaces it.

    ``late``: drafted after the first working days that the rules give for it. Value in minor units (分).
    """

    staff_id: str
    unit_id: str
    period: str
    revision: int
    visits_new: int
    visits_existing: int
    calls: int
    sales: tuple[SalesTarget, ...]
    value_minor: int
    drafted_by: str
    late: bool
    rules_version: int
    on: date


class NeedRecorded(Event, frozen=True, tag="need_recorded"):
    """Something a customer needs and no product answers (rule L13). ``topic`` is what needs are counted by."""

    need_id: str
    topic: str
    text: str
    customer_id: str
    staff_id: str
    unit_id: str
    line: str
    on: date


class HandoverOrdered(Event, frozen=True, tag="handover_ordered"):
    """All that ``from_id`` has on a line goes to ``to_id`` (rule L9): at ``unit_id``, or wherever it is where that is
    None, as of one who left the bank.
    """

    schema: ClassVar[int] = 2

    handover_id: str
    line: Line
    from_id: str
    to_id: str
    to_unit_id: str
    reason: str
    by: str
    on: date
    unit_id: str | None = None


class HandoverAdvanced(Event, frozen=True, tag="handover_advanced"):
    """``leads`` more were asked to change hands in this round; ``done`` where no lead is left."""

    schema: ClassVar[int] = 2

    handover_id: str
    line: Line
    from_id: str
    to_id: str
    to_unit_id: str
    round: int
    leads: int
    done: bool
    on: date
    unit_id: str | None = None


HandoverEvent = HandoverOrdered | HandoverAdvanced
WorkEvent = ContactLogged | WorkMonthCounted | PlanDrafted | NeedRecorded | HandoverEvent
