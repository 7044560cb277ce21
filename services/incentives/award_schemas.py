"""What incentives takes and shows of awards and penalties (rule I13)."""

from datetime import date

from marshmallow import Schema, fields, validate

WORD = validate.Length(min=1, max=64)
TEXT = validate.Length(min=1, max=500)
DAY = validate.Range(min=date(2000, 1, 1), max=date(2999, 12, 31))


class ProposeAward(Schema):
    """``points_milli`` is the size: a penalty takes that much. ``evidence`` names what can be looked up."""

    entry = fields.Str(required=True, validate=validate.OneOf(("awarded", "penalised")))
    staff_id = fields.Str(required=True, validate=WORD)
    unit_id = fields.Str(required=True, validate=WORD)
    points_milli = fields.Int(required=True, strict=True, validate=validate.Range(min=1, max=1_000_000_000))
    reason = fields.Str(required=True, validate=TEXT)
    evidence = fields.List(fields.Str(validate=TEXT), required=True, validate=validate.Length(min=1, max=20))
    on = fields.Date(load_default=None, validate=DAY)


class DecideAward(Schema):
    on = fields.Date(load_default=None, validate=DAY)


class RejectAward(DecideAward):
    reason = fields.Str(required=True, validate=TEXT)


class AwardQuery(Schema):
    status = fields.Str(load_default=None, validate=validate.OneOf(("proposed", "approved", "rejected")))
    staff_id = fields.Str(load_default=None, validate=WORD)
    limit = fields.Int(load_default=100, validate=validate.Range(min=1, max=1_000))


class AwardView(Schema):
    """``line_id`` is the line of the ledger that the approval made."""

    award_id = fields.Str()
    entry = fields.Str()
    staff_id = fields.Str()
    unit_id = fields.Str()
    points_milli = fields.Int()
    reason = fields.Str()
    evidence = fields.List(fields.Str())
    proposed_by = fields.Str()
    on = fields.Str()
    status = fields.Str()
    decided_by = fields.Str(allow_none=True)
    decided_on = fields.Str(allow_none=True)
    why_not = fields.Str(allow_none=True)
    line_id = fields.Str(allow_none=True)


class AwardList(Schema):
    awards = fields.List(fields.Nested(AwardView))
