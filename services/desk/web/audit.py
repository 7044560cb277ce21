"""The screen of the audit (rule R5): who took which file, and who saw personal data in clear, when and why."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as text
from werkzeug.wrappers import Response

from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import api, desk
from services.desk.web.labels import label
from services.desk.web.signed_in import for_role, me
from services.desk.web.tables import as_csv, wanted_as_csv

LOOKERS = ("compliance", "auditor")
A_PAGE, MOST = 50, 1_000
screen = Blueprint("audit", __name__, url_prefix="/audit")
Answer = Response | str | tuple[str, int]


@screen.get("/files")
@for_role(*LOOKERS)
def files() -> Answer:
    head = (text("When"), text("Who"), text("Roles"), text("File"), text("Rows"), text("From the page"))
    return _page("audit_files.html", "files-taken", "files", head, _file)


@screen.get("/looks")
@for_role(*LOOKERS)
def looks() -> Answer:
    head = (
        text("When"),
        text("Who"),
        text("Roles"),
        text("Customer"),
        text("What was seen"),
        text("Reason"),
        text("Note"),
    )
    return _page("audit_looks.html", "unmaskings", "unmaskings", head, _look)


def _page(
    template: str, path: str, name: str, head: Sequence[object], row: Callable[[Json], Sequence[object]]
) -> Answer:
    """The newest first; further back by the moment of the last one on the page before."""
    asked: dict[str, Any] = {one: request.args.get(one, "").strip() or None for one in ("staff_id", "before")}
    try:
        told = api().read(me(), f"/api/registry/{path}", **asked, limit=MOST if wanted_as_csv() else A_PAGE)
    except (Refused, Unanswered):
        return render_template(template, rows=None, asked=asked), 503
    found = told[name]
    if wanted_as_csv():
        return as_csv(f"audit-{path}", head, map(row, found), MOST)
    return render_template(
        template,
        rows=found,
        asked=asked,
        more=len(found) == A_PAGE,
        names=desk().names(
            staff=(one["staff_id"] for one in found),
            customers=(one["customer_id"] for one in found if "customer_id" in one),
        ),
    )


def _file(one: Json) -> Sequence[object]:
    return one["at"], one["staff_id"], _roles(one), one["name"], one["rows"], one["page"]


def _look(one: Json) -> Sequence[object]:
    seen = ", ".join(label("personal", field) for field in one["fields"])
    return (
        one["at"],
        one["staff_id"],
        _roles(one),
        one["customer_id"],
        seen,
        label("unmask_reason", one["reason"]),
        one["note"],
    )


def _roles(one: Json) -> str:
    return ", ".join(label("role", role) for role in one["roles"])
