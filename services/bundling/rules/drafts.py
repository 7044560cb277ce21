"""What cannot be meant by a set of bundle rules that has the right shape (rules B1, B2)."""

from collections.abc import Iterator, Sequence
from datetime import date

from services.bundling.rules import catalogue, flips
from services.bundling.rules.bundles import Bundle, RuleSet
from services.bundling.rules.conditions import Condition
from services.bundling.rules.facts import Facts
from services.bundling.rules.usage import Threshold

Place = tuple[str | int, ...]
Faults = Iterator[tuple[Place, str]]
PRODUCT_FIELDS = ("any_of", "products", "product")
LONGEST_DAYS = 3_660


def place_text(place: Place) -> str:
    """``bundles[2].conditions[0].years``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def faults(rules: RuleSet, published: Sequence[RuleSet]) -> Faults:
    """``published`` are the sets that there are, oldest first."""
    newest = published[-1]
    if rules.version <= newest.version:
        yield ("version",), f"must be over {newest.version}, the newest there is"
    if rules.effective_from <= newest.effective_from:
        yield ("effective_from",), f"must be after {newest.effective_from}, when version {newest.version} began"
    yield from _threshold(rules.active, ("active",))
    codes = [one.code for one in rules.bundles]
    for number, bundle in enumerate(rules.bundles):
        place: Place = ("bundles", number)
        if bundle.code in codes[:number]:
            yield (*place, "code"), f"{bundle.code} is the code of bundle {codes.index(bundle.code) + 1}, too"
        yield from _products(bundle.items, (*place, "items"), rules.effective_from)
        for at, condition in enumerate(bundle.conditions):
            yield from _condition(condition, (*place, "conditions", at), rules.effective_from)
        if _contradicts(bundle, rules.effective_from):
            yield (*place, "conditions"), "contradict each other: no customer can meet them all"


def _condition(condition: Condition, place: Place, on: date) -> Faults:
    for name in condition.__struct_fields__:
        value = getattr(condition, name)
        if name in PRODUCT_FIELDS:
            yield from _products((value,) if isinstance(value, str) else value, (*place, name), on)
        elif isinstance(value, Threshold):
            yield from _threshold(value, (*place, name))
        elif isinstance(value, int) and not 0 < value <= LONGEST_DAYS:
            yield (*place, name), f"must be 1 to {LONGEST_DAYS}"
        elif name == "kind" and value not in {"company", "person"}:
            yield (*place, name), "must be company or person"


def _threshold(threshold: Threshold, place: Place) -> Faults:
    if threshold.uses < 1 or not 0 < threshold.days <= LONGEST_DAYS:
        yield place, f"must ask for at least 1 use in 1 to {LONGEST_DAYS} days"


def _products(codes: Sequence[str], place: Place, on: date) -> Faults:
    for code in codes:
        if catalogue.find(code, on) is None:
            yield place, f"{code} is not in the catalogue of {on}"


def _contradicts(bundle: Bundle, on: date) -> bool:
    """Whatever a customer begins with, no change of facts makes the rule say yes."""
    return all(
        flips.smallest(bundle.conditions, Facts("anybody", kind, on.year - 30, on), on) is None
        for kind in ("company", "person")
    )
