"""How a bundle rule is judged (rule B8): by what its customers came to use, 30 and 90 days after they were offered it,
against customers of the same rule who were not, and beside what one would offer without any rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from services.bundling.rules.bundles import RuleSet
from services.bundling.rules.catalogue import Product, obstacles
from services.bundling.rules.facts import Facts
from services.bundling.rules.usage import Threshold, is_active
from shared.core.draws import drawn

HORIZONS = (30, 90)
"""Days after the offer at which it is looked at."""


class Use(msgspec.Struct, frozen=True):
    """Of some products: ``used`` by the customer since the offer, ``active`` (动户) on the day of the question."""

    used: bool
    active: bool


def held_out(rules: RuleSet, bundle: str, customer_id: str) -> bool:
    """Drawn anew for each version of the rules, so that nobody is left out for ever."""
    return drawn(rules.hold_out_bps, "bundle rules", str(rules.version), bundle, customer_id)


def popular(holders: Mapping[str, int], held: Sequence[str], sold: Mapping[str, Product], many: int) -> tuple[str, ...]:
    """The ``many`` products that most customers hold, of those that this one could have and does not."""
    open_to = [code for code in holders if code in sold and code not in held and not obstacles(sold[code], held)]
    return tuple(sorted(open_to, key=lambda code: (-holders[code], code))[:many])


def use_of(products: Iterable[str], facts: Facts, active: Threshold, since: date, days: int) -> Use:
    """What a customer made of some products in the ``days`` days since."""
    upto, named = since + timedelta(days=days), frozenset(products)
    uses = [
        {day: count for day, count in held.uses.items() if since <= day <= upto and count}
        for held in facts.holdings
        if held.product in named
    ]
    return Use(any(uses), any(is_active(one, active, upto) for one in uses))
