"""Parked events: what a subscription could not handle, with what waits behind it; tried again, or left out by two."""

from urllib.parse import quote

from flask import flash, redirect, render_template, request, url_for

from services.desk.web.api_client import Json
from services.desk.web.at_hand import desk
from services.desk.web.operations.screen import DECIDERS, WATCHERS, Answer, screen, silent, told
from services.desk.web.signed_in import for_role, me
from services.desk.web.tables import as_csv, wanted_as_csv
from services.desk.web.view import new_key
from services.desk.web.wish import Done, Trouble, wish
from services.desk.web.words import text

PARKED = "/api/operations/parked"
MOST = 1_000
HANDLED_MEANWHILE = "not_parked"
"""The API's code."""


@screen.get("/parked")
@for_role(*WATCHERS)
def parked() -> Answer:
    return _page()


@screen.post("/parked/redrive")
@for_role(*DECIDERS)
def redrive_all() -> Answer:
    """What one cause parked is parked by many: each place on its own, until one is refused or not answered."""
    found = told(PARKED, limit=MOST)
    if found is None:
        return silent()
    for one in found["parked"]:
        answered = (
            None
            if one["released"]
            else wish("redrive", _path(one["subscription"], one["stream"], "redrive"), {}, key=new_key())
        )
        if isinstance(answered, Trouble) and answered.code != HANDLED_MEANWHILE:
            return _page(answered)
    flash(text("They are tried again. What still cannot be handled comes back here within a moment."), "done")
    return redirect(url_for(".parked"))


@screen.post("/parked/<subscription>/<stream>/redrive")
@for_role(*DECIDERS)
def redrive(subscription: str, stream: str) -> Answer:
    done = text("They are tried again. What still cannot be handled comes back here within a moment.")
    return _send("redrive", subscription, stream, {}, done)


@screen.post("/parked/<subscription>/<stream>/discard")
@for_role(*DECIDERS)
def discard(subscription: str, stream: str) -> Answer:
    body = {"event_id": request.form.get("event_id", ""), "reason": request.form.get("reason", "").strip()}
    return _send("discard", subscription, stream, body, text("Proposed. Somebody else of operations must confirm it."))


@screen.post("/parked/<subscription>/<stream>/confirm")
@for_role(*DECIDERS)
def confirm(subscription: str, stream: str) -> Answer:
    done = text("The event is left out. What waits behind it goes on within a moment.")
    body = {name: request.form.get(name, "") for name in ("event_id", "proposed_at")}
    return _send("discard/confirm", subscription, stream, body, done)


def _send(name: str, subscription: str, stream: str, body: Json, done: str) -> Answer:
    answered = wish(name, _path(subscription, stream, name), body, about=f"{subscription}/{stream}")
    if isinstance(answered, Done):
        flash(done, "done")
        return redirect(url_for(".parked"))
    return _page(answered)


def _path(subscription: str, stream: str, name: str) -> str:
    return f"{PARKED}/{quote(subscription, safe='')}/{quote(stream, safe='')}/{name}"


def _page(trouble: Trouble | None = None) -> Answer:
    discarded = trouble is None and request.args.get("show") == "discarded"
    found = told(PARKED, discarded=discarded or None, limit=MOST)
    if found is None:
        return silent()
    rows = found["parked"]
    if wanted_as_csv():
        return _as_csv(rows)
    page = render_template(
        "operations/parked.html",
        rows=rows,
        discarded=discarded,
        most=MOST,
        names=desk().names(staff=_deciders(rows)),
        trouble=trouble,
        mine=me().staff_id,
    )
    return (page, trouble.status) if trouble else page


def _deciders(rows: list[Json]) -> list[str]:
    return [
        one["discard"][name]
        for one in rows
        if one["discard"]
        for name in ("proposed_by", "confirmed_by")
        if name in one["discard"]
    ]


def _as_csv(rows: list[Json]) -> Answer:
    head = (
        text("Subscription"),
        text("Reads the log"),
        text("Stream"),
        text("Event"),
        text("Kind"),
        text("Position"),
        text("Parked at"),
        text("Tries"),
        text("Error"),
        text("Waiting behind it"),
    )
    names = (
        "subscription",
        "source",
        "stream",
        "event_id",
        "type",
        "position",
        "parked_at",
        "attempts",
        "error",
        "waiting",
    )
    return as_csv("parked-events", head, ([one[name] for name in names] for one in rows))
