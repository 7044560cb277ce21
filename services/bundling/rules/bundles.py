"""The bundle rules (rule B2), as data: a change is a new set beside the old one, and an offer names its set."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from services.bundling.rules.catalogue import CATALOGUE, E_CHANNELS, PERSONAL_ACCOUNTS, Product, sold
from services.bundling.rules.conditions import (
    Active,
    AgeAtMost,
    Condition,
    Holds,
    KindIs,
    LacksOneOf,
    LinkedToWin,
    NewAccountWithin,
    NotActive,
    NotHolds,
    judge,
)
from services.bundling.rules.facts import Facts
from services.bundling.rules.reason import Reason
from services.bundling.rules.usage import Threshold


class Bundle(msgspec.Struct, frozen=True):
    """All ``conditions`` must hold. Without ``items`` the rule asks for a service visit, and sells nothing."""

    code: str
    name_zh: str
    name_en: str
    conditions: tuple[Condition, ...]
    items: tuple[str, ...]


class RuleSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """``active`` is what counts as in use (动户) for everything that is offered under this set. ``products`` are the
    new versions of the catalogue that come with it (rule B1). ``hold_out_bps`` of the customers whom a bundle reaches
    are not offered it, so that its use can be compared with theirs (rule B8).
    """

    version: int
    effective_from: date
    active: Threshold
    bundles: tuple[Bundle, ...]
    products: tuple[Product, ...] = ()
    hold_out_bps: int = 0


_ACTIVE = Threshold(uses=3, days=60)
_NEW_DAYS = 90  # the domain sets no number: a quarter, in which a new account's services are usually settled
_PERSONAL_CHANNELS = ("online", "telephone", "mobile")
_CORPORATE_CHANNELS = ("corporate_ebank", "online_reconciliation")

RULE_SETS: tuple[RuleSet, ...] = (
    RuleSet(
        version=1,
        effective_from=date(2000, 1, 1),
        active=_ACTIVE,
        bundles=(
            Bundle(
                "new_corporate_account",
                "新开对公账户",
                "New corporate account",
                (
                    KindIs("company"),
                    NewAccountWithin(("settlement",), _NEW_DAYS),
                    LacksOneOf(_CORPORATE_CHANNELS),
                ),
                _CORPORATE_CHANNELS,
            ),
            Bundle(
                "new_personal_account",
                "新开个人账户",
                "New personal account",
                (
                    KindIs("person"),
                    NewAccountWithin(PERSONAL_ACCOUNTS, _NEW_DAYS),
                    LacksOneOf(_PERSONAL_CHANNELS),
                ),
                _PERSONAL_CHANNELS,
            ),
            Bundle(
                "precise_mobile",
                "手机银行精准营销",
                "Precise mobile banking",
                (
                    KindIs("person"),
                    Holds(("online",)),
                    NotHolds("mobile"),
                    Active(("online",), _ACTIVE),
                    AgeAtMost(45),
                ),
                ("mobile",),
            ),
            Bundle(
                "dormant_revive",
                "沉睡户唤醒",
                "Dormant revival",
                (Holds(E_CHANNELS), NotActive(E_CHANNELS, _ACTIVE)),
                (),
            ),
            Bundle(
                "payroll",
                "代发工资联动",
                "Payroll linkage",
                (KindIs("person"), LinkedToWin(), NotHolds("mobile")),
                ("mobile",),
            ),
        ),
    ),
)


def in_force(on: date, sets: Sequence[RuleSet] = RULE_SETS) -> RuleSet:
    """The rules of a day, of the ``sets`` that there are, oldest first; before the first set, the first."""
    begun = [rules for rules in sets if rules.effective_from <= on]
    return begun[-1] if begun else sets[0]


class Book(msgspec.Struct, frozen=True):
    """What holds on one day: the rules, and what is sold."""

    rules: RuleSet
    sold: Mapping[str, Product]


def catalogue_of(sets: Sequence[RuleSet]) -> tuple[Product, ...]:
    """Every version of every product that there is, or is to come."""
    return (*CATALOGUE, *(product for rules in sets for product in rules.products))


def book_of(on: date, sets: Sequence[RuleSet] = RULE_SETS) -> Book:
    return Book(in_force(on, sets), sold(on, catalogue_of(sets)))


class Answer(msgspec.Struct, frozen=True):
    """Why a bundle is for a customer, or why not (rule B3). ``items`` are what is left to offer of it."""

    bundle: str
    rules_version: int
    yes: bool
    items: tuple[str, ...]
    service_visit: bool
    reasons: tuple[Reason, ...]


def answer(bundle: Bundle, rules: RuleSet, facts: Facts, on: date) -> Answer:
    reasons = tuple(judge(condition, facts, on) for condition in bundle.conditions)
    return Answer(
        bundle=bundle.code,
        rules_version=rules.version,
        yes=all(reason.holds for reason in reasons),
        items=tuple(product for product in bundle.items if not facts.held((product,), on)),
        service_visit=not bundle.items,
        reasons=reasons,
    )


def evaluate(rules: RuleSet, facts: Facts, on: date) -> tuple[Answer, ...]:
    """Each rule's yes or no for a customer on a day, with its reasons."""
    return tuple(answer(bundle, rules, facts, on) for bundle in rules.bundles)
