"""What the parts of compliance's screen share: the blueprint, whom it is for, and what its pages are told."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, request
from flask_babel import format_datetime
from werkzeug.wrappers import Response

from services.desk.projections import COMPLIANCE_ALERTS, COMPLIANCE_DESK, COMPLIANCE_SAMPLES
from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import api, desk
from services.desk.web.live import listen
from services.desk.web.signed_in import for_role, me
from services.desk.web.wish import Trouble
from services.desk.web.words import text
from shared.core.errors import NotYetVisible
from shared.core.projection import Projection

OFFICERS = ("compliance",)
LOOKERS = (*OFFICERS, "auditor")
REMEDIERS = ("branch",)
"""Who answers for what was found at their units."""
INSPECTION = (*LOOKERS, *REMEDIERS)
MOST_ASKED = 128
"""Letters of what is searched for; no id is longer."""
OLDEST_FIRST = (("on", 1), ("_id", 1))
NEWEST_FIRST = (("on", -1), ("_id", -1))
Answer = Response | str | tuple[str, int]
Query = dict[str, Any]
screen = Blueprint("compliance", __name__, url_prefix="/compliance")


@screen.get("/live")
@for_role(*INSPECTION)
def live() -> Response:
    """Any opening, alert or sample; what a page shows of it is read anew as its user may see it."""
    return listen([COMPLIANCE_DESK.name, COMPLIANCE_ALERTS.name, COMPLIANCE_SAMPLES.name])


@screen.app_template_filter()
def clock(iso: str) -> str:
    """A moment where there is little room, by the bank's clock: ``09-21 17:10``."""
    return str(format_datetime(datetime.fromisoformat(iso), "MM-dd HH:mm"))


def wait(projection: Projection) -> None:
    """For one's own write; where it takes long, the page says so."""
    try:
        desk().wait(projection, request.args.get("after"))
    except NotYetVisible:
        flash(text("What you did is kept, but this page does not show it yet. Reload it in a moment."), "notice")


def told(path: str, position: str | None = None) -> Json | None:
    """What the public API tells, once it has seen what the desk has; None where it does not answer."""
    try:
        return api().read(me(), f"/api/compliance/{path}", after=position)
    except Refused:
        abort(404)
    except Unanswered:
        return None


def decides() -> bool:
    """Whether the user is an officer; who sold, made or reports to the seller is refused by compliance itself."""
    return not set(OFFICERS).isdisjoint(me().roles)


def page_number() -> int:
    return max(request.args.get("page", 1, type=int), 1)


def asked(name: str) -> str:
    """A word of the address, such as a filter; empty where there is none."""
    return request.args.get(name, "").strip()[:MOST_ASKED]


def choices(codes: Iterable[str], name: Callable[[str], str], everything: str | None = None) -> dict[str, str]:
    """What a field offers: the codes with their names, and before them ``everything``, for no choice."""
    return ({} if everything is None else {"": everything}) | {code: name(code) for code in codes}


def typed(*names: str) -> dict[str, str]:
    """What the form holds of these fields."""
    return {name: request.form.get(name, "").strip() for name in names}


def missing(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that nothing was typed into, in the words of the API's schemas."""
    return {name: "Missing data for required field." for name, value in fields.items() if not value}


def counts() -> dict[str, int]:
    """What waits in each part of the screen."""
    return {
        "openings": desk().count(COMPLIANCE_DESK, {"state": "waiting"}),
        "alerts": desk().count(COMPLIANCE_ALERTS, {"state": "open"}),
        "samples": desk().count(COMPLIANCE_SAMPLES, {"unsettled": {"$gt": 0}}),
    }


def answer(page: str, complete: bool, trouble: Trouble | None) -> Answer:
    """A page with the status that it deserves: ``complete`` says that the API told all of it."""
    if trouble is not None:
        return page, trouble.status
    return page if complete else (page, 503)
