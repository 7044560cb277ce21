"""The routes of the board. Each part of it is read by itself, all at once, and says so where it cannot be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from services.desk.projections import CORPORATE_DESK
from services.desk.web.api_client import Json
from services.desk.web.at_hand import api, bank_day, desk
from services.desk.web.branch import tables
from services.desk.web.branch.funnel import MOST_LEADS, STATES, counted, leads_of, step_of
from services.desk.web.branch.place import Place, place_of
from services.desk.web.live import listen
from services.desk.web.signed_in import for_role, me
from services.desk.web.tables import MOST_ROWS, as_csv, wanted_as_csv

screen = Blueprint("branch", __name__, url_prefix="/branch")
LEVELS = ("staff", "outlet", "branch")
MOST_LATE = 500
SHOWN = {"overdue": 20, "scores": 50, "ranking": 20}
"""Rows of each part on the page; the file has all."""
Answer = Response | str


@dataclass(frozen=True)
class Asked:
    """What the board is asked for: where, in which month, as of which day, and who is ranked."""

    place: Place
    month: str
    on: str
    level: str

    def arguments(self, **others: str) -> dict[str, str]:
        """As they stand in an address."""
        return {"unit": self.place.unit_id, "month": self.month, "on": self.on, "level": self.level, **others}


@screen.get("")
@for_role("branch")
def board() -> Answer:
    asked = _asked()
    told = _read(asked)
    if wanted_as_csv():
        part = request.args.get("part", "")
        if part not in told:
            abort(404)
        rows = tables.of(part, told, _names(asked.place, told)) or abort(503)
        return as_csv(f"{part}-{asked.place.unit_id}", *rows)
    return render_template(
        "branch.html",
        asked=asked,
        funnel=counted(desk(), asked.place.unit_ids),
        step_of=step_of,
        told=told,
        shown=SHOWN,
        names=_names(asked.place, told),
        levels=LEVELS,
    )


@screen.get("/funnel")
@for_role("branch")
def funnel() -> str:
    """The part of the board that is read again whenever a lead moves."""
    asked = _asked()
    return render_template(
        "branch_funnel.html", asked=asked, funnel=counted(desk(), asked.place.unit_ids), step_of=step_of
    )


@screen.get("/leads")
@for_role("branch")
def leads() -> Answer:
    """What a step of the funnel is made of."""
    asked, state = _asked(), request.args.get("state", "")
    if state not in STATES:
        abort(404)
    number = max(request.args.get("page", 1, type=int), 1)
    page = leads_of(desk(), asked.place.unit_ids, state, number, MOST_ROWS if wanted_as_csv() else MOST_LEADS)
    names = desk().names(
        customers=[lead["customer_id"] for lead in page.documents],
        staff=[side["owner_id"] for lead in page.documents for side in lead["sides"].values() if side["owner_id"]],
        units=[asked.place.unit_id, *(lead["outlet_id"] for lead in page.documents)],
    )
    if wanted_as_csv():
        return as_csv(f"leads-{state}-{asked.place.unit_id}", *tables.of_leads(page.documents, names))
    return render_template("branch_leads.html", asked=asked, state=state, page=page, names=names)


@screen.get("/live")
@for_role("branch")
def live() -> Response:
    return listen([CORPORATE_DESK.name])


def _asked() -> Asked:
    place = place_of(desk(), me().unit_id, request.args.get("unit")) or abort(404)
    on = _day(request.args.get("on")) or bank_day()
    month = request.args.get("month", "")
    level = request.args.get("level", "staff")
    return Asked(
        place,
        month if _day(f"{month}-01") else f"{on:%Y-%m}",
        on.isoformat(),
        level if level in LEVELS else "staff",
    )


def _read(asked: Asked) -> Mapping[str, Json | None]:
    """Each part of the board by name; None for one that was not answered."""
    unit_id, day = asked.place.unit_id, {"on": asked.on}
    told = api().read_all(
        me(),
        scores=(f"/api/incentives/scores/{asked.month}", {"as_of": asked.on}),
        ranking=(f"/api/incentives/rankings/{asked.month}", {"as_of": asked.on, "level": asked.level}),
        staffing=(f"/api/registry/units/{unit_id}/staffing", day),
        overdue=("/api/leads/overdue", {"limit": MOST_LATE}),
        ledger=(f"/api/bundling/units/{unit_id}/ledger", day),
    )
    units = set(asked.place.unit_ids)
    for name, rows in (("scores", "scores"), ("ranking", "ranking")):
        told[name] = _within(told[name], rows, lambda one: one["unit_id"] in units)
    told["overdue"] = _within(told["overdue"], "leads", lambda one: not units.isdisjoint(_units_of(one)))
    return told


def _within(told: Json | None, rows: str, holds: Callable[[Json], bool]) -> Json | None:
    """What concerns the units of the board; places and figures stay as they were told."""
    return told and {**told, rows: [one for one in told[rows] if holds(one)]}


def _units_of(lead: Json) -> set[str]:
    return {lead["outlet_id"], *(side["unit_id"] for side in lead["sides"].values() if side["unit_id"])}


def _names(place: Place, told: Mapping[str, Json | None]) -> Any:
    scores, ranking, overdue = ((told[name] or {}) for name in ("scores", "ranking", "overdue"))
    people = [*scores.get("scores", ()), *ranking.get("ranking", ())]
    late = overdue.get("leads", ())
    return desk().names(
        customers=[one["customer_id"] for one in late],
        staff=[one["staff_id"] for one in people if one["staff_id"]]
        + [one["first_contact"]["owner_id"] for one in late if one["first_contact"]["owner_id"]],
        units=[*place.choices, *(one["unit_id"] for one in people)],
    )


def _day(told: str | None) -> date | None:
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        return None
