"""What every page of the studio starts from: the blueprint, who may come, and what is read around a page."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, request
from werkzeug.wrappers import Response

from services.desk.projections import PLAN_DESK
from services.desk.web.api_client import Json
from services.desk.web.at_hand import api, desk
from services.desk.web.live import listen
from services.desk.web.signed_in import PLAN_READERS, for_role, me, who
from services.desk.web.words import text
from shared.core.errors import NotYetVisible
from shared.runtime.mongo_store import JsonDocument

DESIGNERS = ("designer",)
APPROVERS = ("approver",)
HEAD_OFFICE = ("designer", "approver", "hr", "auditor")
"""Who reads of everybody's awards and disputes."""
NOTHING: Mapping[str, Any] = {"steps": (), "newest": None, "at": None}
Answer = Response | str | tuple[str, int]
screen = Blueprint("plans", "services.desk.web", url_prefix="/plans")


@screen.get("/live")
@for_role(*PLAN_READERS)
def live() -> Response:
    """Tells an open page of each step of a plan, an award or a dispute."""
    return listen([PLAN_DESK.name])


@screen.context_processor
def around() -> dict[str, Any]:
    """What pages say to whom. Nothing is read before a page asks for it: one that tells of an error asks nothing."""
    identity = who()
    roles = set(identity.roles) if identity else set()
    return {
        "designer": "designer" in roles,
        "approver": "approver" in roles,
        "head_office": not roles.isdisjoint(HEAD_OFFICE),
        "waiting": lambda kind: desk().count(PLAN_DESK, {"about": kind, "open": True}),
        "nothing_yet": NOTHING,
    }


def read(path: str, **query: Any) -> Json:
    """Raises ``Refused`` or ``Unanswered``."""
    return api().read(me(), f"/api/incentives/{path}", **query)


def part(text_of_path: str) -> str:
    """As one part of a path, whatever it holds."""
    return quote(text_of_path, safe="")


def own_write() -> str | None:
    """Return once the desk has seen the reader's own write, and where that stands."""
    after = request.args.get("after")
    try:
        desk().wait(PLAN_DESK, after)
    except NotYetVisible:
        flash(text("What you did is kept, but this page does not show it yet. Reload it in a moment."), "notice")
    return after


def newest(kind: str) -> str | None:
    """Where the newest step of a kind stands that the desk has seen: what the API shows must have seen it, too."""
    found = desk().listed(PLAN_DESK, {"about": kind}, (("at", -1),)).documents
    return str(found[0]["newest"]) if found else None


def past(stream: str) -> Mapping[str, Any]:
    """Each step of a plan, an award or a dispute; none where nothing is known of it yet."""
    return desk().one(PLAN_DESK, stream) or NOTHING


def pasts(streams: Iterable[str]) -> dict[str, JsonDocument]:
    return desk().steps(streams)
