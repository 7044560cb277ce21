"""When two customers are probably one person or firm (rule L4), as data, versioned by the day from which it holds.

Choice: points of 100, added up. The same identity number says it alone. The same telephone does not: families and firms
share one. A firm's name is nearly its own; a person's is not, and needs the same year of birth beside it to be worth a
look. Who differs in identity number or year of birth is held against them. From ``listed`` points a pair is shown to a
person; from ``strong`` points leads treats the two as one until somebody says that they are not (*defaults*).
"""

from datetime import date

import msgspec


class MatchRules(msgspec.Struct, frozen=True):
    """Points for what two customers have in common. ``similar`` is the least likeness of two names, of 100."""

    version: int
    effective_from: date
    id_number: int
    phone: int
    person_name: int
    company_name: int
    birth_year: int
    other_id_number: int
    other_birth_year: int
    similar: int
    listed: int
    strong: int
    largest_block: int
    """A telephone or name that more customers share is nobody's own: no pair follows from it."""


VERSIONS = (
    MatchRules(
        version=1,
        effective_from=date.min,
        id_number=100,
        phone=50,
        person_name=40,
        company_name=80,
        birth_year=10,
        other_id_number=-40,
        other_birth_year=-40,
        similar=75,
        listed=50,
        strong=80,
        largest_block=50,
    ),
)


def in_force(on: date) -> MatchRules:
    """The newest version that holds on a day."""
    return next(rules for rules in reversed(VERSIONS) if rules.effective_from <= on)
