"""Two versions side by side."""

from collections.abc import Mapping

from flask import abort, render_template, request

from services.desk.web import tables
from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.labels import label
from services.desk.web.plans import terms
from services.desk.web.plans.known import all_versions, key_of
from services.desk.web.plans.studio import Answer, screen
from services.desk.web.signed_in import PLAN_READERS, for_role
from services.desk.web.words import text


@screen.get("/compare")
@for_role(*PLAN_READERS)
def compare() -> Answer:
    """``old`` and ``new`` are keys such as ``ebank-2026.1``."""
    try:
        known = {key_of(one["plan"]): one for one in all_versions()}
    except (Refused, Unanswered):
        return render_template("plan_compare.html", unanswered=True), 503
    old, new = (_chosen(known, name) for name in ("old", "new"))
    pairs = terms.side_by_side(known[old]["plan"], known[new]["plan"]) if old and new else []
    everything = request.args.get("show") == "all"
    shown = [pair for pair in pairs if everything or pair.change != "same"]
    if tables.wanted_as_csv():
        head = (text("Term of the plan"), old, new, text("Change"))
        rows = ((pair.name, pair.old, pair.new, label("change", pair.change)) for pair in shown)
        return tables.as_csv(f"plans-{old}-{new}", head, rows)
    return render_template(
        "plan_compare.html",
        known=known,
        old=old,
        new=new,
        pairs=shown,
        same=sum(pair.change == "same" for pair in pairs),
        everything=everything,
    )


def _chosen(known: Mapping[str, Json], name: str) -> str:
    """The version that was asked for; 404 for one that is not there; nothing where none was asked for."""
    asked = request.args.get(name, "")
    if asked and asked not in known:
        abort(404)
    return asked
