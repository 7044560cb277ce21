"""The facts about sets of bundle rules (rule B2). Stream: ``rulebook-bank``: all sets, so that two cannot come into
force as the same version. The sets that the program ships with are no facts: they have always been there.
"""

from datetime import date
from typing import ClassVar

from services.bundling.rules.bundles import RuleSet
from shared.core.event import Event


class RulesDrafted(Event, frozen=True, tag="rules_drafted"):
    """``rules_hash`` is of the set's content: who publishes it, publishes what was drafted and nothing else."""

    schema: ClassVar[int] = 2

    rules_hash: str
    rules: RuleSet
    by: str
    on: date


class RulesPublished(Event, frozen=True, tag="rules_published"):
    """From ``effective_from`` on, offers follow these rules; what was offered before stays under its own."""

    rules_hash: str
    version: int
    effective_from: date
    by: str
    on: date


class RulesRejected(Event, frozen=True, tag="rules_rejected"):
    rules_hash: str
    reason: str
    by: str
    on: date


RuleEvent = RulesDrafted | RulesPublished | RulesRejected
