"""Who may see which personal data, for which reasons (rule R5), versioned by the day from which it holds.

Choice: the one who knows the customer may read what is needed to reach them; the identity number and the birth date
are for whoever checks papers. Compliance sees every customer, a branch manager those of the branch's outlets, a
customer manager only their own. Designers, approvers, HR, product managers, ops and auditors see nobody's: an auditor
reads who looked, not what was seen.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Literal

import msgspec

Scope = Literal["own", "unit", "bank"]
"""How near somebody stands: the customer's manager; posted at, or above, the customer's outlet; anybody of the bank."""


class Grant(msgspec.Struct, frozen=True):
    """One role's right: to these fields of customers within ``scope``."""

    role: str
    scope: Scope
    fields: frozenset[str]


class UnmaskingRules(msgspec.Struct, frozen=True):
    version: int
    effective_from: date
    reasons: tuple[str, ...]
    grants: tuple[Grant, ...]

    def refusal(
        self, roles: Iterable[str], scopes: Collection[Scope], fields: Iterable[str], reason: str
    ) -> str | None:
        """Why somebody may not see these fields, for people; None where they may."""
        if reason not in self.reasons:
            return f"{reason[:40]!r} is no reason; state one of {', '.join(self.reasons)}"
        granted = [grant for grant in self.grants if grant.role in roles and grant.scope in scopes]
        seen = {field for grant in granted for field in grant.fields}
        hidden = sorted(set(fields) - seen)
        if hidden:
            return f"your role does not see the {' and '.join(hidden)} of this customer; ask compliance"
        return None


REACH = frozenset({"name", "phone"})
ALL = REACH | {"id_number", "birth_date"}
VERSIONS = (
    UnmaskingRules(
        version=1,
        effective_from=date.min,
        reasons=("customer_contact", "opening_check", "complaint", "investigation", "legal_request"),
        grants=(
            Grant("corporate", "own", REACH),
            Grant("retail", "own", REACH),
            Grant("branch", "unit", ALL),
            Grant("compliance", "bank", ALL),
        ),
    ),
)
ASKERS = tuple(sorted({grant.role for rules in VERSIONS for grant in rules.grants}))


def in_force(on: date) -> UnmaskingRules:
    """The newest version that holds on a day."""
    return next(rules for rules in reversed(VERSIONS) if rules.effective_from <= on)


def scopes_of(staff_id: str, unit_id: str | None, manager_id: str | None, above: Collection[str]) -> frozenset[Scope]:
    """How near somebody stands to a customer of this manager, whose outlet and the units over it are ``above``."""
    found: set[Scope] = {"bank"}
    if manager_id == staff_id:
        found.add("own")
    if unit_id in above:
        found.add("unit")
    return frozenset(found)


LOOKS_UP = ("corporate", "retail", "branch", "compliance")
"""Roles that find a customer by telephone or identity number; they get masked documents."""
