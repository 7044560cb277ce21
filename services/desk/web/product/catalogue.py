"""The catalogue (rules B1, B2): the products and bundles of a day, and the version of the rules that they are of."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from services.desk.web.labels import label
from services.desk.web.product.conditions import Names, any_of, names_of, of_label, own_name, words
from services.desk.web.product.screen import Answer, asked_day, page, read
from services.desk.web.tables import as_csv, wanted_as_csv
from services.desk.web.words import text

Json = Mapping[str, Any]


@page("")
def catalogue() -> Answer:
    asked, trouble = asked_day()
    told = read("/api/bundling/catalogue", on=asked)
    name = names_of(told["products"])
    if wanted_as_csv():
        return _bundles_csv(told, name) if request.args.get("part") == "bundles" else _products_csv(told, name)
    shown = render_template(
        "product/catalogue.html",
        told=told,
        asked=asked,
        trouble=trouble,
        name=name,
        own_name=own_name,
        offered_by={one["code"]: _offering(told, one["code"]) for one in told["products"]},
        conditions={one["code"]: _conditions(one, name) for one in told["bundles"]},
        any_of=any_of,
    )
    return (shown, 422) if trouble else shown


def _offering(told: Json, product: str) -> list[Json]:
    return [bundle for bundle in told["bundles"] if product in bundle["items"]]


def _conditions(bundle: Json, name: Names) -> list[str]:
    return [words(of_label(one), name) for one in bundle["conditions"]]


def _products_csv(told: Json, name: Names) -> Response:
    head = [
        text("Code"),
        text("Product"),
        text("Version"),
        text("Business line"),
        text("Kind"),
        text("Electronic channel"),
        text("Needs"),
        text("Not beside"),
        text("Sold from"),
        text("Sold until"),
        text("Offered by"),
    ]
    rows = (
        [
            one["code"],
            own_name(one),
            one["version"],
            label("product_line", one["line"]),
            label("product_kind", one["kind"]),
            text("Yes") if one["electronic"] else text("No"),
            "; ".join(any_of(group, name) for group in one["prerequisites"]),
            "; ".join(map(name, one["exclusions"])),
            one["effective_from"],
            one["effective_to"],
            "; ".join(map(own_name, _offering(told, one["code"]))),
        ]
        for one in told["products"]
    )
    return as_csv(f"catalogue-{told['on']}", head, rows)


def _bundles_csv(told: Json, name: Names) -> Response:
    head = [text("Code"), text("Bundle"), text("Rules version"), text("Conditions"), text("Offers")]
    rows = (
        [
            one["code"],
            own_name(one),
            told["rules_version"],
            "; ".join(_conditions(one, name)),
            "; ".join(map(name, one["items"])) or text("A service visit"),
        ]
        for one in told["bundles"]
    )
    return as_csv(f"bundles-{told['on']}", head, rows)
