"""The screen of one's own score (rules I4, I5, I7): what a month comes to, line by line, and why each line is there; a
branch manager's people besides. As a paper, too.
"""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.desk.web import score_paper
from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import api, desk
from services.desk.web.labels import label
from services.desk.web.signed_in import SCORED, for_role, me
from services.desk.web.tables import as_csv, attachment, noted, wanted_as_csv
from services.desk.web.wish import Trouble, wish, wrong
from services.desk.web.words import text
from shared.runtime.wiring import now

MOST_LINES = 1_000
screen = Blueprint("score", __name__, url_prefix="/score")
Answer = Response | str | tuple[str, int]


@screen.get("")
@for_role(*SCORED)
def mine() -> Answer:
    """The month asked for, else the newest that is over; of oneself, or of whom one leads."""
    try:
        shown = _month()
        return _as_csv(shown) if wanted_as_csv() else render_template("score.html", **shown)
    except Unanswered:
        return render_template("score.html", unanswered=True), 503


@screen.get("/lines/<line_id>")
@for_role(*SCORED)
def line(line_id: str) -> Answer:
    """Why a line is there, down to the events; and, where the person doubts it, their dispute (rule I10)."""
    return _line(line_id)


@screen.post("/lines/<line_id>/dispute")
@for_role(*SCORED)
def dispute(line_id: str) -> Answer:
    reason, proofs = request.form.get("reason", "").strip(), request.form.get("evidence", "").splitlines()
    evidence = [proof.strip() for proof in proofs if proof.strip()]
    if not reason:
        return _line(line_id, wrong("dispute", {"reason": text("Say what is wrong with the line.")}, request.form))
    body = {"line_id": line_id, "reason": reason, "evidence": evidence}
    told = wish("dispute", "/api/incentives/disputes", body, typed=request.form)
    if isinstance(told, Trouble):
        return _line(line_id, told)
    flash(text("Your dispute is raised. Whoever decides it is nobody who earns by it."), "done")
    return redirect(url_for(".line", line_id=line_id, after=told.position))


def _line(line_id: str, trouble: Trouble | None = None) -> Answer:
    named = quote(line_id, safe="")
    try:
        tree = _read(f"lines/{named}/explain")
        disputed = _disputed(named)
    except Refused:
        abort(404)
    except Unanswered:
        page = render_template("score_line.html", tree=None, disputed=None, line_id=line_id, trouble=trouble)
        return page, 503
    page = render_template("score_line.html", tree=tree, disputed=disputed, line_id=line_id, trouble=trouble)
    return (page, trouble.status) if trouble else page


def _disputed(named: str) -> Json | None:
    """What became of a dispute about the line; None where nobody raised one."""
    try:
        return _read(f"disputes/{named}", after=request.args.get("after"))
    except Refused:
        return None


@screen.get("/why")
@for_role(*SCORED)
def total() -> Answer:
    """Why a month comes to what it does: each of its lines, down to the events."""
    month, of = _asked_month() or abort(404), request.args.get("of") or me().staff_id
    try:
        tree = _read(f"scores/{month}/{quote(of, safe='')}/explain")
    except Refused:
        abort(404)
    except Unanswered:
        return render_template("score_line.html", tree=None), 503
    return render_template("score_total.html", tree=tree, names=desk().names(staff=[of]))


@screen.get("/paper")
@for_role(*SCORED)
def paper() -> Answer:
    """The same as a PDF."""
    try:
        shown = _month()
    except Unanswered:
        return render_template("score.html", unanswered=True), 503
    name = f"score-{shown['of']}-{shown['month']}.pdf"
    noted(name, len(shown["lines"]))
    headers = {"Content-Disposition": attachment(name)}
    return Response(score_paper.pdf(**shown), mimetype="application/pdf", headers=headers)


def _month() -> dict[str, Any]:
    """All that the page shows. What a reader may not see, the API does not tell."""
    periods = [one["period"] for one in _read("periods")["periods"]]
    month = _asked_month() or (periods[0] if periods else f"{now():%Y-%m}")
    found = _read(f"scores/{month}")
    people = {one["staff_id"]: one for one in found["scores"]}
    of = request.args.get("of") or (me().staff_id if me().staff_id in people else next(iter(people), me().staff_id))
    if of != me().staff_id and of not in people:
        abort(404)
    told = _read("lines", period=month, staff_id=of, limit=MOST_LINES)["lines"]
    lines = sorted((one for one in reversed(told) if one["staff_id"] == of), key=lambda one: str(one["on"]))
    counted = _counted(month, of) if found["seq"] else None
    for one in lines:
        one["later"] = counted is not None and one["points_milli"] != 0 and one["line_id"] not in counted
    return {
        "month": month,
        "months": sorted({*periods, month}, reverse=True),
        "of": of,
        "people": sorted(people.values(), key=lambda one: (-one["points_milli"], one["staff_id"])),
        "score": people.get(of),
        "found": found,
        "lines": lines,
        "cut": len(told) == MOST_LINES,
        "names": desk().names(staff={of, *people}, units=(one["unit_id"] for one in people.values())),
    }


def _as_csv(shown: dict[str, Any]) -> Response:
    """The lines of the month, in points."""
    head = (text("Date"), text("Indicator"), text("Entry"), text("Points"), text("Reason"), text("Line"))
    rows = (
        (
            one["on"],
            label("indicator", one["indicator"]),
            label("entry", one["entry"]),
            Decimal(one["points_milli"]) / 1000,
            one["reason"],
            one["line_id"],
        )
        for one in shown["lines"]
    )
    return as_csv(f"score-{shown['of']}-{shown['month']}", head, rows)


def _counted(month: str, of: str) -> set[str]:
    """The lines that a closed month's statement has; what came later is in later ones."""
    try:
        return {tree["line_id"] for tree in _read(f"scores/{month}/{quote(of, safe='')}/explain")["because"]}
    except Refused:
        return set()


def _asked_month() -> str | None:
    """A month such as ``2026-10``; 404 for what is none."""
    asked = request.args.get("month")
    if asked is None:
        return None
    try:
        date.fromisoformat(f"{asked}-01")
    except ValueError:
        abort(404)
    return asked


def _read(path: str, **query: str | int | None) -> Json:
    return api().read(me(), f"/api/incentives/{path}", **query)
