"""The routes of HR: seals from the desk's own projection; lines and files from the feed, which is the contract."""

from decimal import Decimal

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from services.desk.projections import HR_DESK
from services.desk.web.api_client import Json
from services.desk.web.at_hand import api, desk
from services.desk.web.hr.seal import BEGINNING, checked, corrections
from services.desk.web.labels import label
from services.desk.web.live import listen
from services.desk.web.signed_in import for_role, me
from services.desk.web.tables import MOST_ROWS, as_csv, passed_on, wanted_as_csv
from services.desk.web.words import text
from shared.runtime.mongo_store import JsonDocument

FEED = "/api/incentives/hr"
LINES_A_PAGE = 100
NEWEST_FIRST = (("seq", -1),)
SEALED = {"seq": {"$ne": None}}
FILES = {"json": "application/json", "csv": "text/csv"}
screen = Blueprint("hr", __name__, url_prefix="/hr")
Answer = Response | str | tuple[str, int]


@screen.get("")
@for_role("hr")
def statements() -> Answer:
    if wanted_as_csv():
        return _as_csv(desk().found(HR_DESK, SEALED, NEWEST_FIRST, MOST_ROWS))
    page = desk().listed(HR_DESK, SEALED, NEWEST_FIRST, max(request.args.get("page", 1, type=int), 1))
    return render_template(
        "statements.html",
        page=page,
        waiting=desk().count(HR_DESK, {**SEALED, "acknowledged": None}),
        names=desk().names(staff=map(_acknowledged_by, page.documents)),
    )


@screen.get("/live")
@for_role("hr")
def live() -> Response:
    return listen([HR_DESK.name])


@screen.get("/statements/<int:seq>")
@for_role("hr")
def statement(seq: int) -> Answer:
    seal = desk().one(HR_DESK, _key(seq)) or abort(404)
    told = api().read_all(me(), statement=(f"{FEED}/statements/{seq}", {}), keys=(f"{FEED}/keys", {}))
    found, keys = told["statement"], told["keys"]
    if found is None:
        return render_template("statement.html", seal=seal, told=None, names=desk().names(staff=_staff(seal))), 503
    first = (max(request.args.get("page", 1, type=int), 1) - 1) * LINES_A_PAGE
    lines = found["lines"][first : first + LINES_A_PAGE]
    published = None if keys is None else {key["kid"]: key["x"] for key in keys["keys"]}
    return render_template(
        "statement.html",
        seal=seal,
        told=found,
        checks=checked(found, seal["hash"], _before(seq), published),
        corrections=corrections(found),
        lines=lines,
        number=first // LINES_A_PAGE + 1,
        more=len(found["lines"]) > first + LINES_A_PAGE,
        names=desk().names(staff=_staff(seal, found), units=(line["unit_id"] for line in lines)),
    )


@screen.get("/statements/<int:seq>/<any(json, csv):kind>")
@for_role("hr")
def file(seq: int, kind: str) -> Answer:
    """The statement as the feed gives it, byte for byte; who took it is noted."""
    return passed_on(f"{FEED}/statements/{seq}", FILES[kind], f"statement-{seq}.{kind}")


def _as_csv(seals: list[JsonDocument]) -> Response:
    head = (
        text("No."),
        text("Period"),
        text("Kind"),
        text("Lines"),
        text("Points"),
        text("Sealed"),
        text("Hash"),
        text("Acknowledged"),
    )
    rows = (
        (
            one["seq"],
            one["period"],
            label("statement", one["kind"]),
            one["lines"],
            Decimal(one["points_milli"]) / 1000,
            one["sealed_at"],
            one["hash"],
            _acknowledged_by(one),
        )
        for one in seals
    )
    return as_csv("statements", head, rows)


def _before(seq: int) -> str | None:
    """The hash of the statement before; None where this desk does not know it."""
    if seq == 1:
        return BEGINNING
    before = desk().one(HR_DESK, _key(seq - 1))
    return str(before["hash"]) if before else None


def _key(seq: int) -> str:
    return f"{seq:08d}"


def _staff(seal: JsonDocument, told: Json | None = None) -> list[str]:
    return [_acknowledged_by(seal), *(told["totals"]["by_staff"] if told else ())]


def _acknowledged_by(seal: JsonDocument) -> str:
    return str((seal["acknowledged"] or {}).get("by", ""))
