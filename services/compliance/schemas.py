"""What compliance takes from its officers, and what it shows them."""

from typing import get_args

from marshmallow import Schema, fields, validate

from services.compliance.events import Pattern

TEXT = validate.Length(min=1, max=500)


class Decide(Schema):
    """``on`` is the business date; today where it is left out."""

    on = fields.Date(load_default=None)


class Refuse(Decide):
    rule = fields.Str(required=True, validate=validate.Length(min=1, max=64))
    reason = fields.Str(required=True, validate=TEXT)


class Judge(Decide):
    reason = fields.Str(required=True, validate=TEXT)


class OpeningQuery(Schema):
    status = fields.Str(validate=validate.OneOf(("waiting", "cleared", "refused")))
    lead_id = fields.Str(validate=validate.Length(max=64))


class AlertQuery(Schema):
    status = fields.Str(validate=validate.OneOf(("open", "confirmed", "dismissed")))
    pattern = fields.Str(validate=validate.OneOf(get_args(Pattern)))
    subject_id = fields.Str(validate=validate.Length(max=64))


class EvidenceView(Schema):
    papers = fields.List(fields.Str())
    maker_id = fields.Str()
    checker_id = fields.Str()
    call_back_by = fields.Str(allow_none=True)
    call_back_confirmed = fields.Bool()
    certificate_handed_to = fields.Str()
    daily_limit_minor = fields.Int()


class CheckView(Schema):
    rule = fields.Str()
    held = fields.Bool()
    said = fields.Str()


class OpeningView(Schema):
    """``sellers`` are all who sold it, ``seller_id``, who asked, among them: none of them checks or judges it."""

    opening_id = fields.Str()
    lead_id = fields.Str()
    product = fields.Str()
    customer_id = fields.Str()
    customer_kind = fields.Str()
    seller_id = fields.Str()
    sellers = fields.List(fields.Str())
    unit_id = fields.Str()
    evidence = fields.Nested(EvidenceView)
    on = fields.Str()
    status = fields.Str()
    rule = fields.Str(allow_none=True)
    reason = fields.Str(allow_none=True)
    checks = fields.List(fields.Nested(CheckView))
    officer_id = fields.Str(allow_none=True)
    decided_on = fields.Str(allow_none=True)


class OpeningsView(Schema):
    openings = fields.List(fields.Nested(OpeningView))


class AlertView(Schema):
    alert_id = fields.Str()
    pattern = fields.Str()
    subject_kind = fields.Str()
    subject_id = fields.Str()
    openings = fields.List(fields.Str())
    evidence = fields.List(fields.Str())
    rules_version = fields.Int()
    on = fields.Str()
    status = fields.Str()
    officer_id = fields.Str(allow_none=True)
    reason = fields.Str(allow_none=True)
    decided_on = fields.Str(allow_none=True)


class AlertsView(Schema):
    alerts = fields.List(fields.Nested(AlertView))
