"""The conditions of bundle rules in the words of the bank: from a rule's data, or from the label that an answer has."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale

from services.desk.web.labels import label
from services.desk.web.words import text

LABEL = re.compile(r"(\w+)(?:\((.*)\))?")
PRODUCTS = ("any_of", "products", "product")
Names = Callable[[str], str]
"""The name of a product, by its code."""


@dataclass(frozen=True)
class Condition:
    """``of`` are products, or a kind of customer; ``figures`` as the label has them: uses before days."""

    kind: str
    of: tuple[str, ...] = ()
    figures: tuple[int, ...] = ()


def of_rule(told: Mapping[str, Any]) -> Condition:
    """``{"type": "active", "any_of": ["online"], "threshold": {"uses": 3, "days": 60}}``."""
    named = next((told[name] for name in PRODUCTS if name in told), [told["kind"]] if "kind" in told else [])
    bar = told.get("threshold") or {}
    figures = [*(bar.get(name) for name in ("uses", "days")), told.get("days"), told.get("years")]
    of = (named,) if isinstance(named, str) else tuple(named)
    return Condition(str(told.get("type", "")), of, tuple(int(one) for one in figures if one is not None))


def of_label(told: str) -> Condition:
    """``active(online; 3 uses in 60 days)``."""
    found = LABEL.fullmatch(told)
    if found is None:
        return Condition(told)
    kind, what = found[1], found[2] or ""
    if kind == "age_at_most":
        return Condition(kind, (), _figures(what))
    named, _, figures = what.partition("; ")
    return Condition(kind, tuple(named.split(", ")) if named else (), _figures(figures))


def _figures(told: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", told)))


def words(condition: Condition, name: Names) -> str:
    """A kind that is not known here stands for itself."""
    try:
        return _WORDS[condition.kind](condition, name)
    except (KeyError, IndexError):
        return condition.kind


def any_of(codes: Iterable[str], name: Names) -> str:
    return text(" or ").join(map(name, codes))


def _kind_is(c: Condition, _name: Names) -> str:
    return text("is a customer of the kind: %(kind)s", kind=label("customer", c.of[0]))


def _age_at_most(c: Condition, _name: Names) -> str:
    return text("is at most %(years)s years old", years=c.figures[0])


def _holds(c: Condition, name: Names) -> str:
    return text("holds %(products)s", products=any_of(c.of, name))


def _not_holds(c: Condition, name: Names) -> str:
    return text("does not hold %(products)s", products=any_of(c.of, name))


def _lacks_one_of(c: Condition, name: Names) -> str:
    return text("still lacks %(products)s", products=any_of(c.of, name))


def _active(c: Condition, name: Names) -> str:
    uses, days = c.figures
    return text(
        "used %(products)s at least %(uses)s times in the last %(days)s days",
        products=any_of(c.of, name),
        uses=uses,
        days=days,
    )


def _not_active(c: Condition, name: Names) -> str:
    uses, days = c.figures
    return text(
        "used none of %(products)s as often as %(uses)s times in the last %(days)s days",
        products=text(", ").join(map(name, c.of)),
        uses=uses,
        days=days,
    )


def _new_account(c: Condition, name: Names) -> str:
    return text(
        "opened the newest of %(products)s within the last %(days)s days",
        products=text(", ").join(map(name, c.of)),
        days=c.figures[0],
    )


def _linked_to_win(_c: Condition, _name: Names) -> str:
    return text("is linked with a company that was won")


_WORDS: Mapping[str, Callable[[Condition, Names], str]] = {
    "kind_is": _kind_is,
    "age_at_most": _age_at_most,
    "holds": _holds,
    "not_holds": _not_holds,
    "lacks_one_of": _lacks_one_of,
    "active": _active,
    "not_active": _not_active,
    "new_account_within_days": _new_account,
    "linked_to_win": _linked_to_win,
}


def change(told: Mapping[str, Any], name: Names) -> str:
    """What would have to be different, as an answer's ``flip`` names it."""
    product = name(str(told.get("product") or ""))
    said = {
        "open": text("the customer opens %(product)s", product=product),
        "close": text("the customer no longer holds %(product)s", product=product),
        "use": text("%(product)s is used %(amount)s more times", product=product, amount=told.get("amount")),
        "rest": text("%(product)s falls out of use", product=product),
        "kind": text("the customer is of the kind: %(kind)s", kind=label("customer", str(told.get("kind")))),
        "age": text("the customer is at most %(amount)s years old", amount=told.get("amount")),
        "link": text("a company that the customer is linked with is won"),
    }
    return said.get(str(told["what"]), str(told["text"]))


def names_of(products: Sequence[Mapping[str, Any]]) -> Names:
    """By the catalogue's own names; by the desk's for what is not in it."""
    known = {str(one["code"]): own_name(one) for one in products}
    return lambda code: known.get(code) or label("product", code)


def own_name(told: Mapping[str, Any]) -> str:
    """Of a product or a bundle, in the user's language."""
    return str(told["name_zh" if str(get_locale()).startswith("zh") else "name_en"])
