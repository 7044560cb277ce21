"""Disputes over a line of the ledger (rule I10): those that are due, what the line rests on, and the decision."""

from collections.abc import Iterable
from decimal import Decimal

from flask import abort, flash, redirect, render_template, request, url_for

from services.desk.web import tables
from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import desk
from services.desk.web.labels import WORDS, label
from services.desk.web.plans.case import decided, unread
from services.desk.web.plans.form import no_number, number_of
from services.desk.web.plans.studio import HEAD_OFFICE, Answer, newest, own_write, part, past, read, screen
from services.desk.web.reading import Names
from services.desk.web.signed_in import for_role, me
from services.desk.web.wish import Trouble, wish
from services.desk.web.words import text

DECIDERS = ("approver", "hr")
VIEWS = WORDS["dispute_view"]
MOST = 500
POINTS = 1_000


@screen.get("/disputes")
@for_role(*HEAD_OFFICE)
def disputes() -> Answer:
    """Those that are due first stand first."""
    view = request.args.get("view", "")
    chosen = view if view in VIEWS else "open"
    try:
        shown = read("disputes", status=chosen, limit=MOST, after=own_write() or newest("dispute"))["disputes"]
    except (Refused, Unanswered):
        return render_template("plan_disputes.html", unanswered=True), 503
    if tables.wanted_as_csv():
        return _csv(shown)
    return render_template(
        "plan_disputes.html", view=chosen, views=VIEWS, shown=shown, full=len(shown) == MOST, names=_names(shown)
    )


@screen.get("/disputes/<dispute_id>")
@for_role(*HEAD_OFFICE)
def dispute(dispute_id: str) -> Answer:
    return _page(dispute_id, own_write())


@screen.post("/disputes/<dispute_id>/decide")
@for_role(*DECIDERS)
def decide(dispute_id: str) -> Answer:
    typed = {name: request.form.get(name, "").strip() for name in ("outcome", "points_milli", "reason", "on")}
    points = number_of(typed["points_milli"], POINTS)
    body = {"outcome": typed["outcome"], "points_milli": points or 0, "reason": typed["reason"]}
    body |= {"on": typed["on"]} if typed["on"] else {}
    told = wish("decide", f"/api/incentives/disputes/{part(dispute_id)}/decide", body, typed=typed)
    if isinstance(told, Trouble):
        wrong = {"points_milli": no_number(POINTS)} if isinstance(points, str) else {}
        return _page(dispute_id, trouble=decided(told, wrong))
    flash(text("The dispute is decided."), "done")
    return redirect(url_for(".dispute", dispute_id=dispute_id, after=told.position))


def _page(dispute_id: str, after: str | None = None, trouble: Trouble | None = None) -> Answer:
    history = past(f"dispute-{dispute_id}")
    try:
        one = read(f"disputes/{part(dispute_id)}", after=after or history["newest"])
        tree = _explained(one["line_id"])
    except Refused:
        abort(404)
    except Unanswered:
        return unread("plan_dispute.html", trouble)
    shown = render_template(
        "plan_dispute.html",
        one=one,
        tree=tree,
        history=history,
        trouble=trouble,
        decider=not set(DECIDERS).isdisjoint(me().roles),
        mine=me().staff_id in {one["raised_by"], one["staff_id"]},
        outcomes=WORDS["outcome"],
        names=_names([one], (step["by"] for step in history["steps"])),
    )
    return (shown, trouble.status) if trouble else shown


def _explained(line_id: str) -> Json | None:
    """Why the line says what it says; None where it cannot be told."""
    try:
        return read(f"lines/{part(line_id)}/explain")
    except Refused:
        return None


def _names(shown: Iterable[Json], others: Iterable[str] = ()) -> Names:
    told = [one[name] for one in shown for name in ("staff_id", "raised_by", "decided_by")]
    return desk().names(staff=[*(one for one in told if one), *others], units=(one["unit_id"] for one in shown))


def _csv(shown: Iterable[Json]) -> Answer:
    head = (
        text("Line"),
        text("Staff number"),
        text("Unit number"),
        text("Of period"),
        text("The line says"),
        text("Reason"),
        text("Raised by"),
        text("Raised on"),
        text("Due"),
        text("Status"),
        text("Points changed"),
        text("Decided by"),
        text("Because"),
    )
    rows = (
        (
            one["line_id"],
            one["staff_id"],
            one["unit_id"],
            one["of_period"],
            Decimal(one["said_milli"]).scaleb(-3),
            one["reason"],
            one["raised_by"],
            one["on"],
            one["due_on"],
            label("dispute", one["status"]),
            None if one["points_milli"] is None else Decimal(one["points_milli"]).scaleb(-3),
            one["decided_by"],
            one["because"],
        )
        for one in shown
    )
    return tables.as_csv("disputes", head, rows)
