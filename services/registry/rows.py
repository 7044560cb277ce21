"""The rows of each kind of feed: their columns, and what must be true of a row in itself."""

from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar, get_args

from marshmallow import RAISE, Schema, ValidationError, validates_schema

from services.registry.events import CustomerKind, Line, RelationshipKind, UnitKind
from services.registry.fields import Currency, Day, Flag, Id, Moment, OneOf, Pattern, Text, Whole
from shared.core.days import bank_day

ROLES = ("corporate", "retail", "product", "branch", "compliance", "designer", "approver", "hr", "ops", "auditor")
BPS = 10_000
SLACK_DAYS = 2
"""What happened late on a day may be booked on another, and a moment is of another day elsewhere."""


class Row(Schema):
    """A row of a feed; a column it does not know is an error. ``currencies`` are those that the bank works in;
    ``latest`` is the last business date that can be meant.
    """

    error_messages = {"unknown": "is no column of this feed", "type": "must be an object of columns"}  # noqa: RUF012

    def __init__(self, currencies: Collection[str] = ("CNY",), latest: date = date.max) -> None:
        super().__init__(unknown=RAISE)
        self.currencies = frozenset(currencies)
        self.latest = latest

    may_lack: ClassVar[tuple[str, ...]] = ()
    """Columns that came later: a file that was right before them still is."""

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        return tuple(cls._declared_fields)

    @validates_schema
    def _not_of_a_far_future(self, row: dict[str, Any], **_more: Any) -> None:
        """One wrong year would be taken for the newest day there is, and what comes after it for long past."""
        if row["business_date"] > self.latest:
            raise ValidationError(f"is after {self.latest}, farther ahead than any row is; correct it", "business_date")


class UnitRow(Row):
    unit_id = Id()
    name = Text()
    name_en = Text()
    kind = OneOf(get_args(UnitKind))
    parent_id = Id(optional=True)
    business_date = Day()


class StaffRow(Row):
    staff_id = Id()
    name = Text()
    unit_id = Id()
    line = OneOf(get_args(Line))
    role = OneOf(ROLES)
    manager_id = Id(optional=True)
    valid_from = Day()
    valid_to = Day(optional=True)
    business_date = Day()

    @validates_schema
    def _valid_in_order(self, row: dict[str, Any], **_more: Any) -> None:
        in_order(row, "valid_from", "valid_to")


class CustomerRow(Row):
    customer_id = Id()
    kind = OneOf(get_args(CustomerKind))
    name = Text()
    phone = Pattern(r"\+?[0-9][0-9 -]{3,20}\Z", "must be a telephone number", optional=True)
    id_number = Pattern(r"[A-Za-z0-9][A-Za-z0-9/-]{2,31}\Z", "must be an identity number", optional=True)
    birth_date = Day(optional=True)
    outlet_id = Id()
    manager_id = Id(optional=True)
    consent_marketing = Flag()
    corporate_customer = Flag()
    business_date = Day()


class RelationshipRow(Row):
    from_id = Id()
    to_id = Id()
    kind = OneOf(get_args(RelationshipKind))
    valid_from = Day()
    valid_to = Day(optional=True)
    source = Text(80)
    confidence_bps = Whole(0, BPS)
    consent = Flag()
    business_date = Day()

    @validates_schema
    def _sound(self, row: dict[str, Any], **_more: Any) -> None:
        in_order(row, "valid_from", "valid_to")
        if row["from_id"] == row["to_id"]:
            raise ValidationError("is the same as from_id", "to_id")


class HoldingRow(Row):
    holding_id = Id()
    customer_id = Id()
    product = Pattern(r"[a-z][a-z0-9_]{1,39}\Z", "must be a product code, such as mobile")
    unit_id = Id()
    opened_on = Day()
    closed_on = Day(optional=True)
    opening_ref = Id(dots=True, optional=True)
    business_date = Day()

    @validates_schema
    def _closed_after(self, row: dict[str, Any], **_more: Any) -> None:
        in_order(row, "opened_on", "closed_on")


class BalanceRow(Row):
    """``balance_minor`` is in minor units (分): what is still owed of a loan; negative for an overdraft."""

    holding_id = Id()
    month = Pattern(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])\Z", "must be a month as YYYY-MM")
    balance_minor = Whole()
    currency = Currency()
    business_date = Day()


class ActivityRow(Row):
    holding_id = Id()
    uses = Whole(0, 1_000_000)
    authenticated_uses = Whole(0, 1_000_000)
    business_date = Day()

    @validates_schema
    def _no_more_than_uses(self, row: dict[str, Any], **_more: Any) -> None:
        if row["authenticated_uses"] > row["uses"]:
            raise ValidationError("is over uses", "authenticated_uses")


class TransferRow(Row):
    """``limit_minor`` is the holding's limit per transfer. Both amounts are in minor units (分). ``direction`` is
    ``out`` where it is not said; ``counterparty`` is the account at the other end. Both columns may be left out.
    """

    may_lack = ("direction", "counterparty")

    transfer_id = Id()
    holding_id = Id()
    amount_minor = Whole(1)
    limit_minor = Whole(1)
    currency = Currency()
    at = Moment()
    direction = OneOf(("in", "out"), optional=True)
    counterparty = Id(optional=True, dots=True)
    business_date = Day()

    @validates_schema
    def _on_its_day(self, row: dict[str, Any], **_more: Any) -> None:
        near_its_day(row)


class SignInRow(Row):
    """``device`` is a mark of hexadecimal digits that the channel made of the device, the same each time: nothing by
    which the device is known elsewhere.
    """

    sign_in_id = Id()
    holding_id = Id()
    device = Pattern(r"[0-9a-f]{16,64}\Z", "must be a mark of 16 to 64 hexadecimal digits")
    kind = OneOf(("sign_in", "registration"))
    at = Moment()
    business_date = Day()

    @validates_schema
    def _on_its_day(self, row: dict[str, Any], **_more: Any) -> None:
        near_its_day(row)


class DayRow(Row):
    """The bank says: the feeds of this business date are complete."""

    business_date = Day()


def in_order(row: dict[str, Any], first: str, then: str) -> None:
    later: date | None = row[then]
    if later is not None and later < row[first]:
        raise ValidationError(f"is before {first}", then)


def near_its_day(row: dict[str, Any]) -> None:
    """The watch reckons by the moment, all else by the business date: they must speak of the same."""
    if abs((bank_day(row["at"]) - row["business_date"]).days) > SLACK_DAYS:
        said = f"is more than {SLACK_DAYS} days off its business_date, {row['business_date']}; correct the wrong one"
        raise ValidationError(said, "at")
