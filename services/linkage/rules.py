"""The rules of linkage as data, versioned by the day from which they hold: a win follows those of its own day."""

from datetime import date
from typing import Literal

import msgspec

REACH_BATCH = 200
"""How many parties one commit reaches at most (rule K4): well under the size that a commit may have."""


class LinkRule(msgspec.Struct, frozen=True):
    """A win of ``trigger`` on ``line`` brings, to each party linked by one of ``relationships`` and of the kind that it
    ``reaches``, an opportunity for each of ``products`` that they do not hold.
    """

    rule: str
    line: Literal["corporate", "retail"]
    trigger: str
    relationships: frozenset[str]
    reaches: Literal["company", "person"]
    products: tuple[str, ...]


class LinkRules(msgspec.Struct, frozen=True):
    """``max_hops`` counts edges from the first win of a chain (rule K5)."""

    version: int
    effective_from: date
    max_hops: int
    rules: tuple[LinkRule, ...]

    def of_win(self, line: str, products: tuple[str, ...]) -> list[LinkRule]:
        """The rules that a win sets off."""
        return [rule for rule in self.rules if rule.line == line and rule.trigger in products]


def _corporate_win(trigger: str) -> LinkRule:
    return LinkRule(
        rule=f"K1.{trigger}",
        line="corporate",
        trigger=trigger,
        relationships=frozenset({"employee", "owner", "legal_representative", "finance_staff"}),
        reaches="person",
        products=("mobile",),
    )


VERSIONS = (
    LinkRules(
        version=1,
        effective_from=date.min,
        max_hops=2,
        rules=tuple(map(_corporate_win, ("payroll", "corporate_ebank", "settlement"))),
    ),
)


def in_force(on: date) -> LinkRules:
    """The newest version that holds on a day."""
    return next(version for version in reversed(VERSIONS) if version.effective_from <= on)


def rule_of(version: int, rule: str) -> LinkRule:
    """A rule as it stood in a version."""
    rules = next(one for one in VERSIONS if one.version == version)
    return next(one for one in rules.rules if one.rule == rule)
