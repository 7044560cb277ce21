"""What bundle rules say of a customer (rule B3), in the user's language: their conditions, and what would flip a no."""

import re
from collections.abc import Mapping
from typing import Any

from services.desk.web.labels import label
from services.desk.web.words import text

FORM = re.compile(r"(\w+)(?:\((.*)\))?\Z")
"""As bundling writes a condition: ``active(online, mobile; 3 uses in 60 days)``."""


def condition(told: str) -> str | None:  # noqa: PLR0911 -- one match
    """None for a condition that has no words here yet: its code is all that can be shown."""
    form = FORM.match(told)
    name, what = (form[1], form[2] or "") if form else ("", "")
    codes, _, bar = what.partition("; ")
    numbers = [int(one) for one in re.findall(r"\d+", bar or codes)]
    products = _products(codes)
    match name, numbers:
        case "kind_is", []:
            return text("Kind of customer: %(kind)s", kind=label("customer", codes))
        case "age_at_most", [years]:
            return text("At most %(years)s years old", years=years)
        case "holds", []:
            return text("Holds at least one of: %(products)s", products=products)
        case "not_holds", []:
            return text("Does not hold: %(products)s", products=products)
        case "lacks_one_of", []:
            return text("Lacks at least one of: %(products)s", products=products)
        case "active", [uses, days]:
            said = text("Used at least %(uses)s times in %(days)s days: %(products)s")
            return said % {"uses": uses, "days": days, "products": products}
        case "not_active", [uses, days]:
            said = text("None used %(uses)s times in %(days)s days: %(products)s")
            return said % {"uses": uses, "days": days, "products": products}
        case "new_account_within_days", [days]:
            return text("Opened in the last %(days)s days: %(products)s", days=days, products=products)
        case "linked_to_win", []:
            return text("A company that the customer is linked with was won")
        case _:
            return None


def change(one: Mapping[str, Any]) -> str:  # noqa: PLR0911 -- one match
    """A change of ``flip``; the API's own words for one that is not known here."""
    product = label("product", one["product"]) if one["product"] else ""
    match one["what"]:
        case "open":
            return text("The customer opens: %(products)s", products=product)
        case "close":
            return text("The customer no longer holds: %(products)s", products=product)
        case "use":
            return text("Used %(uses)s more times: %(products)s", uses=one["amount"], products=product)
        case "rest":
            return text("Falls out of use: %(products)s", products=product)
        case "kind":
            return text("Kind of customer: %(kind)s", kind=label("customer", one["kind"]))
        case "age":
            return text("The customer is known to be %(years)s or younger", years=one["amount"])
        case "link":
            return text("A company that the customer is linked with is won")
        case _:
            return str(one["text"])


def _products(codes: str) -> str:
    return text(", ").join(label("product", code) for code in codes.split(", "))
