"""What bundling shows of composite accounts (rule B4). Sums in minor units (分), months read ``YYYY-MM``."""

from marshmallow import Schema, fields, validate


class PerksView(Schema):
    no_minimum = fields.Bool()
    better_rate = fields.Bool()
    no_card_fee = fields.Bool()
    no_atm_fee = fields.Bool()


class CountedView(Schema):
    holding_id = fields.Str()
    product = fields.Str()
    balance_minor = fields.Int()


class FeeView(Schema):
    """The fee as it was charged; it is never rewritten."""

    counted = fields.List(fields.Nested(CountedView))
    counted_minor = fields.Int()
    tier = fields.Str()
    fee_minor = fields.Int()
    rules_version = fields.Int()
    on = fields.Str()


class AdjustmentView(FeeView):
    """``fee_minor`` is what the month's fee should be, ``adjustment_minor`` what is charged or given back besides.
    ``tier`` is None where there was no account, as it turned out.
    """

    tier = fields.Str(allow_none=True)
    number = fields.Int()
    adjustment_minor = fields.Int()


class MonthView(Schema):
    """Where the account stands with the balances as they are known now; ``to_next_minor`` is None at the top. ``tier``
    and ``perks`` are None where an account was charged, and turned out to be none.
    """

    month = fields.Str()
    counted = fields.List(fields.Nested(CountedView))
    counted_minor = fields.Int()
    tier = fields.Str(allow_none=True)
    fee_minor = fields.Int()
    perks = fields.Nested(PerksView, allow_none=True)
    to_next_minor = fields.Int(allow_none=True)
    rules_version = fields.Int()
    charged = fields.Nested(FeeView, allow_none=True)
    adjustments = fields.List(fields.Nested(AdjustmentView))
    total_minor = fields.Int()


class CompositeView(Schema):
    """The newest month first."""

    customer_id = fields.Str()
    months = fields.List(fields.Nested(MonthView))


class FeeRunQuery(Schema):
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class FeeTotalView(Schema):
    """``fees`` counts charges and adjustments; ``charged_minor`` is their sum, with what was given back taken off."""

    customers = fields.Int()
    fees = fields.Int()
    charged_minor = fields.Int()


class FeeRunView(Schema):
    """What was charged up to the month ``upto``, in ``rounds`` of customers; not all of it until it is ``done``."""

    day = fields.Str()
    upto = fields.Str()
    rounds = fields.Int()
    total = fields.Nested(FeeTotalView)
    done = fields.Bool()


class FeeRunList(Schema):
    runs = fields.List(fields.Nested(FeeRunView))
