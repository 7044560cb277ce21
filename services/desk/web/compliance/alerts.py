"""The alerts (rules C3, C4): which are open, what is behind each, and the officer's word that ends it."""

from collections.abc import Iterable, Mapping
from functools import partial
from urllib.parse import quote

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as text
from werkzeug.wrappers import Response

from services.desk.projections import COMPLIANCE_ALERTS, COMPLIANCE_DESK
from services.desk.web.at_hand import desk
from services.desk.web.compliance.alert_files import alerts_as_csv, behind_as_csv
from services.desk.web.compliance.behind import EVIDENCE, behind
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
from services.desk.web.live import listen
from services.desk.web.reading import Names
from services.desk.web.signed_in import for_role, me
from services.desk.web.tables import MOST_ROWS, wanted_as_csv
from services.desk.web.wish import Trouble, wish, wrong
from shared.runtime.mongo_store import JsonDocument

STATES = ("open", "confirmed", "dismissed", "all")
VERDICTS: Mapping[str, object] = {
    "confirm": text("The alert is confirmed. The credits of these openings are taken back."),
    "dismiss": text("The alert is dismissed. The credits of these openings are released."),
}
"""The two ways to end an alert, and what is said afterwards."""


@screen.get("/alerts")
@for_role(*LOOKERS)
def alerts() -> Answer:
    wait(COMPLIANCE_ALERTS)
    state = asked("state") if asked("state") in STATES else STATES[0]
    query, order = _query(state), OLDEST_FIRST if state == "open" else NEWEST_FIRST
    if wanted_as_csv():
        return alerts_as_csv(desk().found(COMPLIANCE_ALERTS, query, order, MOST_ROWS))
    page = desk().listed(COMPLIANCE_ALERTS, query, order, page_number())
    touched = _touched(*page.documents)
    return render_template(
        "compliance_alerts.html",
        page=page,
        state=state,
        asked={name: asked(name) for name in ("pattern", "q")},
        states=choices(STATES, partial(label, "alert_state")),
        patterns=choices(EVIDENCE, partial(label, "pattern"), str(text("All patterns"))),
        touched={one["_id"]: one for one in touched},
        counts=counts(),
        names=_names(touched, *page.documents),
    )


@screen.get("/alerts/<alert_id>")
@for_role(*LOOKERS)
def alert(alert_id: str) -> Answer:
    wait(COMPLIANCE_ALERTS)
    return _one(alert_id)


@screen.get("/alerts/<alert_id>/live")
@for_role(*LOOKERS)
def live_alert(alert_id: str) -> Response:
    """Its own end, and what is decided about the openings that it touches."""
    known = desk().one(COMPLIANCE_ALERTS, alert_id) or abort(404)
    topics = [f"{COMPLIANCE_DESK.name}/{one}" for one in known["openings"]]
    return listen([f"{COMPLIANCE_ALERTS.name}/{alert_id}", *topics])


@screen.post("/alerts/<alert_id>/judge")
@for_role(*OFFICERS)
def judge(alert_id: str) -> Answer:
    """The button that was pressed is the verdict."""
    verdict, body = request.form.get("verdict", ""), typed("reason")
    if verdict not in VERDICTS:
        abort(400)
    if errors := missing(body):
        return _one(alert_id, wrong("judge", errors, body))
    answered = wish("judge", f"/api/compliance/alerts/{quote(alert_id, safe='')}/{verdict}", body, about=alert_id)
    if isinstance(answered, Trouble):
        return _one(alert_id, answered)
    flash(str(VERDICTS[verdict]), "done")
    return redirect(url_for(".alert", alert_id=alert_id, after=answered.position))


def _one(alert_id: str, trouble: Trouble | None = None) -> Answer:
    """The page of one: how it ended is the desk's own to tell, its evidence is the API's."""
    known = desk().one(COMPLIANCE_ALERTS, alert_id) or abort(404)
    evidence = told(f"alerts/{quote(alert_id, safe='')}", known["position"])
    shown = behind(evidence) if evidence else None
    touched = _touched(known)
    if wanted_as_csv() and asked("table") == "openings":
        return openings_as_csv("alert-openings", touched)
    if wanted_as_csv():
        return behind_as_csv(shown or abort(503))
    page = render_template(
        "compliance_alert.html",
        alert=known,
        told=evidence,
        behind=shown,
        touched=touched,
        names=_names(touched, known, customers=shown.customers if shown else ()),
        decides=decides(),
        sold=any(me().staff_id in sellers_of(one) for one in touched),
        trouble=trouble,
    )
    return answer(page, evidence is not None, trouble)


def _query(state: str) -> Query:
    query: Query = {} if state == "all" else {"state": state}
    if asked("pattern"):
        query["pattern"] = asked("pattern")
    if wanted := asked("q"):
        query["$or"] = [{"_id": wanted}, {"subject_id": wanted}, {"openings": wanted}]
    return query


def _touched(*found: JsonDocument) -> list[JsonDocument]:
    """The openings that alerts touch."""
    ids = sorted({one for alert in found for one in alert["openings"]})
    return desk().found(COMPLIANCE_DESK, {"_id": {"$in": ids}}, OLDEST_FIRST) if ids else []


def _names(touched: list[JsonDocument], *found: JsonDocument, customers: Iterable[str] = ()) -> Names:
    """The names around alerts: of whom they are about, of whoever ended them, and of the openings they touch."""
    about = {
        kind: [one["subject_id"] for one in found if one["subject_kind"] == kind] for kind in ("customer", "seller")
    }
    officers = [one["officer_id"] for one in found]
    return names_of(touched, customers=[*customers, *about["customer"]], staff=[*officers, *about["seller"]])
