"""What registry takes and shows of customers who are probably one person or firm (rule L4)."""

from marshmallow import Schema, fields, validate

from shared.runtime.flags import Flag


class MatchQuery(Schema):
    """``customer_id`` narrows to the pairs of one customer. The most alike come first."""

    customer_id = fields.String(load_default=None)
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))


class Judge(Schema):
    """``same``: the two are one. ``reason`` is kept: name nobody in it."""

    same = Flag(required=True)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))


class MatchReasonView(Schema):
    what = fields.String()
    points = fields.Integer()


class MatchedCustomer(Schema):
    """A person's name is masked."""

    customer_id = fields.String()
    kind = fields.String()
    display_name = fields.String()
    outlet_id = fields.String()


class MatchView(Schema):
    """``score`` of 100 is the sum of its reasons, at least 0; ``strong``: the two are treated as one until judged."""

    match_id = fields.String()
    score = fields.Integer()
    reasons = fields.List(fields.Nested(MatchReasonView))
    strong = fields.Boolean()
    rules_version = fields.Integer()
    on = fields.String()
    customers = fields.List(fields.Nested(MatchedCustomer))


class MatchList(Schema):
    matches = fields.List(fields.Nested(MatchView))
