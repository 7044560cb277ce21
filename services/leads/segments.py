"""Which customers are served how: big institutions by a team, the counter's customers by the electronic channel (L6).

Key customers have their own manager and are never pushed to electronic channels; all others are pooled (``rules``).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from services.leads.events import Tier
from services.leads.rules import ROUTING_VERSION


class Habits(msgspec.Struct, frozen=True):
    """What registry told of a customer: what is on account (minor units, 分), None where no balance is known; and how
    often they came to the counter within the window before a day.
    """

    balance_minor: int | None
    counter_uses: int


class Segments(msgspec.Struct, frozen=True):
    """From ``big_minor`` on account a company is a big institution; a person below ``low_minor`` who came to the
    counter ``often`` or more times within ``days`` is one for the electronic channel (rule L6, default). ``money``: the
    products of which the balance is on account, deposits and investments; that of a loan or a card is owed.
    """

    version: int
    big_minor: int
    low_minor: int
    often: int
    days: int
    money: tuple[str, ...]

    def big(self, kind: str, habits: Habits | None) -> bool:
        if kind != "company" or habits is None or habits.balance_minor is None:
            return False
        return habits.balance_minor >= self.big_minor

    def counter(self, kind: str, tier: Tier | None, habits: Habits | None) -> bool:
        """Where no balance is known, nobody is taken for poor."""
        if kind != "person" or tier == "key" or habits is None or habits.balance_minor is None:
            return False
        return habits.balance_minor < self.low_minor and habits.counter_uses >= self.often


SEGMENTS = Segments(
    version=ROUTING_VERSION,
    big_minor=5_000_000_000,
    low_minor=1_000_000,
    often=6,
    days=90,
    money=("settlement", "now", "mmda", "term_deposit", "investment_trust"),
)


def habits_of(customer: Mapping[str, Any], on: date) -> Habits:
    """From the customer's document, as of a day. A use that the customer did not authenticate themselves was made for
    them at a counter. What is no holding of theirs, as the bank has it now, counts for nothing.
    """
    held: list[Mapping[str, Any]] = customer["holdings"]
    money = {one["holding_id"] for one in held if _is_money(one, on)}
    balances = [one["minor"] for holding, one in customer.get("balances", {}).items() if holding in money]
    first = (on - timedelta(days=SEGMENTS.days)).isoformat()
    counter = customer.get("counter", {})
    days = (uses for one in held for uses in counter.get(one["holding_id"], {}).items())
    return Habits(sum(balances) if balances else None, sum(n for day, n in days if first < day <= on.isoformat()))


def _is_money(holding: Mapping[str, Any], on: date) -> bool:
    """What is owed of a loan is none, nor what was on an account before it was closed."""
    closed = holding.get("closed_on")
    return holding["product"] in SEGMENTS.money and (closed is None or closed > on.isoformat())
