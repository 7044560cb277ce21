"""What bundling takes from people and channels, and what it shows them."""

from marshmallow import Schema, fields, validate

from shared.runtime.flags import Flag

CHANNELS = ("branch", "online", "phone")
CERTIFICATE = ("customer", "clerk", "none")
WORD = validate.Length(min=1, max=64)
TEXT = validate.Length(min=1, max=500)


class Dated(Schema):
    """``on`` is the business date; today where it is left out."""

    on = fields.Date(load_default=None)


class Propose(Dated):
    """``asked_for``: the customer wants it. Else the rules may hold some customers out, to compare with."""

    lead_id = fields.Str(required=True, validate=WORD)
    customer_id = fields.Str(required=True, validate=WORD)
    bundle = fields.Str(required=True, validate=WORD)
    asked_for = Flag(load_default=False)


class Present(Dated):
    channel = fields.Str(required=True, validate=validate.OneOf(CHANNELS))


class PresentOffer(Present):
    """``asked_for``: the customer wants to see it; else it is a marketing contact, and those are limited."""

    asked_for = Flag(load_default=False)


class Accept(Present):
    """The channel through which the customer said so need not be the one of the step before."""


class Decline(Present):
    reason = fields.Str(required=True, validate=TEXT)


class RequestOpening(Dated):
    """The evidence of an opening (rule C1). Staff by number, kinds of paper by code; nothing personal."""

    papers = fields.List(fields.Str(validate=WORD), required=True, validate=validate.Length(max=20))
    maker_id = fields.Str(required=True, validate=WORD)
    checker_id = fields.Str(required=True, validate=WORD)
    call_back_by = fields.Str(load_default=None, allow_none=True, validate=WORD)
    call_back_confirmed = Flag(load_default=False)
    certificate_handed_to = fields.Str(required=True, validate=validate.OneOf(CERTIFICATE))
    daily_limit_minor = fields.Int(required=True, strict=True, validate=validate.Range(min=0, max=2**53))


class Asked(Schema):
    on = fields.Date(load_default=None)


class AskedOfRules(Asked):
    """``rules``: what a set of rules would say, by its hash, such as a draft that nobody has published yet; what the
    rules of the day say where it is left out.
    """

    rules = fields.Str(load_default=None, validate=WORD)


class OfferQuery(Schema):
    lead_id = fields.Str(validate=WORD)
    customer_id = fields.Str(validate=WORD)


class ProductView(Schema):
    code = fields.Str()
    version = fields.Int()
    name_zh = fields.Str()
    name_en = fields.Str()
    line = fields.Str()
    kind = fields.Str()
    electronic = fields.Bool()
    prerequisites = fields.List(fields.List(fields.Str()))
    exclusions = fields.List(fields.Str())
    effective_from = fields.Date()
    effective_to = fields.Date(allow_none=True)


class BundleView(Schema):
    code = fields.Str()
    name_zh = fields.Str()
    name_en = fields.Str()
    conditions = fields.List(fields.Str())
    items = fields.List(fields.Str())


class CatalogueView(Schema):
    on = fields.Date()
    products = fields.List(fields.Nested(ProductView))
    rules_version = fields.Int()
    bundles = fields.List(fields.Nested(BundleView))


class ReasonView(Schema):
    condition = fields.Str()
    holds = fields.Bool()
    fact = fields.Str()
    as_of = fields.Raw(allow_none=True)


class ChangeView(Schema):
    what = fields.Str()
    product = fields.Str(allow_none=True)
    amount = fields.Int(allow_none=True)
    kind = fields.Str(allow_none=True)
    can_be_done = fields.Bool()
    text = fields.Str()


class AnswerView(Schema):
    """``flip`` is the smallest set of changes that would make a no a yes; empty for a yes."""

    bundle = fields.Str()
    name_zh = fields.Str()
    name_en = fields.Str()
    rules_version = fields.Int()
    yes = fields.Bool()
    items = fields.List(fields.Str())
    service_visit = fields.Bool()
    reasons = fields.List(fields.Nested(ReasonView))
    flip = fields.List(fields.Nested(ChangeView), allow_none=True)


class AnswersView(Schema):
    customer_id = fields.Str()
    on = fields.Date()
    answers = fields.List(fields.Nested(AnswerView))


class ItemRefView(Schema):
    product = fields.Str()
    product_version = fields.Int()


class ProposalView(Schema):
    bundle = fields.Str()
    rules_version = fields.Int()
    items = fields.List(fields.Nested(ItemRefView))
    reasons = fields.List(fields.Nested(ReasonView))
    proposed_by = fields.Str()
    unit_id = fields.Str()
    on = fields.Str()


class OpeningView(Schema):
    opening_id = fields.Str()
    attempt = fields.Int()
    seller_id = fields.Str()
    check = fields.Str()
    refused_by_rule = fields.Str(allow_none=True)
    refused_because = fields.Str(allow_none=True)
    holding_id = fields.Str(allow_none=True)
    opened_on = fields.Str(allow_none=True)
    activated_on = fields.Str(allow_none=True)
    standing = fields.Str()
    standing_since = fields.Str(allow_none=True)
    last_used_on = fields.Str(allow_none=True)
    closed_on = fields.Str(allow_none=True)


class ItemView(Schema):
    product = fields.Str()
    product_version = fields.Int()
    bundle = fields.Str()
    rules_version = fields.Int()
    choice = fields.Str()
    status = fields.Str()
    openings = fields.List(fields.Nested(OpeningView))


class OfferView(Schema):
    """``held_out`` are bundles that are not offered to this customer, so that their use can be compared."""

    offer_id = fields.Str()
    lead_id = fields.Str()
    customer_id = fields.Str()
    customer_kind = fields.Str()
    proposals = fields.List(fields.Nested(ProposalView))
    held_out = fields.List(fields.Str())
    items = fields.List(fields.Nested(ItemView))
    steps = fields.List(fields.Dict())


class OffersView(Schema):
    offers = fields.List(fields.Nested(OfferView))
