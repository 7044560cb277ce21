"""One lead's page: the desk's own document, and beside it what the API tells of its history and its score."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import request

from services.desk.projections import CUSTOMERS
from services.desk.projections.lead import UNFINISHED
from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import api
from services.desk.web.labels import WORDS, products_for
from services.desk.web.leads.bins import in_words
from services.desk.web.leads.story import people_in, story, units_in
from services.desk.web.leads.view import Leads
from services.desk.web.signed_in import me
from shared.runtime.mongo_store import JsonDocument

STAFF = "/api/registry/staff"
MOST_PARTNERS = 200


def shown(read: Leads, lead: JsonDocument) -> dict[str, Any]:
    """All that the page shows. ``told`` is None where the API did not answer; ``seen`` is how much of the history the
    user has read: what came after it is marked, so that two people who work on one lead see each other.
    """
    told = _told(lead["_id"])
    timeline: Sequence[Mapping[str, Any]] = told["timeline"] if told else ()
    partners = _partners(lead)
    card = read.desk.one(CUSTOMERS, lead["customer_id"])
    manager = [card["manager_id"]] if card and card["manager_id"] else []
    units = {*units_in(timeline), *(one["unit_id"] for one in partners)}
    around = read.around([lead], staff=sorted({*people_in(timeline), *manager}), units=sorted(units))
    seen = request.values.get("seen", len(timeline), type=int)
    entries = story(timeline, around.names)
    return {
        "lead": lead,
        "shown": around,
        "card": card,
        "told": told,
        "entries": entries,
        "seen": min(seen, len(timeline)) if told else request.values.get("seen"),
        "fresh": max(len(timeline) - seen, 0) if told else 0,
        "products": products_for(lead["customer_kind"]),
        "unfinished": lead["state"] in UNFINISHED,
        "lost_reasons": WORDS["lost"],
        "stages": WORDS["stage"],
        "contact_kinds": WORDS["contact"],
        "partners": partners,
        "bin_in_words": in_words,
    } | _brought(read, lead, around.brought)


def _brought(read: Leads, lead: JsonDocument, counted: Mapping[str, int]) -> dict[str, Any]:
    """The first opportunities that a win has brought, with names."""
    if not counted.get(lead["_id"]):
        return {"brought": None}
    listed = read.desk.brought_by(lead["_id"])
    return {
        "brought": listed,
        "brought_names": read.desk.names(customers=[one["customer_id"] for one in listed.documents]),
    }


def _partners(lead: JsonDocument) -> list[Json]:
    """Who may be invited to the side that nobody owns yet, those of the customer's outlet first."""
    free = [line for line, side in lead["sides"].items() if side["owner_id"] is None]
    if not free or lead["state"] not in UNFINISHED or lead["owner_id"] != me().staff_id:
        return []
    who = {"line": free[0], "role": free[0]}
    told = api().read_all(
        me(),
        near=(STAFF, {**who, "unit_id": lead["outlet_id"], "limit": MOST_PARTNERS}),
        others=(STAFF, {**who, "limit": MOST_PARTNERS}),
    )
    found = {one["staff_id"]: one for answer in told.values() if answer for one in answer["staff"]}
    return [one for one in found.values() if one["staff_id"] != me().staff_id]


def _own_write() -> str | None:
    """Where it stands, if it is one that leads knows."""
    after = request.args.get("after")
    return after if after and after.startswith("leads/") else None


def _told(lead_id: str) -> Json | None:
    try:
        return api().read(me(), f"/api/leads/{quote(lead_id, safe='')}", after=_own_write())
    except (Refused, Unanswered):
        return None
