"""What bundling shows of how its rules do (rule B8). Rates and differences in basis points."""

from marshmallow import Schema, fields, validate

from services.bundling.schemas import WORD


class ResultsQuery(Schema):
    bundle = fields.Str(validate=WORD)
    rules_version = fields.Int(validate=validate.Range(min=1, max=2**31))


class TrialRateView(Schema):
    customers = fields.Int()
    count = fields.Int()
    rate_bps = fields.Int(allow_none=True)


class TrialArmsView(Schema):
    offered = fields.Nested(TrialRateView)
    held_out = fields.Nested(TrialRateView)


class TrialDifferenceView(Schema):
    """With its 95 % interval; ``effect`` is ``more`` or ``fewer`` only where the interval leaves no doubt, and
    ``too_few`` where there are too few customers to say anything.
    """

    value_bps = fields.Int()
    low_bps = fields.Int()
    high_bps = fields.Int()
    effect = fields.Str()


class TrialHorizonView(Schema):
    """``used``: customers who used something of the bundle themselves; ``active``: in use (动户) on that day."""

    days = fields.Int()
    used = fields.Nested(TrialArmsView)
    active = fields.Nested(TrialArmsView)
    against_held_out = fields.Nested(TrialDifferenceView, allow_none=True)
    against_popular = fields.Nested(TrialDifferenceView, allow_none=True)


class OfferedItemsView(Schema):
    offered = fields.Int()
    accepted = fields.Int()
    declined = fields.Int()
    accepted_bps = fields.Int(allow_none=True)


class RuleResultView(Schema):
    """Customers by arm, items by answer, and use after each horizon. ``worse_than_popular`` marks a rule whose picks
    are used less than the products that most customers have anyway.
    """

    bundle = fields.Str()
    rules_version = fields.Int()
    offered = fields.Int()
    held_out = fields.Int()
    items = fields.Nested(OfferedItemsView)
    horizons = fields.List(fields.Nested(TrialHorizonView))
    worse_than_popular = fields.Bool()
    sentence = fields.Str()


class ResultsView(Schema):
    results = fields.List(fields.Nested(RuleResultView))
    method = fields.Str()
