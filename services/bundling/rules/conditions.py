"""The kinds of condition that a bundle rule may use, and how each is judged. A rule is data made of these."""

from datetime import date
from typing import assert_never

import msgspec

from services.bundling.rules.facts import Facts, Held
from services.bundling.rules.reason import Reason
from services.bundling.rules.usage import Threshold, is_active, used


class KindIs(msgspec.Struct, frozen=True, tag="kind_is"):
    kind: str


class AgeAtMost(msgspec.Struct, frozen=True, tag="age_at_most"):
    years: int


class Holds(msgspec.Struct, frozen=True, tag="holds"):
    any_of: tuple[str, ...]


class NotHolds(msgspec.Struct, frozen=True, tag="not_holds"):
    product: str


class LacksOneOf(msgspec.Struct, frozen=True, tag="lacks_one_of"):
    """At least one of the products is not held: there is something left to offer."""

    products: tuple[str, ...]


class Active(msgspec.Struct, frozen=True, tag="active"):
    any_of: tuple[str, ...]
    threshold: Threshold


class NotActive(msgspec.Struct, frozen=True, tag="not_active"):
    """None of the products that the customer holds is active."""

    any_of: tuple[str, ...]
    threshold: Threshold


class NewAccountWithin(msgspec.Struct, frozen=True, tag="new_account_within_days"):
    any_of: tuple[str, ...]
    days: int


class LinkedToWin(msgspec.Struct, frozen=True, tag="linked_to_win"):
    """A company that the person is linked with was won (rule K1)."""


Condition = KindIs | AgeAtMost | Holds | NotHolds | LacksOneOf | Active | NotActive | NewAccountWithin | LinkedToWin


def label(condition: Condition) -> str:
    """How a condition reads, with its figures: ``active(online; 3 uses in 60 days)``."""
    match condition:
        case KindIs(kind):
            what = kind
        case AgeAtMost(years):
            what = f"{years} years"
        case NotHolds(product):
            what = product
        case Holds(products) | LacksOneOf(products):
            what = ", ".join(products)
        case Active(products, bar) | NotActive(products, bar):
            what = f"{', '.join(products)}; {bar.uses} uses in {bar.days} days"
        case NewAccountWithin(products, days):
            what = f"{', '.join(products)}; {days} days"
        case LinkedToWin():
            what = ""
        case _:
            assert_never(condition)
    name = str(condition.__struct_config__.tag)
    return f"{name}({what})" if what else name


def judge(condition: Condition, facts: Facts, on: date) -> Reason:
    """Whether a condition holds on a day, the fact that says so, and the date of that fact."""
    match condition:
        case KindIs(kind):
            holds, fact, as_of = facts.kind == kind, f"the customer is a {facts.kind or 'unknown kind'}", facts.as_of
        case AgeAtMost(years):
            holds, fact, as_of = _age(facts, years, on)
        case Holds(products):
            held = facts.held(products, on)
            holds, (fact, as_of) = bool(held), _holding(held, products, facts)
        case NotHolds(product):
            held = facts.held((product,), on)
            holds, (fact, as_of) = not held, _holding(held, (product,), facts)
        case LacksOneOf(products):
            lacking = [product for product in products if not facts.held((product,), on)]
            fact = f"does not hold {', '.join(lacking)}" if lacking else f"holds {', '.join(products)}"
            holds, as_of = bool(lacking), facts.as_of
        case Active(products, bar):
            holds, fact, as_of = _activity(facts, products, bar, on)
        case NotActive(products, bar):
            active, fact, as_of = _activity(facts, products, bar, on)
            holds = not active
        case NewAccountWithin(products, days):
            holds, fact, as_of = _new_account(facts, products, days, on)
        case LinkedToWin():
            holds, fact, as_of = _link(facts, on)
        case _:
            assert_never(condition)
    return Reason(condition=label(condition), holds=holds, fact=fact, as_of=as_of)


Verdict = tuple[bool, str, date | None]


def _age(facts: Facts, years: int, on: date) -> Verdict:
    if facts.birth_year is None:
        return False, "the birth year is not known", facts.as_of
    age = on.year - facts.birth_year
    return age <= years, f"{age} years old in {on.year}, by the birth year", facts.as_of


def _holding(held: list[Held], products: tuple[str, ...], facts: Facts) -> tuple[str, date | None]:
    if not held:
        return f"does not hold {' or '.join(products)}", facts.as_of
    first = min(held, key=lambda one: (one.opened_on or date.max, one.holding_id))
    return f"holds {first.product} since {first.opened_on} ({first.holding_id})", first.as_of


def _activity(facts: Facts, products: tuple[str, ...], bar: Threshold, on: date) -> Verdict:
    held = facts.held(products, on)
    if not held:
        return False, f"does not hold {' or '.join(products)}", facts.as_of
    best = max(held, key=lambda one: used(one.uses, bar.days, on))
    count = used(best.uses, bar.days, on)
    last = max((day for day, times in best.uses.items() if times and day <= on), default=None)
    fact = f"{best.product} ({best.holding_id}): {count} authenticated uses in the {bar.days} days to {on}"
    return is_active(best.uses, bar, on), fact, last or best.as_of


def _new_account(facts: Facts, products: tuple[str, ...], days: int, on: date) -> Verdict:
    dated = [(held.opened_on, held) for held in facts.held(products, on) if held.opened_on]
    if not dated:
        return False, f"does not hold {' or '.join(products)}", facts.as_of
    opened_on, newest = max(dated, key=lambda one: (one[0], one[1].holding_id))
    fact = f"the newest account, {newest.product} ({newest.holding_id}), was opened on {opened_on}"
    return (on - opened_on).days <= days, fact, newest.as_of


def _link(facts: Facts, on: date) -> Verdict:
    known = [link for link in facts.links if link.on <= on]
    if not known:
        return False, "no company that the customer is linked with was won", None
    newest = max(known, key=lambda link: (link.on, link.opportunity_id))
    return True, f"linked as {newest.relationship} with {newest.from_id}, won on {newest.on}", newest.on
