"""The ledger (台账) of what customers hold and use (rule B7): opened beside activated; a diagnostic, never a target."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

import msgspec

from services.bundling.rules.usage import Threshold, first_active, is_active, used
from shared.core.proportions import FULL_BPS

Standing = Literal["opened", "activated", "active", "dormant", "closed"]
IN_USE = frozenset({"activated", "active", "dormant"})


class LedgerRules(msgspec.Struct, frozen=True):
    """A customer with ``warn_opened`` or more products, of which less than ``warn_used_bps`` were ever used, is a
    warning (default): near 7 opened and 2 used is no success. ``active`` is what counts as in use (动户).
    """

    version: int
    active: Threshold
    warn_opened: int
    warn_used_bps: int

    def warns(self, opened: int, activated: int) -> bool:
        return opened >= self.warn_opened and activated * FULL_BPS < opened * self.warn_used_bps


LEDGER = LedgerRules(version=1, active=Threshold(uses=3, days=60), warn_opened=5, warn_used_bps=5_000)


class Holding(msgspec.Struct, frozen=True):
    """``activated_on`` is the first day on which the customer used it themselves; ``uses`` are of recent days."""

    holding_id: str
    product: str
    unit_id: str
    opened_on: date
    closed_on: date | None = None
    activated_on: date | None = None
    last_used_on: date | None = None
    uses: Mapping[date, int] = {}


class Line(msgspec.Struct, frozen=True):
    """A holding as it stands on a day. ``reason`` is why it is dormant, None where it is not."""

    holding_id: str
    product: str
    unit_id: str
    standing: Standing
    opened_on: date
    activated_on: date | None
    last_used_on: date | None
    closed_on: date | None
    reason: str | None


class Counts(msgspec.Struct, frozen=True):
    """Of holdings that are open: ``activated`` were used at least once, ``active`` are in use now."""

    opened: int = 0
    activated: int = 0
    active: int = 0
    dormant: int = 0


def line(holding: Holding, on: date, rules: LedgerRules = LEDGER) -> Line:
    standing = _standing(holding, on, rules)
    return Line(
        holding_id=holding.holding_id,
        product=holding.product,
        unit_id=holding.unit_id,
        standing=standing,
        opened_on=holding.opened_on,
        activated_on=holding.activated_on,
        last_used_on=holding.last_used_on,
        closed_on=holding.closed_on,
        reason=_why_dormant(holding, on, rules) if standing == "dormant" else None,
    )


def _standing(holding: Holding, on: date, rules: LedgerRules) -> Standing:
    if holding.closed_on is not None and holding.closed_on <= on:
        return "closed"
    if holding.activated_on is None or holding.activated_on > on:
        return "opened"
    if is_active(holding.uses, rules.active, on):
        return "active"
    uses = {day: count for day, count in holding.uses.items() if day <= on}
    return "activated" if first_active(uses, rules.active, holding.opened_on) is None else "dormant"


def _why_dormant(holding: Holding, on: date, rules: LedgerRules) -> str:
    asked, last = rules.active, holding.last_used_on
    found = used(holding.uses, asked.days, on)
    return f"{found} authenticated uses in the {asked.days} days to {on}, {asked.uses} asked; last on {last}"


def counts(lines: Iterable[Line]) -> Counts:
    standings = [one.standing for one in lines if one.standing != "closed"]
    return Counts(
        opened=len(standings),
        activated=sum(one in IN_USE for one in standings),
        active=standings.count("active"),
        dormant=standings.count("dormant"),
    )


def by_product(lines: Iterable[Line]) -> dict[str, Counts]:
    """The counts of each product, by its code."""
    grouped: dict[str, list[Line]] = defaultdict(list)
    for one in lines:
        grouped[one.product].append(one)
    return {product: counts(grouped[product]) for product in sorted(grouped)}


def per_customer(of: int, customers: int) -> str:
    """Products per customer, to two decimals, half-even; ``0.00`` for no customers."""
    share = Decimal(of) / Decimal(customers) if customers else Decimal(0)
    return str(share.quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def dormant(lines: Sequence[Line]) -> list[Line]:
    """The dormant ones, the longest quiet first."""
    found = [one for one in lines if one.standing == "dormant"]
    return sorted(found, key=lambda one: (one.last_used_on or one.opened_on, one.holding_id))
