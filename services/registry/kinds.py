"""The kinds of feed, in the order in which they load: columns, business key, references, and the fact of a row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from services.registry import rows
from services.registry.domain import rows as domain
from services.registry.domain.people import CUSTOMER
from services.registry.domain.rows import Fact
from services.registry.domain.staff import STAFF
from services.registry.events import (
    ActivityRecorded,
    BalanceRecorded,
    CustomerRecorded,
    DayClosed,
    HoldingRecorded,
    RelationshipRecorded,
    SignInRecorded,
    StaffRecorded,
    TransferRecorded,
    UnitRecorded,
)
from services.registry.feed import Shape
from services.registry.masks import masked_name
from services.registry.vault import Personal
from shared.core.decider import Decider
from shared.core.event import Event

Row = dict[str, Any]
Refs = Mapping[str, Fact]
"""The newest fact behind each reference of a row, by column."""
PERSONAL = ("name", "phone", "id_number", "birth_date")


class Hiding(Protocol):
    """What of the vault a row goes through before it becomes a fact."""

    def seal(self, personal: Mapping[str, Personal]) -> dict[str, str]: ...

    def blind(self, text: str) -> str: ...


class Reference(NamedTuple):
    """A column that names an instance of another aggregate; ``must_be`` narrows which, for people and for code."""

    column: str
    to: Decider[Any, Any]
    must_be: tuple[str, Callable[[Event], bool]] | None = None


def _plain(rows: list[Row], _vault: Hiding) -> list[Row]:
    return rows


@dataclass(frozen=True)
class Kind:
    """One kind of feed.

    ``parent`` is the column by which a row refers to another of the same kind. ``prepared`` readies a batch of rows
    where that costs I/O. ``secret`` rows are never quoted in a report.
    """

    name: str
    schema: type[rows.Row]
    decider: Decider[Any, Any]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    fact: Callable[[Row, Refs], Fact]
    sum_column: str | None = None
    parent: str | None = None
    prepared: Callable[[list[Row], Hiding], list[Row]] = _plain
    secret: bool = False

    @property
    def shape(self) -> Shape:
        return Shape(self.name, self.schema.columns(), self.key, self.sum_column, self.schema.may_lack)

    def key_of(self, row: Row) -> str:
        return ".".join(str(row[column]) for column in self.key)


def _is_company(fact: Event) -> bool:
    return isinstance(fact, CustomerRecorded) and fact.kind == "company"


def _sealed(rows: list[Row], vault: Hiding) -> list[Row]:
    """Customers' rows with their personal columns replaced by what an event may hold."""
    sealed = vault.seal({row["customer_id"]: _personal(row) for row in rows})
    return [_without_personal(row, sealed[row["customer_id"]]) for row in rows]


def _personal(row: Row) -> Personal:
    born = row["birth_date"]
    return {column: row[column] for column in PERSONAL} | {"birth_date": born.isoformat() if born else None}


def _without_personal(row: Row, sealed: str) -> Row:
    kept = {column: value for column, value in row.items() if column not in PERSONAL}
    return kept | {
        "display_name": row["name"] if row["kind"] == "company" else masked_name(row["name"]),
        "birth_year": row["birth_date"].year if row["birth_date"] else None,
        "sealed": sealed,
    }


def _blinded(rows: list[Row], vault: Hiding) -> list[Row]:
    """Transfers with a mark in the place of the account at the other end: whose it is, is nobody's business here."""
    return [row | {"counterparty": _mark(row["counterparty"], vault)} for row in rows]


def _mark(account: str | None, vault: Hiding) -> str | None:
    return vault.blind(f"account\0{account.upper()}") if account else None


def _balance(row: Row, refs: Refs) -> Fact:
    return BalanceRecorded(**row, **_of_holding(refs, "customer_id", "product"))


def _activity(row: Row, refs: Refs) -> Fact:
    return ActivityRecorded(**row, **_of_holding(refs, "customer_id", "product", "opening_ref"))


def _transfer(row: Row, refs: Refs) -> Fact:
    direction = row["direction"] or "out"
    return TransferRecorded(**row | {"direction": direction}, **_of_holding(refs, "customer_id", "opening_ref"))


def _sign_in(row: Row, refs: Refs) -> Fact:
    return SignInRecorded(**row, **_of_holding(refs, "customer_id", "opening_ref", "opened_on"))


def _of_holding(refs: Refs, *fields: str) -> Row:
    """What the bank's file need not repeat, since the holding says it."""
    return {field: getattr(refs["holding_id"], field) for field in fields}


HOLDER = (Reference("holding_id", domain.HOLDING),)

_ALL = (
    Kind(
        name="units",
        schema=rows.UnitRow,
        decider=domain.UNIT,
        key=("unit_id",),
        references=(Reference("parent_id", domain.UNIT),),
        parent="parent_id",
        fact=lambda row, _: UnitRecorded(**row),
    ),
    Kind(
        name="staff",
        schema=rows.StaffRow,
        decider=STAFF,
        key=("staff_id",),
        references=(Reference("unit_id", domain.UNIT), Reference("manager_id", STAFF)),
        parent="manager_id",
        fact=lambda row, _: StaffRecorded(**row),
    ),
    Kind(
        name="customers",
        schema=rows.CustomerRow,
        decider=CUSTOMER,
        key=("customer_id",),
        references=(Reference("outlet_id", domain.UNIT), Reference("manager_id", STAFF)),
        prepared=_sealed,
        secret=True,
        fact=lambda row, _: CustomerRecorded(**row),
    ),
    Kind(
        name="relationships",
        schema=rows.RelationshipRow,
        decider=domain.RELATIONSHIP,
        key=("from_id", "to_id", "kind"),
        references=(
            Reference("from_id", CUSTOMER, ("a company", _is_company)),
            Reference("to_id", CUSTOMER),
        ),
        fact=lambda row, _: RelationshipRecorded(**row),
    ),
    Kind(
        name="holdings",
        schema=rows.HoldingRow,
        decider=domain.HOLDING,
        key=("holding_id",),
        references=(Reference("customer_id", CUSTOMER), Reference("unit_id", domain.UNIT)),
        fact=lambda row, _: HoldingRecorded(**row),
    ),
    Kind(
        name="balances",
        schema=rows.BalanceRow,
        decider=domain.BALANCE,
        key=("holding_id", "month"),
        references=HOLDER,
        sum_column="balance_minor",
        fact=_balance,
    ),
    Kind(
        name="activity",
        schema=rows.ActivityRow,
        decider=domain.ACTIVITY,
        key=("holding_id", "business_date"),
        references=HOLDER,
        sum_column="uses",
        fact=_activity,
    ),
    Kind(
        name="transfers",
        schema=rows.TransferRow,
        decider=domain.TRANSFER,
        key=("transfer_id",),
        references=HOLDER,
        sum_column="amount_minor",
        prepared=_blinded,
        fact=_transfer,
    ),
    Kind(
        name="sign_ins",
        schema=rows.SignInRow,
        decider=domain.SIGN_IN,
        key=("sign_in_id",),
        references=HOLDER,
        fact=_sign_in,
    ),
    Kind(
        name="days",
        schema=rows.DayRow,
        decider=domain.DAY,
        key=("business_date",),
        references=(),
        fact=lambda row, _: DayClosed(**row),
    ),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}


def streams(kind: Kind, rows: Sequence[Row]) -> Iterator[str]:
    """The streams that the rows refer to."""
    for row in rows:
        for reference in kind.references:
            if row[reference.column] is not None:
                yield reference.to.stream(row[reference.column])
