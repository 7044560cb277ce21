"""What linkage shows over HTTP. Nobody is named here: parties are customer numbers."""

from marshmallow import Schema, fields, validate


class Page(Schema):
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class OfUnit(Schema):
    unit_id = fields.Str(load_default=None, validate=validate.Length(1, 40))


class WonView(Schema):
    """``activated``: the products that the customer has used, authenticated by themselves, at least once."""

    lead_id = fields.Str()
    products = fields.List(fields.Str())
    activated = fields.List(fields.Str())
    value_minor = fields.Int()
    on = fields.Str()


class WinView(Schema):
    """One link of a chain: a win, and the opportunity that it came from (none for the first). ``activated`` as above;
    not there yet where nothing is.
    """

    lead_id = fields.Str()
    customer_id = fields.Str()
    line = fields.Str()
    products = fields.List(fields.Str())
    activated = fields.List(fields.Str())
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


class Counts(Schema):
    """``count`` is of opportunities that stand, won ones included; ``activated`` of won ones whose customer uses what
    they bought. Value in minor units (分) of what was won.
    """

    count = fields.Int()
    spawned = fields.Int()
    withdrawn = fields.Int()
    won = fields.Int()
    value_minor = fields.Int()
    activated = fields.Int()


class LevelView(Counts):
    """``level`` 1 is what the win itself brought, 2 what came of that."""

    level = fields.Int()


class ReachView(Schema):
    """A win has reached so many of the linked parties that it is to reach; a big company takes some batches."""

    reached = fields.Int()
    of = fields.Int()


class BroughtView(Counts):
    """All that a win brought, in this and the following hops."""

    lead_id = fields.Str()
    customer_id = fields.Str()
    reach = fields.Nested(ReachView, allow_none=True)
    levels = fields.List(fields.Nested(LevelView))
    opportunities = fields.List(fields.Nested(OpportunityBrief))
    chain = fields.List(fields.Nested(WinView))


class ShadowFigure(Schema):
    """What somebody won in a month, and what their wins brought others to win. Value in minor units (分)."""

    staff_id = fields.Str()
    unit_id = fields.Str()
    own_wins = fields.Int()
    own_value_minor = fields.Int()
    brought_wins = fields.Int()
    brought_value_minor = fields.Int()
    value_minor = fields.Int()


class ShadowView(Schema):
    """Double-counted (双计) figures for management: they do not add up to what was won, and never reach HR."""

    shadow = fields.Bool()
    period = fields.Str()
    figures = fields.List(fields.Nested(ShadowFigure))
