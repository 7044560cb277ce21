"""Value tiers (rule R6) as data, versioned by the day from which they hold, and the one pure function that ranks.

Choice: a customer's contribution in a month is the sum of the month-end balances of all that they hold, deposits and
loans alike (a bank earns on both), each holding counted from zero up, in minor units (分). It is the plainest measure
that registry knows of every customer; what a balance really earns is known to the bank's ledger alone. Amounts are
added as the feeds give them: a bank's feeds are in its own currency. Who was erased is not ranked.

*Key* is the smallest set of customers that makes up 80 % of a unit's contribution (*default*), *level 1* the smallest
that brings both together to 95 % (*default*), *level 2* everybody else. Equal contributions go by the lower id. Who
contributes nothing is level 2, also where the whole unit contributes nothing.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import msgspec

from services.registry.events import Rank, Tier

BPS = 10_000


class TierRules(msgspec.Struct, frozen=True):
    """Cut points in bps of a unit's contribution."""

    version: int
    effective_from: date
    key_bps: int
    level_1_bps: int


class Ranking(NamedTuple):
    """``key_last`` and ``level_1_last`` are the last customers of those tiers, None for an empty one."""

    contribution_minor: int
    key_contribution_minor: int
    key_customers: int
    level_1_customers: int
    customers: int
    key_last: Rank | None
    level_1_last: Rank | None

    @property
    def key_share_bps(self) -> int:
        """The share that key customers really have, rounded down."""
        return self.key_contribution_minor * BPS // self.contribution_minor if self.contribution_minor else 0


VERSIONS = (TierRules(version=1, effective_from=date.min, key_bps=8_000, level_1_bps=9_500),)


def in_force(on: date) -> TierRules:
    """The newest version that holds on a day."""
    return next(rules for rules in reversed(VERSIONS) if rules.effective_from <= on)


def rank(customers: Iterable[Rank], rules: TierRules) -> Ranking:
    """Where the cut points fall among a unit's customers, whatever order they come in."""
    ranked = sorted(customers, key=place)
    total = sum(one.contribution_minor for one in ranked if one.contribution_minor > 0)
    key = _smallest(ranked, total, rules.key_bps)
    top = max(key, _smallest(ranked, total, rules.level_1_bps))
    return Ranking(
        contribution_minor=total,
        key_contribution_minor=sum(one.contribution_minor for one in ranked[:key]),
        key_customers=key,
        level_1_customers=top - key,
        customers=len(ranked),
        key_last=ranked[key - 1] if key else None,
        level_1_last=ranked[top - 1] if top > key else None,
    )


def tier_of(one: Rank, key_last: Rank | None, level_1_last: Rank | None) -> Tier:
    """The tier of a customer between the cut points of a ranking."""
    if key_last is not None and place(one) <= place(key_last):
        return "key"
    if level_1_last is not None and place(one) <= place(level_1_last):
        return "level_1"
    return "level_2"


def place(one: Rank) -> tuple[int, str]:
    """Sorts the greatest contribution first, equal ones by the lower id."""
    return -one.contribution_minor, one.customer_id


def _smallest(ranked: list[Rank], total: int, bps: int) -> int:
    """How many of the first ones make up at least ``bps`` of the total; none of nothing."""
    reached = 0
    for count, one in enumerate(ranked, 1):
        if total == 0:
            return 0
        reached += one.contribution_minor
        if reached * BPS >= total * bps:
            return count
    return 0
