"""What leads takes and shows of duplicates and merges over HTTP (rule L4)."""

from marshmallow import Schema, fields, validate

from services.leads.schemas import Key, LeadBrief


class Merge(Schema):
    """``into`` is the lead that is worked from now on."""

    into = Key(required=True)
    reason = fields.Str(required=True, validate=validate.Length(1, 500))
    on = fields.Date()


class Unmerge(Schema):
    reason = fields.Str(required=True, validate=validate.Length(1, 500))
    on = fields.Date()


class Dismiss(Schema):
    reason = fields.Str(required=True, validate=validate.Length(1, 500))
    on = fields.Date()


class DuplicateQuery(Schema):
    """``customer_id`` narrows to the pairs that were found at one customer."""

    customer_id = Key(load_default=None)
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class DuplicateView(Schema):
    """``lead_id`` came after ``duplicate_of``; both are shown in ``leads`` as they stand now. ``reasons`` say why they
    are probably one; ``despite`` is what somebody said who opened the later one all the same.
    """

    pair_id = fields.Str()
    lead_id = fields.Str()
    duplicate_of = fields.Str()
    customer_id = fields.Str()
    other_customer_id = fields.Str(allow_none=True)
    needs = fields.List(fields.Str())
    reasons = fields.List(fields.Str())
    despite = fields.Str(allow_none=True)
    on = fields.Str()
    rules_version = fields.Int()
    leads = fields.List(fields.Nested(LeadBrief))


class DuplicateList(Schema):
    duplicates = fields.List(fields.Nested(DuplicateView))
