"""What leads takes and shows of people's work over HTTP. Where ``on`` is left out, it is today."""

import re

from marshmallow import Schema, fields, validate

from services.leads.schemas import MAX_MINOR, Key, Product
from shared.core.errors import NotFound

PERIOD = re.compile(r"[12][0-9]{3}(-(0[1-9]|1[0-2]))?\Z")


def period(text: str) -> str:
    """A year or a month of a path. Raises ``NotFound``."""
    if not PERIOD.match(text):
        raise NotFound("no_such_period", f"{text} is neither a year, such as 2026, nor a month, such as 2026-09.")
    return text


class LogContact(Schema):
    """``evidence`` is what proves it: a recording's number, a visit sheet's, a photo's."""

    customer_id = Key(required=True)
    kind = fields.Str(required=True, validate=validate.OneOf(("visit", "call")))
    evidence = fields.Str(required=True, validate=validate.Length(1, 200))
    note = fields.Str(load_default="", validate=validate.Length(max=500))
    lead_id = Key(load_default=None)
    on = fields.Date()


class WorkQuery(Schema):
    """Of whom; left out, one's own. ``on`` is the day, left out today."""

    staff_id = Key(load_default=None)
    on = fields.Date()


class SalesTarget(Schema):
    product = Product(required=True)
    count = fields.Int(required=True, strict=True, validate=validate.Range(0, 1_000_000))


class DraftPlan(Schema):
    """``staff_id`` is for whoever leads a unit and drafts with somebody of it."""

    staff_id = Key(load_default=None)
    visits_new = fields.Int(required=True, strict=True, validate=validate.Range(0, 10_000))
    visits_existing = fields.Int(required=True, strict=True, validate=validate.Range(0, 10_000))
    calls = fields.Int(required=True, strict=True, validate=validate.Range(0, 100_000))
    sales = fields.List(fields.Nested(SalesTarget), load_default=list, validate=validate.Length(max=100))
    value_minor = fields.Int(load_default=0, strict=True, validate=validate.Range(0, MAX_MINOR))
    on = fields.Date()


class RecordNeed(Schema):
    """``topic`` is what needs are counted by, in a few words; neither holds personal data."""

    customer_id = Key(required=True)
    topic = fields.Str(
        required=True,
        validate=[validate.Length(1, 80), validate.Regexp(r"\s*\S[\s\S]*\Z", error="Say it in 1 to 80 letters.")],
    )
    text = fields.Str(required=True, validate=validate.Length(1, 500))
    on = fields.Date()


class OrderHandover(Schema):
    from_id = Key(required=True)
    to_id = Key(required=True)
    reason = fields.Str(required=True, validate=validate.Length(1, 500))
    on = fields.Date()


class HandedView(Schema):
    """To a person, or to a queue where that person owns the other side."""

    lead_id = fields.Str()
    to_id = fields.Str(allow_none=True)
    queue = fields.Str(allow_none=True)


class HandoverView(Schema):
    """``done`` once no lead is left to change hands. ``unit_id`` is the unit whose leads go, where it is not all."""

    handover_id = fields.Str()
    line = fields.Str()
    from_id = fields.Str()
    to_id = fields.Str()
    to_unit_id = fields.Str()
    reason = fields.Str()
    by = fields.Str()
    on = fields.Str()
    unit_id = fields.Str(allow_none=True)
    done = fields.Bool()
    leads = fields.List(fields.Nested(HandedView))


class NeedQuery(Schema):
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class DoneView(Schema):
    visits_new = fields.Int()
    visits_existing = fields.Int()
    calls = fields.Int()


class ContactView(Schema):
    """``counted_as`` names the contact that was counted before, where this one is the same."""

    contact_id = fields.Str()
    customer_id = fields.Str()
    kind = fields.Str()
    standing = fields.Str()
    evidence = fields.Str()
    note = fields.Str()
    lead_id = fields.Str(allow_none=True)
    counted = fields.Bool()
    counted_as = fields.Str(allow_none=True)


class DayView(Schema):
    staff_id = fields.Str()
    on = fields.Str()
    working_day = fields.Bool()
    done = fields.Nested(DoneView)
    norm = fields.Nested(DoneView)
    missing = fields.Nested(DoneView)
    contacts = fields.List(fields.Nested(ContactView))


class SalesTargetView(Schema):
    product = fields.Str()
    count = fields.Int()


class PlanView(DoneView):
    revision = fields.Int()
    sales = fields.List(fields.Nested(SalesTargetView))
    value_minor = fields.Int()
    drafted_by = fields.Str()
    late = fields.Bool()
    rules_version = fields.Int()
    on = fields.Str()


class VisitView(Schema):
    """A project, by its stage, or a customer, by their tier."""

    lead_id = fields.Str(allow_none=True)
    customer_id = fields.Str()
    stage = fields.Str(allow_none=True)
    tier = fields.Str(allow_none=True)
    visited_on = fields.Str(allow_none=True)
    due_on = fields.Str()


class VisitList(Schema):
    """What is to be visited until ``on``, the longest due first."""

    staff_id = fields.Str()
    on = fields.Str()
    visits = fields.List(fields.Nested(VisitView))


class SoldView(Schema):
    leads = fields.Int()
    value_minor = fields.Int()
    products = fields.Dict(keys=fields.Str(), values=fields.Int())


class PeriodView(Schema):
    """What was done and sold, beside the norm and, where there is one, the plan."""

    staff_id = fields.Str()
    period = fields.Str()
    working_days = fields.Int()
    done = fields.Nested(DoneView)
    norm = fields.Nested(DoneView)
    won = fields.Nested(SoldView)
    plan = fields.Nested(PlanView, allow_none=True)


class NeedView(Schema):
    need_id = fields.Str()
    text = fields.Str()
    customer_id = fields.Str()
    staff_id = fields.Str()
    unit_id = fields.Str()
    line = fields.Str()
    on = fields.Str()


class TopicView(Schema):
    """``lines`` counts by the line of who recorded it; ``latest`` are the newest in their own words."""

    topic = fields.Str()
    count = fields.Int()
    lines = fields.Dict(keys=fields.Str(), values=fields.Int())
    first_on = fields.Str()
    last_on = fields.Str()
    latest = fields.List(fields.Nested(NeedView))


class TopicList(Schema):
    topics = fields.List(fields.Nested(TopicView))
