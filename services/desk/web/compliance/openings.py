"""The queue of openings that wait for a check (rules C1, C2), each with its evidence, and what an officer decides."""

import re
from datetime import date
from functools import partial
from urllib.parse import quote

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from services.desk.projections import COMPLIANCE_ALERTS, COMPLIANCE_DESK, COMPLIANCE_SAMPLES
from services.desk.web.api_client import Json
from services.desk.web.at_hand import bank_day, desk
from services.desk.web.compliance.cases import names_of, openings_as_csv, sellers_of
from services.desk.web.compliance.screen import (
    LOOKERS,
    NEWEST_FIRST,
    OFFICERS,
    OLDEST_FIRST,
    Answer,
    Query,
    answer,
    asked,
    choices,
    counts,
    decides,
    missing,
    page_number,
    screen,
    told,
    typed,
    wait,
)
from services.desk.web.labels import label
from services.desk.web.labels.compliance import REFUSABLE
from services.desk.web.live import listen
from services.desk.web.signed_in import for_role, me
from services.desk.web.tables import MOST_ROWS, wanted_as_csv
from services.desk.web.wish import Trouble, wish, wrong
from services.desk.web.words import text
from shared.runtime.mongo_store import JsonDocument

STATES = ("waiting", "cleared", "refused", "all")
FILTERS = ("unit_id", "product")
MOST_OTHERS = 10
"""Other openings of the same customer that the page of one names."""


@screen.get("")
@for_role(*LOOKERS)
def openings() -> Answer:
    wait(COMPLIANCE_DESK)
    state = asked("state") if asked("state") in STATES else STATES[0]
    query, order = _query(state), OLDEST_FIRST if state == "waiting" else NEWEST_FIRST
    if wanted_as_csv():
        return openings_as_csv("openings", desk().found(COMPLIANCE_DESK, query, order, MOST_ROWS))
    page = desk().listed(COMPLIANCE_DESK, query, order, page_number())
    units, products = (desk().values(COMPLIANCE_DESK, name) for name in FILTERS)
    names = names_of(page.documents, units=units)
    return render_template(
        "compliance_openings.html",
        page=page,
        state=state,
        asked={name: asked(name) for name in (*FILTERS, "q")},
        states=choices(STATES, partial(label, "opening_state")),
        units=choices(units, names.unit, text("All units")),
        products=choices(products, partial(label, "product"), text("All products")),
        counts=counts(),
        names=names,
        waited=_waited,
    )


@screen.get("/openings/<opening_id>")
@for_role(*LOOKERS)
def opening(opening_id: str) -> Answer:
    wait(COMPLIANCE_DESK)
    return _one(opening_id)


@screen.get("/openings/<opening_id>/live")
@for_role(*LOOKERS)
def live_opening(opening_id: str) -> Response:
    """Its own decision, and alerts, any of which may touch it."""
    return listen([f"{COMPLIANCE_DESK.name}/{opening_id}", COMPLIANCE_ALERTS.name])


@screen.post("/openings/<opening_id>/clear")
@for_role(*OFFICERS)
def clear(opening_id: str) -> Answer:
    return _decide(opening_id, "clear", {}, text("The opening is cleared. The account may be opened now."))


@screen.post("/openings/<opening_id>/refuse")
@for_role(*OFFICERS)
def refuse(opening_id: str) -> Answer:
    body = typed("rule", "reason")
    if errors := missing(body):
        return _one(opening_id, wrong("refuse", errors, body))
    return _decide(opening_id, "refuse", body, text("The opening is refused. The branch sees the rule and the reason."))


def _decide(opening_id: str, name: str, body: Json, done: str) -> Answer:
    answered = wish(name, f"/api/compliance/openings/{quote(opening_id, safe='')}/{name}", body, about=opening_id)
    if isinstance(answered, Trouble):
        return _one(opening_id, answered)
    flash(done, "done")
    return redirect(url_for(".opening", opening_id=opening_id, after=answered.position))


def _one(opening_id: str, trouble: Trouble | None = None) -> Answer:
    """The page of one: who decided what is the desk's own to tell, the evidence is the API's."""
    known = desk().one(COMPLIANCE_DESK, opening_id) or abort(404)
    evidence = told(f"openings/{quote(opening_id, safe='')}", known["position"])
    others = desk().found(
        COMPLIANCE_DESK, {"customer_id": known["customer_id"], "_id": {"$ne": opening_id}}, NEWEST_FIRST, MOST_OTHERS
    )
    operators = [evidence["evidence"][name] for name in ("maker_id", "checker_id", "call_back_by")] if evidence else []
    page = render_template(
        "compliance_opening.html",
        opening=known,
        told=evidence,
        others=others,
        alerts=desk().found(COMPLIANCE_ALERTS, {"openings": opening_id}, NEWEST_FIRST),
        samples=desk().found(COMPLIANCE_SAMPLES, {"openings.opening_id": opening_id}),
        names=names_of([known], staff=[*operators, *sellers_of(known)]),
        sellers=sellers_of(known),
        rules=choices(REFUSABLE, _rule, text("Choose the rule that does not hold")),
        decides=decides(),
        part=_part(known, evidence),
        trouble=trouble,
        following=_following(known),
    )
    return answer(page, evidence is not None, trouble)


def _rule(rule: str) -> str:
    return f"{rule} · {label('check', rule)}"


def _waited(known: JsonDocument) -> int:
    """Days since it was asked for, by the bank's calendar."""
    return max((bank_day() - date.fromisoformat(known["on"])).days, 0)


def _part(known: JsonDocument, evidence: Json | None) -> str:
    """What the user had to do with the sale, if anything: who sold or made it, does not judge it (rule C2)."""
    if me().staff_id in sellers_of(known):
        return "seller"
    return "maker" if evidence and evidence["evidence"]["maker_id"] == me().staff_id else ""


def _following(known: JsonDocument) -> JsonDocument | None:
    """The oldest other one that waits: what to look at next."""
    waiting = desk().found(COMPLIANCE_DESK, {"state": "waiting", "_id": {"$ne": known["_id"]}}, OLDEST_FIRST, 1)
    return next(iter(waiting), None)


def _query(state: str) -> Query:
    query: Query = {} if state == "all" else {"state": state}
    query |= {name: asked(name) for name in FILTERS if asked(name)}
    if wanted := asked("q"):
        begins = {"$regex": f"^{re.escape(wanted)}"}  # an opening's id begins with its lead's
        query["$or"] = [{"_id": begins}, {"customer_id": wanted}, {"seller_id": wanted}]
    return query
