"""What compliance takes and shows of inspections (rule C5)."""

from marshmallow import Schema, fields, validate

from services.compliance.schemas import TEXT, Decide
from shared.runtime.flags import Flag


class Inspect(Decide):
    """Without a ``finding`` all was in order; ``remedy_due`` is the rules' where it is left out."""

    finding = fields.Str(load_default=None, allow_none=True, validate=TEXT)
    remedy_due = fields.Date(load_default=None, allow_none=True)


class Remedy(Decide):
    remedy = fields.Str(required=True, validate=TEXT)


class SampleQuery(Schema):
    """``overdue=true``: the samples with a remedy whose day is over."""

    unit_id = fields.Str(validate=validate.Length(1, 64))
    month = fields.Str(validate=validate.Regexp(r"\d{4}-(0[1-9]|1[0-2])\Z"))
    overdue = Flag(load_default=False)
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class InspectedView(Schema):
    opening_id = fields.Str()
    status = fields.Str()
    finding = fields.Str(allow_none=True)
    remedy_due = fields.Str(allow_none=True)
    officer_id = fields.Str(allow_none=True)
    inspected_on = fields.Str(allow_none=True)
    remedy = fields.Str(allow_none=True)
    remedied_by = fields.Str(allow_none=True)
    remedied_on = fields.Str(allow_none=True)
    overdue = fields.Bool()


class SampleView(Schema):
    """Of ``openings_total`` these are inspected; who draws ``share_bps`` of them by ``seed`` gets the same."""

    sample_id = fields.Str()
    unit_id = fields.Str()
    month = fields.Str()
    seed = fields.Str()
    share_bps = fields.Int()
    openings_total = fields.Int()
    openings = fields.List(fields.Nested(InspectedView))
    rules_version = fields.Int()
    drawn_on = fields.Str()
    overdue = fields.Int()


class SampleList(Schema):
    samples = fields.List(fields.Nested(SampleView))
