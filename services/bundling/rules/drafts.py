"""What cannot be meant by a set of bundle rules that has the right shape (rules B1, B2, B8)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import get_args

from services.bundling.rules import flips
from services.bundling.rules.bundles import Bundle, RuleSet, catalogue_of
from services.bundling.rules.catalogue import Line, Product, sold
from services.bundling.rules.conditions import Condition
from services.bundling.rules.facts import Facts
from services.bundling.rules.usage import Threshold
from shared.core.places import Place
from shared.core.proportions import FULL_BPS

Faults = Iterator[tuple[Place, str]]
PRODUCT_FIELDS = ("any_of", "products", "product")
LONGEST_DAYS = 3_660


def faults(rules: RuleSet, published: Sequence[RuleSet]) -> Faults:
    """``published`` are the sets that there are, oldest first."""
    newest = published[-1]
    if rules.version <= newest.version:
        yield ("version",), f"must be over {newest.version}, the newest there is"
    if rules.effective_from <= newest.effective_from:
        yield ("effective_from",), f"must be after {newest.effective_from}, when version {newest.version} began"
    yield from _threshold(rules.active, ("active",))
    if not 0 <= rules.hold_out_bps < FULL_BPS:
        yield ("hold_out_bps",), f"must be 0 to {FULL_BPS - 1}: somebody must be offered what is to be judged"
    yield from _catalogue(rules, catalogue_of(published))
    codes = [one.code for one in rules.bundles]
    known = sold(rules.effective_from, catalogue_of([*published, rules]))
    for number, bundle in enumerate(rules.bundles):
        place: Place = ("bundles", number)
        if bundle.code in codes[:number]:
            yield (*place, "code"), f"{bundle.code} is the code of bundle {codes.index(bundle.code) + 1}, too"
        yield from _products(bundle.items, (*place, "items"), known, rules.effective_from)
        for at, condition in enumerate(bundle.conditions):
            yield from _condition(condition, (*place, "conditions", at), known, rules.effective_from)
        if _contradicts(bundle, rules.effective_from):
            yield (*place, "conditions"), "contradict each other: no customer can meet them all"


def _catalogue(rules: RuleSet, before: Sequence[Product]) -> Faults:
    """New versions of the catalogue: none takes the place of one that was sold already."""
    known = {product.code for product in (*before, *rules.products)}
    for number, product in enumerate(rules.products):
        place: Place = ("products", number)
        older = (one.version for one in (*before, *rules.products[:number]) if one.code == product.code)
        newest = max(older, default=0)
        if product.version != newest + 1:
            yield (*place, "version"), f"must be {newest + 1}: {newest or 'none'} is the newest {product.code} there is"
        if product.effective_from < rules.effective_from:
            yield (*place, "effective_from"), f"must not be before {rules.effective_from}, when these rules begin"
        if product.effective_to is not None and product.effective_to < product.effective_from:
            yield (*place, "effective_to"), f"must not be before {product.effective_from}, when it begins"
        if product.line not in get_args(Line):
            yield (*place, "line"), f"must be one of {', '.join(get_args(Line))}"
        yield from ((place, f"lacks {name}") for name in ("code", "name_zh", "name_en") if not getattr(product, name))
        for at, group in enumerate(product.prerequisites):
            yield from _others(group, (*place, "prerequisites", at), product, known)
        yield from _others(product.exclusions, (*place, "exclusions"), product, known)


def _others(codes: Sequence[str], place: Place, product: Product, known: Collection[str]) -> Faults:
    if not codes and "prerequisites" in place:
        yield place, "asks for one of no products: nobody could have it"
    for code in codes:
        if code == product.code:
            yield place, f"names {code} itself"
        elif code not in known:
            yield place, f"{code} is in no catalogue"


def _condition(condition: Condition, place: Place, known: Collection[str], on: date) -> Faults:
    for name in condition.__struct_fields__:
        value = getattr(condition, name)
        if name in PRODUCT_FIELDS:
            yield from _products((value,) if isinstance(value, str) else value, (*place, name), known, on)
        elif isinstance(value, Threshold):
            yield from _threshold(value, (*place, name))
        elif isinstance(value, int) and not 0 < value <= LONGEST_DAYS:
            yield (*place, name), f"must be 1 to {LONGEST_DAYS}"
        elif name == "kind" and value not in {"company", "person"}:
            yield (*place, name), "must be company or person"


def _threshold(threshold: Threshold, place: Place) -> Faults:
    if threshold.uses < 1 or not 0 < threshold.days <= LONGEST_DAYS:
        yield place, f"must ask for at least 1 use in 1 to {LONGEST_DAYS} days"


def _products(codes: Sequence[str], place: Place, known: Collection[str], on: date) -> Faults:
    yield from ((place, f"{code} is not in the catalogue of {on}") for code in codes if code not in known)


def _contradicts(bundle: Bundle, on: date) -> bool:
    """Whatever a customer begins with, no change of facts makes the rule say yes."""
    return all(
        flips.smallest(bundle.conditions, Facts("anybody", kind, on.year - 30, on), on) is None
        for kind in ("company", "person")
    )
