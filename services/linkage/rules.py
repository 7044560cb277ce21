"""The rules of linkage as data, versioned by the day from which they hold: a win follows those of its own day."""

from datetime import date
from typing import Literal

import msgspec

REACH_BATCH = 1_000
"""How many parties one commit reaches at most (rule K4): under the size that a commit may have even where each is
reached by three rules, and a second's work for those reached, so that other wins need not wait.
"""

RELEASE_BATCH = 500
"""How many one commit releases at most; each takes more room than one that is reached."""


class LinkRule(msgspec.Struct, frozen=True):
    """A win of ``trigger`` (None: of anything) on ``line`` brings, to each party linked by one of ``relationships`` and
    of the kind that it ``reaches``, an opportunity for each of ``products`` that they do not hold; with
    ``newcomers_only`` not to who is a corporate customer already.
    """

    rule: str
    line: Literal["corporate", "retail"]
    trigger: str | None
    relationships: frozenset[str]
    reaches: Literal["company", "person"]
    products: tuple[str, ...]
    newcomers_only: bool = False


class LinkRules(msgspec.Struct, frozen=True):
    """``max_hops`` counts edges from the first win of a chain (rule K5). An edge less sure than ``min_confidence_bps``
    brings nothing (rule K4).
    """

    version: int
    effective_from: date
    max_hops: int
    min_confidence_bps: int
    rules: tuple[LinkRule, ...]

    def of_win(self, line: str, products: tuple[str, ...]) -> list[LinkRule]:
        """The rules that a win sets off."""
        return [rule for rule in self.rules if rule.line == line and rule.trigger in {None, *products}]


MIRRORED = {"owner": "owns", "legal_representative": "represents"}
"""What a company's edge to a person is called from the person's side (rule K2)."""

TRIGGERS = ("payroll", "corporate_ebank", "settlement")
"""What makes a win on a company one that brings others (rules K1 and K3)."""


def _to_people(trigger: str) -> LinkRule:
    return LinkRule(
        rule=f"K1.{trigger}",
        line="corporate",
        trigger=trigger,
        relationships=frozenset({"employee", "owner", "legal_representative", "finance_staff"}),
        reaches="person",
        products=("mobile",),
    )


def _along_the_supply_chain(trigger: str) -> LinkRule:
    """Without a settlement account means: holds none on the day of the win."""
    return LinkRule(
        rule=f"K3.{trigger}",
        line="corporate",
        trigger=trigger,
        relationships=frozenset({"supplier", "buyer"}),
        reaches="company",
        products=("settlement",),
    )


REVERSE = LinkRule(
    rule="K2",
    line="retail",
    trigger=None,
    relationships=frozenset(MIRRORED.values()),
    reaches="company",
    products=("settlement",),
    newcomers_only=True,
)
"""Any retail win counts: the domain names no product; a settlement account is what a new company begins with."""

K1 = tuple(map(_to_people, TRIGGERS))
K3 = tuple(map(_along_the_supply_chain, TRIGGERS))

VERSIONS = (
    LinkRules(version=1, effective_from=date.min, max_hops=2, min_confidence_bps=0, rules=K1),
    LinkRules(
        version=2,
        effective_from=date(2026, 12, 1),
        max_hops=2,
        min_confidence_bps=5_000,
        rules=(*K1, REVERSE, *K3),
    ),
)
"""A new version begins on a day to come: what earlier wins brought stays as it was. Rule K4 names no least
confidence; more likely than not is what one would expect.
"""


def in_force(on: date) -> LinkRules:
    """The newest version that holds on a day."""
    return next(version for version in reversed(VERSIONS) if version.effective_from <= on)


def rule_of(version: int, rule: str) -> LinkRule:
    """A rule as it stood in a version."""
    rules = next(one for one in VERSIONS if one.version == version)
    return next(one for one in rules.rules if one.rule == rule)
