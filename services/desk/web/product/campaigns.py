"""Campaigns (rule L12): all of them, each with how far it is."""

from collections.abc import Mapping
from typing import Any

from flask import render_template
from werkzeug.wrappers import Response

from services.desk.web.at_hand import desk
from services.desk.web.labels import WORDS, label
from services.desk.web.product.screen import Answer, choice, page, read_own
from services.desk.web.reading import Names
from services.desk.web.tables import as_csv, wanted_as_csv
from services.desk.web.words import text

API = "/api/leads/campaigns"
STATUSES = WORDS["campaign_list"]
MOST = 500
"""On the page, those that open last first."""
Json = Mapping[str, Any]


@page("/campaigns")
def campaigns() -> Answer:
    status = choice("status", STATUSES)
    told = read_own(API, status=status or None, limit=MOST)["campaigns"]
    if wanted_as_csv():
        return _csv(told)
    return render_template(
        "product/campaigns.html",
        told=told,
        status=status,
        statuses=STATUSES,
        names=people(told),
        group=group,
        running=any(is_running(one) for one in told),
    )


def is_running(campaign: Json) -> bool:
    """Whether its figures move while one looks."""
    return campaign["status"] == "started" and not campaign["progress"]["done"]


def people(told: list[Any]) -> Names:
    """Who drafted, started or ended them, and the units that they are for."""
    staff = [(one[step] or {}).get("by") for one in told for step in ("started", "ended")]
    return desk().names(
        staff=[one for one in (*staff, *(one["drafted_by"] for one in told)) if one],
        units=[one for campaign in told for one in (campaign["unit_id"], campaign["group"]["unit_id"]) if one],
    )


def group(told: Json, names: Names) -> str:
    """Whom a campaign is for, in words."""
    found = [
        label("customers", told["kind"]),
        text("of %(unit)s", unit=names.unit(told["unit_id"])) if told["unit_id"] else text("of the whole bank"),
    ]
    if told["tiers"]:
        found.append(text("tier %(tiers)s", tiers=_listed("card_tier", told["tiers"])))
    if told["holds"]:
        found.append(text("with %(products)s", products=_listed("product", told["holds"])))
    if told["lacks"]:
        found.append(text("without %(products)s", products=_listed("product", told["lacks"])))
    return text(", ").join(found)


def _listed(kind: str, codes: list[str]) -> str:
    return text(" or ").join(label(kind, code) for code in codes)


def _csv(told: list[Json]) -> Response:
    head = [
        text("Campaign"),
        text("Status"),
        text("Group"),
        text("Opens on"),
        text("Until"),
        text("In the group"),
        text("Had their turn"),
        text("Contacted"),
        text("Held out"),
        text("Spared"),
        text("Leads"),
        text("Count"),
    ]
    names = people(told)
    counts = ("expected", "reached", "contacted", "held_out", "spared", "leads")
    rows = (
        [
            one["name"],
            label("campaign_status", one["status"]),
            group(one["group"], names),
            one["opened_on"],
            one["until"],
            *(one["progress"][name] for name in counts),
            one["campaign_id"],
        ]
        for one in told
    )
    return as_csv("campaigns", head, rows)
