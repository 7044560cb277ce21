"""Scorecards of leads (rule L5): the one in force, those proposed beside it, and the second person's word."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.desk.web.at_hand import desk
from services.desk.web.labels import WORDS, label
from services.desk.web.product.cards import Card, card_of
from services.desk.web.product.rule_draft import typed_or_uploaded
from services.desk.web.product.rule_file import Fault, Unreadable
from services.desk.web.product.screen import STEERERS, Answer, choice, decided, page, read, read_own, sent
from services.desk.web.reading import Names
from services.desk.web.tables import as_csv, wanted_as_csv
from services.desk.web.wish import Done, Trouble, wish, wrong
from services.desk.web.words import text

API = "/api/leads/scorecards"
PARTS = ("format", "sha256", "card")
STATUSES = WORDS["card_list"]
Json = Mapping[str, Any]


@page("/scorecards")
def scorecards() -> Answer:
    status = choice("status", STATUSES)
    told = read_own(API, status=status or None)
    card = card_of(told["in_force"]["content"])
    if wanted_as_csv():
        return _points_csv(card) if request.args.get("of") == "in-force" else _csv(told["scorecards"])
    return render_template(
        "product/scorecards.html",
        told=told["scorecards"],
        status=status,
        statuses=STATUSES,
        in_force=told["in_force"],
        card=card,
        names=_people(told["scorecards"]),
        auc=auc,
    )


@page("/scorecards/new", STEERERS)
def new_scorecard() -> Answer:
    return render_template("product/scorecard_new.html", content="")


@sent("/scorecards/new", STEERERS)
def propose() -> Answer:
    content = ""
    try:
        content = typed_or_uploaded()
        file = _file(content)
    except Unreadable as error:
        return _refused(wrong("propose", {}, {}), content, [error.fault])
    told = wish("propose", API, {name: file[name] for name in PARTS if name in file}, typed={})
    if isinstance(told, Trouble):
        return _refused(told, content)
    flash(text("The card is proposed. Somebody else must put it in force."), "done")
    return redirect(url_for(".scorecard", card_hash=told.id, after=told.position))


@page("/scorecards/<card_hash>")
def scorecard(card_hash: str) -> Answer:
    if wanted_as_csv():
        told, in_force = _both(card_hash)
        return _points_csv(card_of((in_force if request.args.get("of") == "rival" else told)["content"]))
    return _page(card_hash)


@sent("/scorecards/<card_hash>/approve", STEERERS)
def approve(card_hash: str) -> Answer:
    told = decided("approve", f"{API}/{quote(card_hash, safe='')}/approve")
    return _answered(card_hash, told, text("The card is in force. Open leads are scored anew with it."))


@sent("/scorecards/<card_hash>/refuse", STEERERS)
def refuse(card_hash: str) -> Answer:
    told = decided("refuse", f"{API}/{quote(card_hash, safe='')}/reject", {"reason": "reason"})
    return _answered(card_hash, told, text("The card is rejected."))


def _answered(card_hash: str, told: Done | Trouble, done: str) -> Answer:
    if isinstance(told, Trouble):
        return _page(card_hash, told), told.status
    flash(done, "done")
    return redirect(url_for(".scorecard", card_hash=card_hash, after=told.position))


def _page(card_hash: str, trouble: Trouble | None = None) -> str:
    told, in_force = _both(card_hash)
    return render_template(
        "product/scorecard.html",
        told=told,
        card=card_of(told["content"]),
        rival=None if in_force["card_hash"] == told["card_hash"] else card_of(in_force["content"]),
        names=_people([told]),
        trouble=trouble,
        auc=auc,
    )


def _both(card_hash: str) -> tuple[Json, Json]:
    """A card, and the one in force."""
    return read_own(f"{API}/{quote(card_hash, safe='')}"), read(API, limit=1)["in_force"]


def _file(content: str) -> dict[str, Any]:
    """A card's file. Raises ``Unreadable``."""
    try:
        told = json.loads(content)
    except json.JSONDecodeError as error:
        rows = content.splitlines()
        row = rows[error.lineno - 1].strip() if error.lineno <= len(rows) else ""
        raise Unreadable(Fault(error.lineno, "", text("This is not JSON."), row, english=False)) from None
    except RecursionError:
        raise Unreadable(Fault(None, "", text("This is not JSON."), english=False)) from None
    if not isinstance(told, dict):
        raise Unreadable(Fault(1, "", text("Give a file that `liandong scorecard learn` wrote."), english=False))
    return told


def _refused(trouble: Trouble, content: str, faults: list[Fault] | None = None) -> tuple[str, int]:
    shown = render_template("product/scorecard_new.html", content=content, trouble=trouble, faults=faults or [])
    return shown, trouble.status


def _people(told: list[Any]) -> Names:
    return desk().names(staff=[one for card in told for one in (card["by"], (card["decided"] or {}).get("by")) if one])


def _csv(told: list[Json]) -> Response:
    head = [
        text("No."),
        text("Card"),
        text("Status"),
        text("AUC"),
        text("AUC of the card in force then"),
        text("Leads"),
        text("Won"),
        text("Proposed by"),
        text("Proposed on"),
        text("Decided by"),
        text("Decided on"),
        text("Reason"),
        text("Hash"),
    ]
    rows = (
        [
            one["number"],
            one["card"],
            label("card_status", one["status"]),
            auc(one["trial"]["auc_bps"]),
            auc(one["trial"]["rival_auc_bps"]),
            one["trial"]["leads"],
            one["trial"]["won"],
            one["by"],
            one["on"],
            *((one["decided"] or {}).get(name) for name in ("by", "on", "reason")),
            one["card_hash"],
        ]
        for one in told
    )
    return as_csv("scorecards", head, rows)


def _points_csv(card: Card) -> Response:
    """All points that a card gives, part by part."""
    head = (text("Attribute"), text("Value"), text("Points given"))
    return as_csv(card.name, head, ((term.name, bin_, points) for term in card.terms for bin_, points in term.bins))


def auc(bps: int) -> str:
    return f"{bps / 10_000:.4f}"
