"""What a draft of the bundle rules would change over the bank's customers: whom it newly reaches, whom it loses, and
who is reached by two bundles at once (rule B2).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from services.bundling.rules.bundles import RuleSet, evaluate
from services.bundling.rules.facts import Facts

FEW = 3


@dataclass
class Reach:
    """Of one bundle: the customers that the rules now in force reach, and those that the draft does."""

    now: int = 0
    draft: int = 0
    gained: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """``together``: by pair of bundles, how many customers the draft reaches with both."""

    customers: int = 0
    reach: dict[str, Reach] = field(default_factory=dict)
    together: Counter[tuple[str, str]] = field(default_factory=Counter)


def tried(customers: Iterable[Facts], now: RuleSet, draft: RuleSet, on: date) -> Trial:
    """A bundle counts as reaching whom it has something left to offer, or asks to visit."""
    trial = Trial()
    for rules in (now, draft):
        trial.reach |= {bundle.code: Reach() for bundle in rules.bundles}
    for facts in customers:
        trial.customers += 1
        before, after = _reached(now, facts, on), _reached(draft, facts, on)
        for code in before | after:
            reach = trial.reach[code]
            reach.now += code in before
            reach.draft += code in after
            if code in after - before:
                reach.gained.append(facts.customer_id)
            elif code in before - after:
                reach.lost.append(facts.customer_id)
        trial.together.update(combinations(sorted(after), 2))
    return trial


def _reached(rules: RuleSet, facts: Facts, on: date) -> set[str]:
    return {one.bundle for one in evaluate(rules, facts, on) if one.yes and (one.items or one.service_visit)}
