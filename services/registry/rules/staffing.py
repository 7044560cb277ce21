"""How many customer managers a unit needs (rule R7), as data versioned by the day from which it holds, and the figures.

Choice: a unit's own people and its own customers are counted, a branch's outlets each for themselves; ``total`` of a
view adds up what stands below. A unit has corporate business where a corporate customer is kept there. Where the base
is rich, that is, has many customers of the key tier, the norm grows: one manager for each full 100 of them (*default*).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import msgspec

BPS = 10_000


class StaffingRules(msgspec.Struct, frozen=True):
    """``managers`` are the roles of customer managers, ``marketers`` of all who sell. ``norm`` is by kind of unit,
    ``norm_without_corporate`` where no corporate customer is kept.
    """

    version: int
    effective_from: date
    managers: frozenset[str]
    marketers: frozenset[str]
    norm: Mapping[str, int]
    norm_without_corporate: Mapping[str, int]
    key_customers_per_manager: int


class Base(NamedTuple):
    """The customers that a unit keeps."""

    customers: int = 0
    key_customers: int = 0
    corporate_customers: int = 0


class Staffing(msgspec.Struct, frozen=True):
    """``short`` is how many managers are missing, 0 where none is. ``customers_per_manager`` is rounded up, None where
    there is no manager; so is the marketers' share where there is no staff.
    """

    staff: int
    marketers: int
    customer_managers: int
    norm: int
    short: int
    customers: int
    key_customers: int
    marketers_share_bps: int | None
    customers_per_manager: int | None


VERSIONS = (
    StaffingRules(
        version=1,
        effective_from=date.min,
        managers=frozenset({"corporate", "retail"}),
        marketers=frozenset({"corporate", "retail", "product"}),
        norm={"branch": 3, "outlet": 1, "head_office": 0},
        norm_without_corporate={"branch": 3, "outlet": 0, "head_office": 0},
        key_customers_per_manager=100,
    ),
)


def in_force(on: date) -> StaffingRules:
    """The newest version that holds on a day."""
    return next(rules for rules in reversed(VERSIONS) if rules.effective_from <= on)


def staffing(rules: StaffingRules, kind: str, roles: Iterable[str], base: Base) -> Staffing:
    """One unit of a kind, with the roles of everybody in post there."""
    every = list(roles)
    norms = rules.norm if base.corporate_customers else rules.norm_without_corporate
    norm = max(norms.get(kind, 0), base.key_customers // rules.key_customers_per_manager)
    managers = sum(role in rules.managers for role in every)
    marketers = sum(role in rules.marketers for role in every)
    return _figures(len(every), marketers, managers, norm, max(0, norm - managers), base)


def total(units: Iterable[Staffing]) -> Staffing:
    """Several units together; managers over the norm in one do not make up for those who are short in another."""
    every = list(units)
    base = Base(sum(one.customers for one in every), sum(one.key_customers for one in every))
    return _figures(
        sum(one.staff for one in every),
        sum(one.marketers for one in every),
        sum(one.customer_managers for one in every),
        sum(one.norm for one in every),
        sum(one.short for one in every),
        base,
    )


def _figures(staff: int, marketers: int, managers: int, norm: int, short: int, base: Base) -> Staffing:
    return Staffing(
        staff=staff,
        marketers=marketers,
        customer_managers=managers,
        norm=norm,
        short=short,
        customers=base.customers,
        key_customers=base.key_customers,
        marketers_share_bps=marketers * BPS // staff if staff else None,
        customers_per_manager=_up(base.customers, managers) if managers else None,
    )


def _up(count: int, per: int) -> int:
    return -(-count // per)
