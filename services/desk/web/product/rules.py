"""Versions of the bundle rules (rule B2): each in plain words, and the second person's word on a draft."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.desk.web.at_hand import desk
from services.desk.web.labels import WORDS, label
from services.desk.web.product.conditions import Names, names_of, of_rule, own_name, words
from services.desk.web.product.rule_changes import changes
from services.desk.web.product.rule_file import written
from services.desk.web.product.screen import KEEPERS, Answer, choice, decided, page, read, read_own, sent
from services.desk.web.reading import Names as People
from services.desk.web.tables import as_csv, attachment, noted, wanted_as_csv
from services.desk.web.wish import Done, Trouble
from services.desk.web.words import text

IN_FORCE = "in-force"
STATUSES = WORDS["rules_list"]
Json = Mapping[str, Any]


@page("/rules")
def rules() -> Answer:
    status = choice("status", STATUSES)
    told = read_own("/api/bundling/rules", status=status or None)["rules"]
    names = _people(told)
    if wanted_as_csv():
        return _versions_csv(told)
    return render_template(
        "product/rules.html",
        told=told,
        status=status,
        statuses=STATUSES,
        in_force=read(rules_path(IN_FORCE)),
        names=names,
    )


@page("/rules/<rules_hash>")
def rule_set(rules_hash: str) -> Answer:
    if wanted_as_csv():
        told = _set(rules_hash)
        return _bundles_csv(told, _names(told))
    return rule_page(rules_hash)


@page("/rules/<rules_hash>/file")
def rule_file(rules_hash: str) -> Answer:
    """As ``liandong rules show`` prints it, to begin a draft with."""
    told = _set(rules_hash)
    name = f"rules-{told['version']}.yaml"
    noted(name, None)
    headers = {"Content-Disposition": attachment(name)}
    return Response(written(told), content_type="application/yaml; charset=utf-8", headers=headers)


@sent("/rules/<rules_hash>/publish", KEEPERS)
def publish(rules_hash: str) -> Answer:
    told = decided("publish", f"{rules_path(rules_hash)}/publish")
    return _answered(rules_hash, told, text("The rules are published. They hold from their first day on."))


@sent("/rules/<rules_hash>/reject", KEEPERS)
def reject(rules_hash: str) -> Answer:
    told = decided("reject", f"{rules_path(rules_hash)}/reject", {"reason": "reason"})
    return _answered(rules_hash, told, text("The draft is rejected."))


def _answered(rules_hash: str, told: Done | Trouble, done: str) -> Answer:
    if isinstance(told, Trouble):
        return rule_page(rules_hash, told), told.status
    flash(done, "done")
    return redirect(url_for(".rule_set", rules_hash=rules_hash, after=told.position))


def rule_page(rules_hash: str, trouble: Trouble | None = None) -> str:
    told = _set(rules_hash)
    name = _names(told)
    first = date.fromisoformat(told["effective_from"])
    found = read(rules_path(IN_FORCE), on=(first - timedelta(days=1)).isoformat())
    before = None if found["rules_hash"] == told["rules_hash"] else found
    return render_template(
        "product/rule_set.html",
        told=told,
        of=rules_hash,
        before=before,
        changes=changes(before, told, name) if before else [],
        conditions={one["code"]: _conditions(one, name) for one in told["bundles"]},
        name=name,
        own_name=own_name,
        names=_people([told]),
        trouble=trouble,
    )


def rules_path(rules_hash: str) -> str:
    return f"/api/bundling/rules/{quote(rules_hash, safe='')}"


def _set(rules_hash: str) -> Json:
    """What was decided on one; of the day's set only what it says."""
    asked = {"on": request.args.get("on")} if rules_hash == IN_FORCE else {}
    return {"status": "in_force", "drafted_by": None, "decided_by": None, **read_own(rules_path(rules_hash), **asked)}


def _names(told: Json) -> Names:
    """Of the products that are sold when a set begins, and of those that come with it."""
    return names_of([*read("/api/bundling/catalogue", on=told["effective_from"])["products"], *told["products"]])


def _conditions(bundle: Json, name: Names) -> list[str]:
    return [words(of_rule(one), name) for one in bundle["conditions"]]


def _people(told: list[Any]) -> People:
    return desk().names(staff=[one[field] for one in told for field in ("drafted_by", "decided_by") if one[field]])


def _versions_csv(told: list[Json]) -> Response:
    head = [
        text("Version"),
        text("From"),
        text("Status"),
        text("Bundles"),
        text("Drafted by"),
        text("Drafted on"),
        text("Decided by"),
        text("Decided on"),
        text("Reason"),
        text("Hash"),
    ]
    rows = (
        [
            one["version"],
            one["effective_from"],
            label("rules_status", one["status"]),
            len(one["bundles"]),
            *(one[field] for field in ("drafted_by", "drafted_on", "decided_by", "decided_on", "reason", "rules_hash")),
        ]
        for one in told
    )
    return as_csv("rules", head, rows)


def _bundles_csv(told: Json, name: Names) -> Response:
    head = [text("Code"), text("Bundle"), text("Conditions"), text("Offers")]
    rows = (
        [
            one["code"],
            own_name(one),
            "; ".join(_conditions(one, name)),
            "; ".join(map(name, one["items"])) or text("A service visit"),
        ]
        for one in told["bundles"]
    )
    return as_csv(f"rules-{told['version']}", head, rows)
