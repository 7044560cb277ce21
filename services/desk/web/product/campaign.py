"""One campaign (rule L12): how far it is, what became of its leads, what it brought beside those held out; and what may
be done with it.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from services.desk.web.labels import label
from services.desk.web.product.campaigns import API, group, is_running, people
from services.desk.web.product.chart import Chart, drawn, interval, not_enough, rate, signed
from services.desk.web.product.screen import STEERERS, Answer, decided, page, read, read_own, sent
from services.desk.web.tables import as_csv, wanted_as_csv
from services.desk.web.wish import Trouble
from services.desk.web.words import text

WISHES: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "start": (("drafted",), {}),
    "pause": (("started",), {"pause_reason": "reason"}),
    "resume": (("paused",), {}),
    "finish": (("started", "paused"), {"finish_reason": "reason"}),
    "cancel": (("drafted", "started", "paused"), {"cancel_reason": "reason", "cancel_text": "text"}),
}
"""What may be done, in which states, and the API's names by those of the form's fields."""
FINISH_REASONS = ("target_reached", "ended_early")
"""Those that a person may give; that the plan is over, it says by itself."""
CANCEL_REASONS = ("wrong_group", "product_withdrawn", "complaints", "compliance", "budget", "other")
FUNNEL = ("expected", "reached", "contacted", "leads")
Json = Mapping[str, Any]


@page("/campaigns/<campaign_id>")
def campaign(campaign_id: str) -> Answer:
    if wanted_as_csv():
        return _csv(read_own(_path(campaign_id)), read(f"{_path(campaign_id)}/result"))
    return _page(campaign_id)


@sent("/campaigns/<campaign_id>/<any(start, pause, resume, finish, cancel):name>", STEERERS)
def steer(campaign_id: str, name: str) -> Answer:
    _, fields = WISHES[name]
    told = decided(name, f"{_path(campaign_id)}/{name}", fields)
    if isinstance(told, Trouble):
        return _page(campaign_id, told), told.status
    flash(label("campaign_done", name), "done")
    return redirect(url_for(".campaign", campaign_id=campaign_id, after=told.position))


def _page(campaign_id: str, trouble: Trouble | None = None) -> str:
    told = read_own(_path(campaign_id))
    result = read(f"{_path(campaign_id)}/result") if told["started"] else None
    return render_template(
        "product/campaign.html",
        told=told,
        result=result,
        funnel=funnel(told, result),
        chart=chart(result) if result else None,
        effect=effect,
        signed=signed,
        group=group(told["group"], names := people([told])),
        names=names,
        running=is_running(told),
        wishes=[name for name, (states, _) in WISHES.items() if told["status"] in states],
        finish_reasons={code: label("campaign_reason", code) for code in FINISH_REASONS},
        cancel_reasons={code: label("campaign_reason", code) for code in CANCEL_REASONS},
        trouble=trouble,
    )


def funnel(told: Json, result: Json | None) -> list[tuple[str, int]]:
    """From the group down to what was won: title and how many."""
    steps = [(label("funnel", name), told["progress"][name] or 0) for name in FUNNEL]
    if result is None:
        return steps
    won = sum(one["leads"] for one in result["leads"] if one["status"] == "won")
    return [*steps, (label("funnel", "won"), won), (label("funnel", "opened"), result["contacted"]["won"])]


def effect(result: Json) -> str:
    return not_enough() if result["effect"] == "unknown" else label("effect_opened", result["effect"])


def chart(result: Json) -> Chart:
    """Each arm's rate, and their difference."""
    arms = [
        rate(label("arm", arm), result[arm]["customers"], result[arm]["won"], tone)
        for arm, tone in (("contacted", "brand"), ("held_out", "quiet"))
    ]
    found = (result[name] for name in ("difference_bps", "low_bps", "high_bps"))
    return drawn([*arms, interval(text("Difference"), *found)])


def _path(campaign_id: str) -> str:
    return f"{API}/{quote(campaign_id, safe='')}"


def _csv(told: Json, result: Json) -> Response:
    """The funnel, and where its leads stand."""
    rows = [*funnel(told, result), (label("arm", "held_out"), told["progress"]["held_out"])]
    rows += [(text("Leads: %(state)s", state=label("state", one["status"])), one["leads"]) for one in result["leads"]]
    return as_csv(f"campaign-{told['campaign_id']}", [text("Step"), text("Count")], rows)
