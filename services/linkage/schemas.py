"""What linkage shows over HTTP. Nobody is named here: parties are customer numbers."""

from marshmallow import Schema, fields, validate


class Page(Schema):
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class WonView(Schema):
    lead_id = fields.Str()
    products = fields.List(fields.Str())
    value_minor = fields.Int()
    on = fields.Str()


class WinView(Schema):
    """One link of a chain: a win, and the opportunity that it came from (none for the first)."""

    lead_id = fields.Str()
    customer_id = fields.Str()
    line = fields.Str()
    products = fields.List(fields.Str())
    winner_id = fields.Str()
    winner_unit_id = fields.Str()
    value_minor = fields.Int()
    on = fields.Str()
    hop = fields.Int()
    opportunity_id = fields.Str(allow_none=True)


class OpportunityBrief(Schema):
    opportunity_id = fields.Str()
    from_id = fields.Str()
    customer_id = fields.Str()
    product = fields.Str()
    relationship = fields.Str()
    rule = fields.Str()
    rules_version = fields.Int()
    parent_lead_id = fields.Str()
    root_lead_id = fields.Str()
    ancestors = fields.List(fields.Str())
    hop = fields.Int()
    winner_id = fields.Str()
    outlet_id = fields.Str()
    on = fields.Str()
    status = fields.Str()
    reason = fields.Str(allow_none=True)
    won = fields.Nested(WonView, allow_none=True)


class OpportunityView(OpportunityBrief):
    """``chain``: the wins that led here, the first one first."""

    chain = fields.List(fields.Nested(WinView))


class PartyView(Schema):
    """``edges``: how many it is linked with; ``reached``: how often its own wins reach one of them."""

    customer_id = fields.Str()
    kind = fields.Str(allow_none=True)
    outlet_id = fields.Str(allow_none=True)
    edges = fields.Int()
    reached = fields.Int()
    count = fields.Int()
    opportunities = fields.List(fields.Nested(OpportunityBrief))


class BroughtView(Schema):
    """All that a win brought, in this and the following hops. ``count`` is of those that stand, won ones included."""

    lead_id = fields.Str()
    customer_id = fields.Str()
    count = fields.Int()
    withdrawn = fields.Int()
    won = fields.Int()
    value_minor = fields.Int()
    opportunities = fields.List(fields.Nested(OpportunityBrief))
    chain = fields.List(fields.Nested(WinView))
