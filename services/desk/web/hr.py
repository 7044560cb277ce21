"""The screen of HR: sealed statements, and the lines of each as the public HR feed gives them."""

from flask import Blueprint, abort, current_app, render_template, request
from werkzeug.wrappers import Response

from services.desk.projections import HR_DESK
from services.desk.web.api_client import ApiClient, Json, Refused, Unanswered
from services.desk.web.reading import Desk
from services.desk.web.signed_in import for_role, me
from shared.runtime.mongo_store import JsonDocument

LINES_A_PAGE = 100
NEWEST_FIRST = (("seq", -1),)
SEALED = {"seq": {"$ne": None}}
screen = Blueprint("hr", __name__, url_prefix="/hr")
Answer = Response | str | tuple[str, int]


@screen.get("")
@for_role("hr")
def statements() -> str:
    page = _desk().listed(HR_DESK, SEALED, NEWEST_FIRST, max(request.args.get("page", 1, type=int), 1))
    return render_template(
        "statements.html", page=page, names=_desk().names(staff=map(_acknowledged_by, page.documents))
    )


@screen.get("/statements/<int:seq>")
@for_role("hr")
def statement(seq: int) -> Answer:
    """The seal from our own projection; lines and totals from the feed, which is the contract."""
    seal = _desk().one(HR_DESK, f"{seq:08d}") or abort(404)
    try:
        api: ApiClient = current_app.extensions["api"]
        told = api.read(me(), f"/api/incentives/hr/statements/{seq}")
    except (Refused, Unanswered):
        return render_template("statement.html", seal=seal, told=None, names=_desk().names(staff=_staff(seal))), 503
    first = (max(request.args.get("page", 1, type=int), 1) - 1) * LINES_A_PAGE
    lines = told["lines"][first : first + LINES_A_PAGE]
    return render_template(
        "statement.html",
        seal=seal,
        told=told,
        same=told["hash"] == seal["hash"],
        lines=lines,
        number=first // LINES_A_PAGE + 1,
        more=len(told["lines"]) > first + LINES_A_PAGE,
        names=_desk().names(staff=_staff(seal, told), units=(line["unit_id"] for line in lines)),
    )


def _staff(seal: JsonDocument, told: Json | None = None) -> list[str]:
    return [_acknowledged_by(seal), *(told["totals"]["by_staff"] if told else ())]


def _acknowledged_by(seal: JsonDocument) -> str:
    return str((seal["acknowledged"] or {}).get("by", ""))


def _desk() -> Desk:
    desk: Desk = current_app.extensions["desk"]
    return desk
