"""The composite account (rule B4) as data: what counts, and what each tier costs and brings."""

from collections.abc import Mapping
from datetime import date

import msgspec

from services.bundling.composite_events import Counted, Tier


class Perks(msgspec.Struct, frozen=True):
    """What a tier brings besides its fee."""

    no_minimum: bool
    better_rate: bool
    no_card_fee: bool
    no_atm_fee: bool


class TierRule(msgspec.Struct, frozen=True):
    """From ``from_minor`` on (that sum included); ``fee_minor`` is of a month."""

    tier: Tier
    from_minor: int
    fee_minor: int
    perks: Perks


class CompositeRules(msgspec.Struct, frozen=True):
    """``base``: who holds one of these has a composite account. ``counted``: whose balances count; what is owed on a
    loan counts as it stands. ``tiers`` from the highest down.
    """

    version: int
    effective_from: date
    base: tuple[str, ...]
    counted: tuple[str, ...]
    currency: str
    tiers: tuple[TierRule, ...]


RULE_SETS: tuple[CompositeRules, ...] = (
    CompositeRules(
        version=1,
        effective_from=date(2000, 1, 1),
        base=("now", "mmda"),
        counted=("now", "mmda", "term_deposit", "personal_loan", "investment_trust"),
        currency="CNY",
        tiers=(
            # Over 25,000.00: exactly that is the middle tier still.
            TierRule("top", 2_500_001, 0, Perks(no_minimum=True, better_rate=True, no_card_fee=True, no_atm_fee=True)),
            TierRule(
                "middle", 1_000_000, 750, Perks(no_minimum=True, better_rate=False, no_card_fee=True, no_atm_fee=True)
            ),
            TierRule(
                "basic", 0, 2_000, Perks(no_minimum=False, better_rate=False, no_card_fee=False, no_atm_fee=False)
            ),
        ),
    ),
)


def in_force(month: str) -> CompositeRules:
    """The rules of a month; before the first set, the first."""
    begun = [rules for rules in RULE_SETS if f"{rules.effective_from:%Y-%m}" <= month]
    return begun[-1] if begun else RULE_SETS[0]


def counts(product: str) -> bool:
    """Whether a product's balance counted under any rules."""
    return any(product in rules.counted for rules in RULE_SETS)


class Standing(msgspec.Struct, frozen=True):
    """Where an account stands with its balances; ``to_next_minor`` is missing to the next tier, None at the top."""

    counted: tuple[Counted, ...]
    counted_minor: int
    rule: TierRule
    to_next_minor: int | None
    rules_version: int


def standing(balances: Mapping[str, Counted], rules: CompositeRules) -> Standing | None:
    """From a month's balances by holding, of which only what counts is summed; None where there is no account."""
    if not any(one.product in rules.base for one in balances.values()):
        return None
    counted = tuple(one for _, one in sorted(balances.items()) if one.product in rules.counted)
    total = sum(one.balance_minor for one in counted)
    at = next((n for n, rule in enumerate(rules.tiers) if total >= rule.from_minor), len(rules.tiers) - 1)
    to_next = rules.tiers[at - 1].from_minor - total if at else None
    return Standing(counted, total, rules.tiers[at], to_next, rules.version)
