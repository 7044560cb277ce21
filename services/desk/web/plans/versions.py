"""Plans and their versions (rules I1, I6): the list, one in plain words, two side by side."""

from collections.abc import Iterable, Mapping

from flask import abort, render_template, request
from flask_babel import gettext as text

from services.desk.web import tables
from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.labels import label
from services.desk.web.plans import terms
from services.desk.web.plans.gains import Gains
from services.desk.web.plans.studio import Answer, desk, newest, own_write, part, past, pasts, read, screen
from services.desk.web.signed_in import PLAN_READERS, for_role, me
from services.desk.web.wish import Trouble
from shared.runtime.wiring import now

VIEWS: Mapping[str, tuple[str, ...]] = {
    "all": ("draft", "submitted", "approved", "active"),
    **{status: (status,) for status in ("draft", "submitted", "approved", "active")},
}
"""The lists of plans, by name, and which status is in each."""
CHANGED = "plan_changed"
"""What is told where somebody else changed the plan meanwhile."""
EDITING = ("plan_drafted", "plan_submitted")


def stream(plan: Json) -> str:
    return f"plan-{plan['plan_id']}.{plan['version']}"


def standing(versions: Iterable[Json], on: str) -> dict[str, str]:
    """What each active version is on a day, by stream: the plan of the year that began last pays, and beside it each
    contest that is running; of equals the higher version.
    """
    series: dict[str, list[Json]] = {}
    for one in versions:
        if one["status"] == "active":
            plan = one["plan"]
            series.setdefault(plan["plan_id"] if plan.get("until") else "", []).append(plan)
    found: dict[str, str] = {}
    for plans in series.values():
        begun = [plan for plan in plans if plan["effective_from"] <= on <= plan.get("until", on)]
        paying = max(begun, key=lambda plan: (plan["effective_from"], plan["version"], plan["plan_id"]), default=None)
        for plan in plans:
            if plan["effective_from"] > on:
                found[stream(plan)] = "later"
            elif plan.get("until", on) < on:
                found[stream(plan)] = "over"
            else:
                found[stream(plan)] = "paying" if plan is paying else "replaced"
    return found


def all_versions(after: str | None = None) -> list[Json]:
    """Every version, the one that takes effect last first."""
    told: list[Json] = read("plans", after=after)["plans"]
    order = sorted(told, key=lambda one: (one["plan"]["plan_id"], one["plan"]["version"]))
    return sorted(order, key=lambda one: (one["plan"]["effective_from"], one["plan"]["version"]), reverse=True)


@screen.get("")
@for_role(*PLAN_READERS)
def versions() -> Answer:
    try:
        known = all_versions(own_write() or newest("plan"))
    except Unanswered:
        return render_template("plans.html", unanswered=True), 503
    view = request.args.get("view", "")
    chosen = view if view in VIEWS else "all"
    shown = [one for one in known if one["status"] in VIEWS[chosen]]
    stands = standing(known, f"{now():%Y-%m-%d}")
    if tables.wanted_as_csv():
        return _versions_csv(shown, stands)
    return render_template(
        "plans.html",
        view=chosen,
        base=_base(known, stands),
        views={name: sum(one["status"] in of for one in known) for name, of in VIEWS.items()},
        shown=shown,
        standing=stands,
        stream=stream,
        pasts=pasts(stream(one["plan"]) for one in shown),
        names=desk().names(staff=(who for one in shown for who in people(one))),
    )


def _base(known: Iterable[Json], stands: Mapping[str, str]) -> str | None:
    """What the next version is drafted from: the plan of the year that is in force, else the newest plan there is."""
    plans = [one["plan"] for one in known]
    paying = (plan for plan in plans if not plan.get("until") and stands.get(stream(plan)) == "paying")
    plan = next(paying, plans[0] if plans else None)
    return f"{plan['plan_id']}.{plan['version']}" if plan else None


def people(one: Json) -> list[str]:
    """Who had a hand in a version."""
    told = (one.get(name) for name in ("drafted_by", "submitted_by", "tried_by", "approved_by"))
    return [who for who in told if who]


def _versions_csv(shown: Iterable[Json], stands: Mapping[str, str]) -> Answer:
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


@screen.get("/versions/<plan_id>/<int:version>")
@for_role(*PLAN_READERS)
def version(plan_id: str, version: int) -> Answer:
    after = own_write()
    if tables.wanted_as_csv():
        return _version_csv(plan_id, version)
    return page(plan_id, version, after=after)


def page(
    plan_id: str,
    version: int,
    *,
    after: str | None = None,
    trouble: Trouble | None = None,
    gains: Gains | None = None,
) -> Answer:
    """One version, with what its reader may do; ``gains``: what a run over the history has just said."""
    key = {"plan_id": plan_id, "version": version}
    history = past(stream(key))
    try:
        one = read(f"plans/{part(plan_id)}/{version}", after=after or history["newest"])
        known = all_versions()
    except Refused:
        abort(404)
    except Unanswered:
        return render_template("plan.html", unanswered=True, **key), 503
    editors = {step["by"] for step in history["steps"] if step["what"] in EDITING} | set(
        filter(None, (one.get("drafted_by"), one.get("submitted_by")))
    )
    shown = render_template(
        "plan.html",
        one=one,
        plan=one["plan"],
        standing=standing(known, f"{now():%Y-%m-%d}").get(stream(key), ""),
        before=_before(known, one["plan"]),
        history=history,
        editors=editors,
        mine=me().staff_id in editors,
        trouble=trouble,
        gains=gains,
        names=desk().names(
            staff={*people(one), *editors, *(step["by"] for step in history["steps"]), *_staff(gains)},
            units=(unit.unit_id for unit in gains.units) if gains else (),
        ),
    )
    return (shown, trouble.status) if trouble else shown


def _staff(gains: Gains | None) -> list[str]:
    return [one["staff_id"] for one in gains.shown] if gains else []


def _before(known: Iterable[Json], plan: Json) -> Json | None:
    """The version before this one: of the same plan, else the plan of the year that it would take over from."""
    same = [one["plan"] for one in known if one["plan"]["plan_id"] == plan["plan_id"]]
    earlier = [one for one in same if one["version"] < plan["version"]]
    if earlier:
        return max(earlier, key=lambda one: one["version"])
    paid = [one["plan"] for one in known if one["status"] == "active" and not one["plan"].get("until")]
    others = [one for one in paid if stream(one) != stream(plan) and one["effective_from"] <= plan["effective_from"]]
    return max(others, key=lambda one: (one["effective_from"], one["version"]), default=None)


def _version_csv(plan_id: str, version: int) -> Answer:
    try:
        plan = read(f"plans/{part(plan_id)}/{version}")["plan"]
    except Refused:
        abort(404)
    except Unanswered:
        return render_template("plan.html", unanswered=True, plan_id=plan_id, version=version), 503
    rows = ((term.name, term.told) for term in terms.terms(plan))
    return tables.as_csv(f"plan-{plan_id}-{version}", (text("Term of the plan"), text("Value")), rows)


@screen.get("/compare")
@for_role(*PLAN_READERS)
def compare() -> Answer:
    """Two versions side by side: ``old`` and ``new`` are keys such as ``ebank-2026.1``."""
    try:
        known = {f"{one['plan']['plan_id']}.{one['plan']['version']}": one for one in all_versions()}
    except Unanswered:
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
