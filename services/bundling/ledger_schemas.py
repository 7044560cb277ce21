"""What bundling shows of the ledger (rule B7)."""

from marshmallow import Schema, fields, validate


class LedgerQuery(Schema):
    """``on``: as it stands on that day; today where it is left out."""

    on = fields.Date(load_default=None)


class DormantQuery(LedgerQuery):
    limit = fields.Int(load_default=100, validate=validate.Range(1, 1_000))


class CountsView(Schema):
    opened = fields.Int()
    activated = fields.Int()
    active = fields.Int()
    dormant = fields.Int()


class LineView(Schema):
    holding_id = fields.Str()
    product = fields.Str()
    unit_id = fields.Str()
    standing = fields.Str()
    opened_on = fields.Date()
    activated_on = fields.Date(allow_none=True)
    last_used_on = fields.Date(allow_none=True)
    closed_on = fields.Date(allow_none=True)
    reason = fields.Str(allow_none=True)


class CustomerLedgerView(Schema):
    """``warning`` where many products were opened and few of them are used."""

    customer_id = fields.Str()
    on = fields.Date()
    counts = fields.Nested(CountsView)
    warning = fields.Bool()
    rules_version = fields.Int()
    holdings = fields.List(fields.Nested(LineView))


class ProductCountsView(CountsView):
    product = fields.Str()


class UnitLedgerView(Schema):
    """Products per customer, opened beside activated: decimals as text. ``warnings`` counts customers."""

    unit_id = fields.Str()
    on = fields.Date()
    customers = fields.Int()
    counts = fields.Nested(CountsView)
    opened_per_customer = fields.Str()
    activated_per_customer = fields.Str()
    active_per_customer = fields.Str()
    warnings = fields.Int()
    rules_version = fields.Int()
    products = fields.List(fields.Nested(ProductCountsView))


class DormantView(LineView):
    customer_id = fields.Str()


class DormantList(Schema):
    """The longest quiet first."""

    unit_id = fields.Str()
    on = fields.Date()
    dormant = fields.List(fields.Nested(DormantView))
