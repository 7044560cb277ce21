"""What incentives takes and shows of bulletins (rule I13)."""

from marshmallow import Schema, fields, validate

from services.incentives.schemas import RankView


class PublishBulletin(Schema):
    """``note`` is what is said besides, and names nobody."""

    note = fields.Str(load_default="", validate=validate.Length(max=2_000))


class BulletinQuery(Schema):
    limit = fields.Int(load_default=24, validate=validate.Range(min=1, max=200))


class GivenView(Schema):
    entry = fields.Str()
    staff_id = fields.Str()
    unit_id = fields.Str()
    points_milli = fields.Int()
    reason = fields.Str()


class BulletinView(Schema):
    """The first places of people, all branches, and what was awarded or penalised in the period."""

    period = fields.Str()
    seq = fields.Int()
    people = fields.List(fields.Nested(RankView))
    branches = fields.List(fields.Nested(RankView))
    given = fields.List(fields.Nested(GivenView))
    note = fields.Str()
    published_by = fields.Str()
    on = fields.Str()


class BulletinList(Schema):
    bulletins = fields.List(fields.Nested(BulletinView))
