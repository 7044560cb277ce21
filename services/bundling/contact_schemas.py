"""What bundling shows of a customer's marketing contacts (rule B6)."""

from marshmallow import Schema, fields

from services.bundling.schemas import Asked

__all__ = ["Asked", "ContactsView"]


class MadeView(Schema):
    lead_id = fields.Str()
    channel = fields.Str()
    on = fields.Date()


class DeclinedView(Schema):
    """``again_from`` is the first day on which the product may be offered again."""

    product = fields.Str()
    on = fields.Date()
    again_from = fields.Date()


class ContactsView(Schema):
    """``left`` is how many more contacts the month of ``on`` allows; 0 without consent."""

    customer_id = fields.Str()
    on = fields.Date()
    consent = fields.Bool()
    per_month = fields.Int()
    left = fields.Int()
    made = fields.List(fields.Nested(MadeView))
    declined = fields.List(fields.Nested(DeclinedView))
