"""The test bench (rule B3): one customer, and which products and bundles are offered, which not, why, and what would
flip it; by the rules of a day, or by a version that nobody has published yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import render_template, request
from werkzeug.wrappers import Response

from services.desk.web.api_client import Refused
from services.desk.web.labels import label
from services.desk.web.product.conditions import Names, change, names_of, of_label, own_name, words
from services.desk.web.product.rules import IN_FORCE, rules_path
from services.desk.web.product.screen import Answer, asked_day, page, read
from services.desk.web.tables import as_csv, wanted_as_csv
from services.desk.web.wish import wrong
from services.desk.web.words import text

NOT_FOUND = 404
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Tried:
    """``before`` are the answers of the day's rules by bundle, where another version is tried; ``gone`` are bundles
    that it no longer has.
    """

    told: Json
    products: Sequence[Mapping[str, Any]]
    name: Names
    before: Mapping[str, Json] | None
    gone: Sequence[Json]


@page("/bench")
def bench() -> Answer:
    asked, trouble = asked_day()
    customer, rules_hash, choices = request.args.get("customer", "").strip(), request.args.get("rules", ""), _choices()
    if rules_hash not in choices:
        trouble = wrong("ask", {"rules": text("There are no such rules any more.")}, request.args)
    tried = None
    if customer and trouble is None:
        try:
            tried = _tried(customer, asked, rules_hash)
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
            says = text("Nothing is known of a customer %(customer)s. Check the number.", customer=customer)
            trouble = wrong("ask", {"customer": says}, request.args)
    if tried and wanted_as_csv():
        return _csv(tried)
    shown = render_template(
        "product/bench.html",
        customer=customer,
        asked=asked,
        rules_hash=rules_hash,
        choices=choices,
        tried=tried,
        trouble=trouble,
        own_name=own_name,
        condition=lambda told: words(of_label(told), tried.name if tried else str),
        change=lambda told: change(told, tried.name if tried else str),
    )
    return (shown, trouble.status) if trouble else shown


def _choices() -> dict[str, str]:
    """The rules of the day, then the sets that are drafted or published, the newest first."""
    found = read("/api/bundling/rules")["rules"]
    named = {
        one["rules_hash"]: text(
            "Version %(version)s from %(day)s (%(status)s)",
            version=one["version"],
            day=one["effective_from"],
            status=label("rules_status", one["status"]),
        )
        for one in found
        if one["status"] != "rejected"
    }
    return {"": text("The rules in force on that day"), **named}


def _tried(customer: str, asked: str | None, rules_hash: str) -> Tried:
    path = f"/api/bundling/customers/{quote(customer, safe='')}/answers"
    told = read(path, on=asked, rules=rules_hash or None)
    rules = read(rules_path(rules_hash)) if rules_hash else read(rules_path(IN_FORCE), on=told["on"])
    sold = read("/api/bundling/catalogue", on=told["on"])["products"]
    before = {one["bundle"]: one for one in read(path, on=told["on"])["answers"]} if rules_hash else None
    known = {one["bundle"] for one in told["answers"]}
    return Tried(
        told=told,
        products=_products(told, rules, [*sold, *rules["products"]]),
        name=names_of([*sold, *rules["products"]]),
        before=before,
        gone=[one for code, one in (before or {}).items() if code not in known],
    )


def _products(told: Json, rules: Json, sold: Sequence[Json]) -> list[dict[str, Any]]:
    """Of each product that is sold: ``held``, ``offered`` by these bundles, or ``refused`` by those that have it."""
    items = {bundle["code"]: bundle["items"] for bundle in rules["bundles"]}
    found = []
    for code in dict.fromkeys(str(one["code"]) for one in sold):
        having = [one for one in told["answers"] if code in items.get(one["bundle"], ())]
        held = any(code not in one["items"] for one in having)
        offered = [one for one in having if one["yes"] and code in one["items"]]
        state = "held" if held else "offered" if offered else "refused" if having else "no_rule"
        found.append({"code": code, "state": state, "by": offered or having})
    return sorted(found, key=lambda one: STATES.index(one["state"]))


STATES = ("offered", "refused", "held", "no_rule")


def _csv(tried: Tried) -> Response:
    head = [
        text("Customer"),
        text("Bundle"),
        text("Rules version"),
        text("Offered"),
        text("Condition"),
        text("Holds"),
        text("Fact"),
        text("As of"),
    ]
    told = tried.told
    rows = (
        [
            told["customer_id"],
            answer["bundle"],
            answer["rules_version"],
            _yes(answer["yes"]),
            words(of_label(reason["condition"]), tried.name),
            _yes(reason["holds"]),
            reason["fact"],
            reason["as_of"],
        ]
        for answer in told["answers"]
        for reason in answer["reasons"]
    )
    return as_csv(f"answers-{told['customer_id']}-{told['on']}", head, rows)


def _yes(told: object) -> str:
    return text("Yes") if told else text("No")
