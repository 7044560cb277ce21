"""Awards and penalties (rule I13): those that wait for a second person, and what was decided."""

from collections.abc import Iterable

from flask import abort, flash, redirect, render_template, request, url_for

from services.desk.web import tables
from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import desk
from services.desk.web.labels import WORDS, label
from services.desk.web.plans.case import decided, signed, unread
from services.desk.web.plans.studio import APPROVERS, HEAD_OFFICE, Answer, newest, own_write, part, past, read, screen
from services.desk.web.reading import Names
from services.desk.web.signed_in import for_role, me
from services.desk.web.wish import Trouble, wish
from services.desk.web.words import text

VIEWS = WORDS["award_view"]
MOST = 500


@screen.get("/awards")
@for_role(*HEAD_OFFICE)
def awards() -> Answer:
    view = request.args.get("view", "")
    chosen = view if view in VIEWS else "proposed"
    try:
        shown = read("awards", status=chosen, limit=MOST, after=own_write() or newest("award"))["awards"]
    except (Refused, Unanswered):
        return render_template("plan_awards.html", unanswered=True), 503
    if tables.wanted_as_csv():
        return _csv(shown)
    return render_template(
        "plan_awards.html", view=chosen, views=VIEWS, shown=shown, full=len(shown) == MOST, names=_names(shown)
    )


@screen.get("/awards/<award_id>")
@for_role(*HEAD_OFFICE)
def award(award_id: str) -> Answer:
    return _page(award_id, own_write())


@screen.post("/awards/<award_id>/approve")
@for_role(*APPROVERS)
def approve_award(award_id: str) -> Answer:
    """It counts in the month of the day that is named, else of today."""
    body = {name: told for name in ("on",) if (told := request.form.get(name, "").strip())}
    return _send(award_id, "approve", body, text("Approved: the points stand in the ledger."))


@screen.post("/awards/<award_id>/reject")
@for_role(*APPROVERS)
def reject_award(award_id: str) -> Answer:
    body = {"reason": request.form.get("reason", "").strip()}
    return _send(award_id, "reject", body, text("Rejected: nothing was paid or taken."))


def _send(award_id: str, name: str, body: Json, done: str) -> Answer:
    typed = {field: request.form.get(field, "") for field in ("on", "reason")}
    told = wish(name, f"/api/incentives/awards/{part(award_id)}/{name}", body, typed=typed)
    if isinstance(told, Trouble):
        return _page(award_id, trouble=decided(told))
    flash(done, "done")
    return redirect(url_for(".award", award_id=award_id, after=told.position))


def _page(award_id: str, after: str | None = None, trouble: Trouble | None = None) -> Answer:
    history = past(f"award-{award_id}")
    try:
        one = read(f"awards/{part(award_id)}", after=after or history["newest"])
    except Refused:
        abort(404)
    except Unanswered:
        return unread("plan_award.html", trouble)
    involved = {one["proposed_by"], one["staff_id"]}
    shown = render_template(
        "plan_award.html",
        one=one,
        history=history,
        trouble=trouble,
        mine=me().staff_id in involved,
        names=_names([one], (step["by"] for step in history["steps"])),
    )
    return (shown, trouble.status) if trouble else shown


def _names(shown: Iterable[Json], others: Iterable[str] = ()) -> Names:
    told = [one[name] for one in shown for name in ("staff_id", "proposed_by", "decided_by")]
    return desk().names(staff=[*(one for one in told if one), *others], units=(one["unit_id"] for one in shown))


def _csv(shown: Iterable[Json]) -> Answer:
    head = (
        text("Award"),
        text("Kind"),
        text("Staff number"),
        text("Unit number"),
        text("Points"),
        text("Reason"),
        text("Evidence"),
        text("Proposed by"),
        text("Date"),
        text("Status"),
        text("Decided by"),
        text("Decided on"),
    )
    rows = (
        (
            one["award_id"],
            label("entry", one["entry"]),
            one["staff_id"],
            one["unit_id"],
            signed(one),
            one["reason"],
            "; ".join(one["evidence"]),
            one["proposed_by"],
            one["on"],
            label("award_status", one["status"]),
            one["decided_by"],
            one["decided_on"],
        )
        for one in shown
    )
    return tables.as_csv("awards", head, rows)
