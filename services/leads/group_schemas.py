"""What leads takes and shows of further lines, marketing groups and departures over HTTP."""

from marshmallow import Schema, fields, validate

from services.leads.rules import JOINING_LINES
from services.leads.schemas import Key


class Join(Schema):
    """Their line is as registry knows the person."""

    staff_id = Key(required=True)
    on = fields.Date()


class Leave(Schema):
    line = fields.Str(required=True, validate=validate.OneOf(JOINING_LINES))
    reason = fields.Str(required=True, validate=validate.Length(1, 500))
    on = fields.Date()


class NameLeader(Schema):
    """Left out, the caller leads."""

    staff_id = Key(load_default=None)
    on = fields.Date()


class DepartureQuery(Schema):
    """``unit_id`` narrows to those who served at a unit."""

    unit_id = Key(load_default=None)
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class DueView(Schema):
    """What one leaves behind: ``leads`` are the open ones, ``credit`` the won ones that may still pay (by lead id)."""

    unit_id = fields.Str()
    line = fields.Str()
    role = fields.Str()
    why = fields.Str()
    since = fields.Str()
    due_on = fields.Str()
    leads = fields.List(fields.Str())
    credit = fields.List(fields.Str())


class LeftVisitView(Schema):
    customer_id = fields.Str(allow_none=True)
    due_on = fields.Str()


class DepartureView(Schema):
    staff_id = fields.Str()
    name = fields.Str()
    handovers = fields.List(fields.Nested(DueView))
    visits = fields.List(fields.Nested(LeftVisitView))


class DepartureList(Schema):
    departures = fields.List(fields.Nested(DepartureView))
