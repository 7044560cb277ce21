"""What people and machines send over HTTP, and the views they get."""

from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.registry.events import CustomerKind, Line, Tier, UnitKind
from services.registry.fields import Day, Text
from services.registry.kinds import PERSONAL
from services.registry.loader import BATCH_ROWS
from services.registry.rows import ROLES
from services.registry.rules.unmasking import VERSIONS


class Batch(Schema):
    """An HTTP batch: at most 1,000 rows of one kind. ``name`` tells two batches with the same rows apart."""

    name = Text(120)
    rows = fields.List(
        fields.Dict(keys=fields.String()),
        required=True,
        validate=validate.Length(min=1, max=BATCH_ROWS, error="must hold 1 to 1000 rows"),
    )


class RejectView(Schema):
    line = fields.Integer()
    column = fields.String()
    code = fields.String()
    reason = fields.String()
    value = fields.String(allow_none=True)


class FeedView(Schema):
    """How a feed was taken in: rows = recorded + unchanged + rejected."""

    feed_id = fields.String()
    kind = fields.String()
    name = fields.String()
    digest = fields.String()
    rows = fields.Integer()
    recorded = fields.Integer()
    unchanged = fields.Integer()
    rejected = fields.Integer()
    loaded_at = fields.String()


class FeedList(Schema):
    feeds = fields.List(fields.Nested(FeedView))


class BatchView(FeedView):
    """The answer to an HTTP batch: ``rejects`` are the first 20, ``position`` is for ``?after=``."""

    rejects = fields.List(fields.Nested(RejectView))
    position = fields.String()


class RejectQuery(Schema):
    from_line = fields.Integer(load_default=1, validate=validate.Range(min=1))
    limit = fields.Integer(load_default=10_000, validate=validate.Range(min=1, max=100_000))


class RejectList(Schema):
    feed_id = fields.String()
    rejects = fields.List(fields.Nested(RejectView))


class HoldingView(Schema):
    holding_id = fields.String()
    product = fields.String()
    unit_id = fields.String()
    opened_on = fields.String()
    closed_on = fields.String(allow_none=True)
    opening_ref = fields.String(allow_none=True)


class CustomerView(Schema):
    """A customer as every reader may see one: a person's name is masked, the year of birth stands for the date. Of one
    customer also the telephone (138****8000) and the identity number (its last four). ``erased_at`` is there for who
    was erased: the name is ``***`` then.
    """

    customer_id = fields.String()
    kind = fields.String()
    display_name = fields.String()
    phone = fields.String(allow_none=True)
    id_number = fields.String(allow_none=True)
    erased_at = fields.String()
    birth_year = fields.Integer(allow_none=True)
    outlet_id = fields.String()
    manager_id = fields.String(allow_none=True)
    consent_marketing = fields.Boolean()
    corporate_customer = fields.Boolean()
    business_date = fields.String()
    tier = fields.String(validate=validate.OneOf(get_args(Tier)))
    tier_month = fields.String()
    contribution_minor = fields.Integer()
    holdings = fields.List(fields.Nested(HoldingView))


class CustomerList(Schema):
    customers = fields.List(fields.Nested(CustomerView))


class LookUp(Schema):
    """Exactly one of both, in any way of writing: +86 138 1234 5678, 138-1234-5678, full-width digits."""

    phone = fields.String(validate=validate.Length(min=4, max=40))
    id_number = fields.String(validate=validate.Length(min=3, max=40))

    @validates_schema
    def _one(self, asked: dict[str, Any], **_more: Any) -> None:
        if len(asked) != 1:
            raise ValidationError("send either phone or id_number")


class Unmask(Schema):
    """``note`` says in your own words why; it names nobody and holds no number."""

    fields_ = fields.List(
        fields.String(validate=validate.OneOf(PERSONAL)),
        required=True,
        data_key="fields",
        validate=validate.Length(min=1, max=len(PERSONAL)),
    )
    reason = fields.String(
        required=True, validate=validate.OneOf(sorted({one for rules in VERSIONS for one in rules.reasons}))
    )
    note = Text(200)


class UnmaskedView(Schema):
    """What was asked for, in clear, for this answer alone: it may be kept nowhere."""

    unmasking_id = fields.String()
    customer_id = fields.String()
    name = fields.String()
    phone = fields.String(allow_none=True)
    id_number = fields.String(allow_none=True)
    birth_date = fields.String(allow_none=True)


class UnmaskingView(Schema):
    """Who saw what, when and why; not what was seen."""

    unmasking_id = fields.String()
    customer_id = fields.String()
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")
    reason = fields.String()
    note = fields.String()
    staff_id = fields.String()
    roles = fields.List(fields.String())
    on = fields.String()
    at = fields.String()
    rules_version = fields.Integer()


class UnmaskingList(Schema):
    unmaskings = fields.List(fields.Nested(UnmaskingView))


class UnitView(Schema):
    unit_id = fields.String()
    name = fields.String()
    name_en = fields.String()
    kind = fields.String()
    parent_id = fields.String(allow_none=True)


class UnitList(Schema):
    units = fields.List(fields.Nested(UnitView))


class StaffView(Schema):
    staff_id = fields.String()
    name = fields.String()
    unit_id = fields.String()
    line = fields.String()
    role = fields.String()
    manager_id = fields.String(allow_none=True)
    valid_from = fields.String()
    valid_to = fields.String(allow_none=True)


class StaffList(Schema):
    staff = fields.List(fields.Nested(StaffView))


class Page(Schema):
    """``over`` is the last id of the page before."""

    over = fields.String(load_default="")
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=1_000))


class Months(Schema):
    """The newest months first."""

    limit = fields.Integer(load_default=13, validate=validate.Range(min=1, max=120))


class MonthTiersView(Schema):
    """Amounts in minor units (分). ``key_share_bps`` is the share that the key customers really make up."""

    month = fields.String()
    customers = fields.Integer()
    key_customers = fields.Integer()
    level_1_customers = fields.Integer()
    contribution_minor = fields.Integer()
    key_contribution_minor = fields.Integer()
    key_share_bps = fields.Integer()
    rules_version = fields.Integer()
    at = fields.String()


class TiersView(Schema):
    unit_id = fields.String()
    name = fields.String()
    months = fields.List(fields.Nested(MonthTiersView))


class On(Schema):
    """``on`` is the day as of which; today where it is left out."""

    on = Day(optional=True)


class StaffingFigures(Schema):
    """``norm`` are the customer managers that a unit needs, ``short`` how many are missing. ``customers_per_manager``
    is rounded up; null where there is no manager.
    """

    staff = fields.Integer()
    marketers = fields.Integer()
    customer_managers = fields.Integer()
    norm = fields.Integer()
    short = fields.Integer()
    customers = fields.Integer()
    key_customers = fields.Integer()
    marketers_share_bps = fields.Integer(allow_none=True)
    customers_per_manager = fields.Integer(allow_none=True)


class UnitStaffing(StaffingFigures):
    unit_id = fields.String()
    name = fields.String()
    name_en = fields.String()
    kind = fields.String()


class StaffingView(UnitStaffing):
    """A unit's own figures, those of each unit ``below``, and the ``total`` of both. Staff are those in post on the
    day, customers those of today.
    """

    on = fields.String()
    rules_version = fields.Integer()
    total = fields.Nested(StaffingFigures)
    below = fields.List(fields.Nested(UnitStaffing))


class UnmaskingQuery(Schema):
    """Newest first; ``before`` is the ``at`` of the last one of the page before."""

    customer_id = fields.String()
    staff_id = fields.String()
    before = fields.String(load_default="9999")
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=1_000))


class FileTaking(Schema):
    """``page`` is the path that it was taken from; ``rows`` is null for what is no table."""

    name = Text(120)
    page = Text(500)
    rows = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 1_000_000_000))


class FileTakenView(Schema):
    """Who took which file, and when; never its content."""

    taking_id = fields.String()
    name = fields.String()
    page = fields.String()
    rows = fields.Integer(allow_none=True)
    staff_id = fields.String()
    roles = fields.List(fields.String())
    on = fields.String()
    at = fields.String()


class FilesTaken(Schema):
    files = fields.List(fields.Nested(FileTakenView))


class FileQuery(Schema):
    """Newest first; ``before`` is the ``at`` of the last one of the page before."""

    staff_id = fields.String()
    before = fields.String(load_default="9999")
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=1_000))


class UnitQuery(Page):
    kind = fields.String(validate=validate.OneOf(get_args(UnitKind)))
    parent_id = fields.String()


class StaffQuery(Page):
    unit_id = fields.String()
    line = fields.String(validate=validate.OneOf(get_args(Line)))
    role = fields.String(validate=validate.OneOf(ROLES))


class CustomerQuery(Page):
    kind = fields.String(validate=validate.OneOf(get_args(CustomerKind)))
    outlet_id = fields.String()
    manager_id = fields.String()
    tier = fields.String(validate=validate.OneOf(get_args(Tier)))
