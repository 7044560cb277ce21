"""One version of a plan (rule I1): in plain words, with what happened to it and what its reader may do."""

from collections.abc import Mapping
from typing import Any

from flask import abort, render_template

from services.desk.web import tables
from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import bank_day, desk
from services.desk.web.plans import terms
from services.desk.web.plans.gains import Gains
from services.desk.web.plans.known import all_versions, before, people, standing, stream
from services.desk.web.plans.studio import Answer, own_write, part, past, read, screen
from services.desk.web.signed_in import PLAN_READERS, for_role, me
from services.desk.web.wish import Trouble
from services.desk.web.words import text

CHANGED = "plan_changed"
"""What is told where somebody else changed the plan meanwhile."""
EDITING = ("plan_drafted", "plan_submitted")


@screen.get("/versions/<plan_id>/<int:version>")
@for_role(*PLAN_READERS)
def version(plan_id: str, version: int) -> Answer:
    after = own_write()
    if tables.wanted_as_csv():
        return _csv(plan_id, version)
    return page(plan_id, version, after=after)


def page(
    plan_id: str,
    version: int,
    *,
    after: str | None = None,
    trouble: Trouble | None = None,
    gains: Gains | None = None,
) -> Answer:
    """``gains``: what a run over the history has just said."""
    key = {"plan_id": plan_id, "version": version}
    history = past(stream(key))
    try:
        one = read(f"plans/{part(plan_id)}/{version}", after=after or history["newest"])
        known = all_versions()
    except Refused:
        abort(404)
    except Unanswered:
        return render_template("plan.html", unanswered=True, **key), 503
    hands = editors(one, history)
    doers = {step["by"] for step in history["steps"]}
    shown = render_template(
        "plan.html",
        one=one,
        plan=one["plan"],
        standing=standing(known, bank_day().isoformat()).get(stream(key), ""),
        before=before(known, one["plan"]),
        history=history,
        mine=me().staff_id in hands,
        trouble=trouble,
        gains=gains,
        names=desk().names(
            staff={*people(one), *doers, *(gains.staff if gains else ())}, units=gains.unit_ids if gains else ()
        ),
    )
    return (shown, trouble.status) if trouble else shown


def editors(one: Json, history: Mapping[str, Any]) -> set[str]:
    """Who has drafted or submitted it, ever: none of them approves it."""
    told = {who for name in ("drafted_by", "submitted_by") if (who := one.get(name))}
    return told | {step["by"] for step in history["steps"] if step["what"] in EDITING}


def _csv(plan_id: str, version: int) -> Answer:
    try:
        plan = read(f"plans/{part(plan_id)}/{version}")["plan"]
    except Refused:
        abort(404)
    except Unanswered:
        return render_template("plan.html", unanswered=True, plan_id=plan_id, version=version), 503
    rows = ((term.name, term.told) for term in terms.terms(plan))
    return tables.as_csv(f"plan-{plan_id}-{version}", (text("Term of the plan"), text("Value")), rows)
