"""What incentives takes and shows of disputes (rule I10)."""

from marshmallow import Schema, fields, validate

from services.incentives.award_schemas import DAY, TEXT, WORD

LARGEST = 1_000_000_000


class RaiseDispute(Schema):
    line_id = fields.Str(required=True, validate=WORD)
    reason = fields.Str(required=True, validate=TEXT)
    evidence = fields.List(fields.Str(validate=TEXT), load_default=[], validate=validate.Length(max=20))
    on = fields.Date(load_default=None, validate=DAY)


class AddEvidence(Schema):
    evidence = fields.List(fields.Str(validate=TEXT), required=True, validate=validate.Length(min=1, max=20))
    on = fields.Date(load_default=None, validate=DAY)


class DecideDispute(Schema):
    """``points_milli`` is what an accepted dispute adds to the line (or takes, below 0); 0 with a refusal."""

    outcome = fields.Str(required=True, validate=validate.OneOf(("accepted", "refused")))
    points_milli = fields.Int(load_default=0, strict=True, validate=validate.Range(min=-LARGEST, max=LARGEST))
    reason = fields.Str(required=True, validate=TEXT)
    on = fields.Date(load_default=None, validate=DAY)


class DisputeQuery(Schema):
    status = fields.Str(load_default=None, validate=validate.OneOf(("open", "accepted", "refused")))
    limit = fields.Int(load_default=100, validate=validate.Range(min=1, max=1_000))


class DisputeView(Schema):
    """``said_milli`` is what the line says, ``points_milli`` what was added to it by ``adjusted_by``, a line."""

    dispute_id = fields.Str()
    line_id = fields.Str()
    lead_id = fields.Str()
    staff_id = fields.Str()
    unit_id = fields.Str()
    of_period = fields.Str()
    said_milli = fields.Int()
    reason = fields.Str()
    evidence = fields.List(fields.Str())
    raised_by = fields.Str()
    on = fields.Str()
    due_on = fields.Str()
    overdue = fields.Bool()
    status = fields.Str()
    outcome = fields.Str(allow_none=True)
    points_milli = fields.Int(allow_none=True)
    decided_by = fields.Str(allow_none=True)
    decided_on = fields.Str(allow_none=True)
    because = fields.Str(allow_none=True)
    adjusted_by = fields.Str(allow_none=True)


class DisputeList(Schema):
    disputes = fields.List(fields.Nested(DisputeView))
