"""For a rule that says no: the fewest changes of facts that would make it say yes (rule B3).

A change is what would have to be different, not advice: some of them nobody can bring about, and say so.
"""

from datetime import date
from typing import Literal, assert_never

import msgspec
from msgspec.structs import replace

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
from services.bundling.rules.facts import Facts, Held, Link
from services.bundling.rules.usage import Threshold, is_active, used


class Change(msgspec.Struct, frozen=True):
    """``what`` is ``open``, ``close``, ``use`` (``amount`` more times) or ``rest`` (no longer active) a ``product``;
    be of another ``kind``; be at most ``amount`` years old (``age``); or be linked with a won company (``link``).
    """

    what: Literal["open", "close", "use", "rest", "kind", "age", "link"]
    product: str | None = None
    amount: int | None = None
    kind: str | None = None

    @property
    def can_be_done(self) -> bool:
        return self.what not in {"kind", "age"}

    @property
    def text(self) -> str:  # noqa: PLR0911 -- one match
        match self.what:
            case "open":
                return f"the customer opens {self.product}"
            case "close":
                return f"the customer no longer holds {self.product}"
            case "use":
                return f"{self.amount} more authenticated uses of {self.product}"
            case "rest":
                return f"{self.product} falls out of use"
            case "kind":
                return f"the customer is a {self.kind}"
            case "age":
                return f"the customer is known to be {self.amount} or younger"
            case "link":
                return "a company that the customer is linked with is won"
            case _:
                assert_never(self.what)


def apply(change: Change, facts: Facts, on: date) -> Facts:  # noqa: PLR0911 -- one match
    """The facts as they would be after a change on a day."""
    match change.what:
        case "open":
            opened = Held(holding_id="new", product=change.product or "", opened_on=on, as_of=on)
            return replace(facts, holdings=(*facts.holdings, opened))
        case "close":
            return _each(facts, change, on, closed_on=on)
        case "rest":
            return _each(facts, change, on, uses={})
        case "use":
            return _use(facts, change, on)
        case "kind":
            return replace(facts, kind=change.kind)
        case "age":
            return replace(facts, birth_year=on.year - (change.amount or 0))
        case "link":
            return replace(facts, links=(*facts.links, Link("new", "a company", "employee", on)))
        case _:
            assert_never(change.what)


def _each(facts: Facts, change: Change, on: date, **changed: object) -> Facts:
    touched = facts.held((change.product or "",), on)
    return replace(facts, holdings=tuple(replace(h, **changed) if h in touched else h for h in facts.holdings))


def _use(facts: Facts, change: Change, on: date) -> Facts:
    """Every holding of the product gets the new uses; the one that is used the most gets there by them."""
    touched = facts.held((change.product or "",), on)
    more = [
        replace(held, uses={**held.uses, on: held.uses.get(on, 0) + (change.amount or 0)}) if held in touched else held
        for held in facts.holdings
    ]
    return replace(facts, holdings=tuple(more))


def repairs(  # noqa: PLR0911 -- one match
    condition: Condition, facts: Facts, on: date
) -> list[Change]:
    """The single changes that bring a condition that fails nearer to holding; the smaller ones first."""
    match condition:
        case KindIs(kind):
            return [Change("kind", kind=kind)]
        case AgeAtMost(years):
            return [Change("age", amount=years)]
        case Holds(products) | NewAccountWithin(products, _):
            return [Change("open", product) for product in products]
        case NotHolds(product):
            return [Change("close", product)]
        case LacksOneOf(products):
            return [Change("close", product) for product in products]
        case Active(products, bar):
            steps = [_towards_use(facts, product, bar, on) for product in products]
            return sorted(steps, key=lambda step: step.amount or bar.uses)
        case NotActive(products, bar):
            awake = {held.product for held in facts.held(products, on) if is_active(held.uses, bar, on)}
            return [step for product in sorted(awake) for step in (Change("rest", product), Change("close", product))]
        case LinkedToWin():
            return [Change("link")]
        case _:
            assert_never(condition)


def _towards_use(facts: Facts, product: str, bar: Threshold, on: date) -> Change:
    held = facts.held((product,), on)
    if not held:
        return Change("open", product)
    return Change("use", product, bar.uses - max(used(one.uses, bar.days, on) for one in held))


def smallest(conditions: tuple[Condition, ...], facts: Facts, on: date) -> tuple[Change, ...] | None:
    """The fewest changes after which all conditions hold: () where they do, None where they contradict each other.

    Whatever makes the first failing condition hold must contain one of its repairs, so widening by those alone, one
    change at a time, finds the smallest set.
    """
    sets: list[tuple[Change, ...]] = [()]
    seen: set[frozenset[Change]] = set()
    while sets:
        wider: list[tuple[Change, ...]] = []
        for changes in sets:
            changed = facts
            for change in changes:
                changed = apply(change, changed, on)
            failing = next((one for one in conditions if not judge(one, changed, on).holds), None)
            if failing is None:
                return changes
            for repair in repairs(failing, changed, on):
                grown = frozenset((*changes, repair))
                if repair not in changes and grown not in seen:
                    seen.add(grown)
                    wider.append((*changes, repair))
        sets = wider
    return None
