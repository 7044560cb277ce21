"""The list of plans and their versions (rule I1), with status and dates."""

from collections.abc import Iterable, Mapping

from flask import render_template, request

from services.desk.web import tables
from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import bank_day, desk
from services.desk.web.labels import label
from services.desk.web.plans.known import all_versions, base_of, people, standing, stream
from services.desk.web.plans.studio import Answer, newest, own_write, pasts, screen
from services.desk.web.signed_in import PLAN_READERS, for_role
from services.desk.web.words import text

VIEWS: Mapping[str, tuple[str, ...]] = {
    "all": ("draft", "submitted", "approved", "active"),
    **{status: (status,) for status in ("draft", "submitted", "approved", "active")},
}
"""The lists of plans, by name, and which status is in each."""


@screen.get("")
@for_role(*PLAN_READERS)
def versions() -> Answer:
    try:
        known = all_versions(own_write() or newest("plan"))
    except (Refused, Unanswered):
        return render_template("plans.html", unanswered=True), 503
    view = request.args.get("view", "")
    chosen = view if view in VIEWS else "all"
    shown = [one for one in known if one["status"] in VIEWS[chosen]]
    stands = standing(known, bank_day().isoformat())
    if tables.wanted_as_csv():
        return _csv(shown, stands)
    steps = pasts(stream(one["plan"]) for one in shown)
    doers = [step["by"] for past in steps.values() for step in past["steps"][-1:]]
    return render_template(
        "plans.html",
        view=chosen,
        base=base_of(known, stands),
        views={name: sum(one["status"] in of for one in known) for name, of in VIEWS.items()},
        shown=shown,
        standing=stands,
        stream=stream,
        pasts=steps,
        names=desk().names(staff=[*doers, *(who for one in shown for who in people(one))]),
    )


def _csv(shown: Iterable[Json], stands: Mapping[str, str]) -> Answer:
    head = (
        text("Plan"),
        text("Version"),
        text("Status"),
        text("Now"),
        text("From"),
        text("Until"),
        text("Drafted by"),
        text("Approved by"),
        text("Hash of the content"),
    )
    rows = (
        (
            one["plan"]["plan_id"],
            one["plan"]["version"],
            label("plan_status", one["status"]),
            label("standing", stands.get(stream(one["plan"]), "")),
            one["plan"]["effective_from"],
            one["plan"].get("until"),
            one.get("drafted_by"),
            one.get("approved_by"),
            one["plan_hash"],
        )
        for one in shown
    )
    return tables.as_csv("plans", head, rows)
