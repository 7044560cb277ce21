"""What bundling takes and shows of sets of bundle rules (rule B2)."""

from marshmallow import Schema, fields, validate

from services.bundling.schemas import TEXT


class DraftRules(Schema):
    """A set of rules, as ``liandong rules show`` prints one; ``liandong rules check`` names what is wrong with it."""

    version = fields.Int(required=True, strict=True)
    effective_from = fields.Str(required=True)
    active = fields.Dict(required=True)
    bundles = fields.List(fields.Dict(), required=True, validate=validate.Length(min=1, max=200))
    products = fields.List(fields.Dict(), load_default=[], validate=validate.Length(max=500))
    hold_out_bps = fields.Int(load_default=0, strict=True)


class PublishRules(Schema):
    """Nothing is asked. The day is today: rules take effect on a day to come."""


class RejectRules(Schema):
    reason = fields.Str(required=True, validate=TEXT)


class RulesQuery(Schema):
    status = fields.Str(validate=validate.OneOf(("draft", "published", "rejected")))


class RulesOn(Schema):
    """``on`` is the day of the question; today where it is left out."""

    on = fields.Date(load_default=None)


class RuleSetView(Schema):
    """One set, whole: with the hash of its content."""

    rules_hash = fields.Str()
    version = fields.Int()
    effective_from = fields.Str()
    active = fields.Dict()
    bundles = fields.List(fields.Dict())
    products = fields.List(fields.Dict())
    hold_out_bps = fields.Int()


class RulesView(RuleSetView):
    status = fields.Str()
    drafted_by = fields.Str()
    drafted_on = fields.Str()
    decided_by = fields.Str(allow_none=True)
    decided_on = fields.Str(allow_none=True)
    reason = fields.Str(allow_none=True)


class RulesList(Schema):
    rules = fields.List(fields.Nested(RulesView))
