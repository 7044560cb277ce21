"""The samples of openings that are inspected (rule C5): what was found in each, and what the branch did about it."""

from functools import partial
from urllib.parse import quote

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from services.desk.projections import COMPLIANCE_SAMPLES
from services.desk.web.api_client import Json
from services.desk.web.at_hand import desk
from services.desk.web.branch.place import place_of
from services.desk.web.compliance.cases import names_of, sellers_of
from services.desk.web.compliance.sample_files import items_as_csv, samples_as_csv
from services.desk.web.compliance.screen import (
    INSPECTION,
    LOOKERS,
    OFFICERS,
    REMEDIERS,
    Answer,
    Query,
    answer,
    asked,
    choices,
    counts,
    decides,
    missing,
    page_number,
    screen,
    told,
    typed,
    wait,
)
from services.desk.web.labels import label
from services.desk.web.live import listen
from services.desk.web.reading import Names
from services.desk.web.signed_in import for_role, me
from services.desk.web.tables import MOST_ROWS, wanted_as_csv
from services.desk.web.wish import Trouble, wish, wrong
from services.desk.web.words import text
from shared.runtime.mongo_store import JsonDocument

STATES = ("unsettled", "to_inspect", "to_remedy", "overdue", "all")
NEWEST_MONTH_FIRST = (("month", -1), ("unit_id", 1))


@screen.get("/samples")
@for_role(*INSPECTION)
def samples() -> Answer:
    wait(COMPLIANCE_SAMPLES)
    state = asked("state") if asked("state") in STATES else STATES[0]
    own = _own_units()
    query = _query(state, own)
    if wanted_as_csv():
        return samples_as_csv(desk().found(COMPLIANCE_SAMPLES, query, NEWEST_MONTH_FIRST, MOST_ROWS))
    page = desk().listed(COMPLIANCE_SAMPLES, query, NEWEST_MONTH_FIRST, page_number())
    within = _within(own)
    units, months = (desk().values(COMPLIANCE_SAMPLES, name, within) for name in ("unit_id", "month"))
    names = names_of((), units=units)
    return render_template(
        "compliance_samples.html",
        page=page,
        state=state,
        asked={name: asked(name) for name in ("unit_id", "month")},
        states=choices(STATES, partial(label, "sample_state")),
        units=choices(units, names.unit, text("All units")),
        months=choices(months[::-1], str, text("All months")),
        counts=counts() if own is None else None,
        names=names,
    )


@screen.get("/samples/<sample_id>")
@for_role(*INSPECTION)
def sample(sample_id: str) -> Answer:
    wait(COMPLIANCE_SAMPLES)
    known = _known(sample_id)
    drawn = told(f"samples/{quote(sample_id, safe='')}", known["position"])
    staff = [one[name] for one in drawn["openings"] for name in ("officer_id", "remedied_by")] if drawn else []
    names = names_of((), staff=staff, units=[known["unit_id"]])
    if wanted_as_csv():
        return items_as_csv(drawn or abort(503))
    page = render_template(
        "compliance_sample.html", sample=known, told=drawn, names=names, counts=counts() if _looks() else None
    )
    return answer(page, drawn is not None, None)


@screen.get("/samples/<sample_id>/live")
@for_role(*INSPECTION)
def live_sample(sample_id: str) -> Response:
    return listen([f"{COMPLIANCE_SAMPLES.name}/{sample_id}"])


@screen.get("/samples/<sample_id>/openings/<opening_id>")
@for_role(*INSPECTION)
def inspected(sample_id: str, opening_id: str) -> Answer:
    wait(COMPLIANCE_SAMPLES)
    return _one(sample_id, opening_id)


@screen.post("/samples/<sample_id>/openings/<opening_id>/in-order")
@for_role(*OFFICERS)
def in_order(sample_id: str, opening_id: str) -> Answer:
    """Inspected, and nothing found."""
    return _send(sample_id, opening_id, "inspect", {}, text("Inspected: all is in order."))


@screen.post("/samples/<sample_id>/openings/<opening_id>/finding")
@for_role(*OFFICERS)
def finding(sample_id: str, opening_id: str) -> Answer:
    held = typed("finding", "remedy_due")
    if errors := missing({"finding": held["finding"]}):
        return _one(sample_id, opening_id, wrong("finding", errors, held))
    body = {name: value for name, value in held.items() if value}
    return _send(sample_id, opening_id, "inspect", body, text("The finding is recorded. The branch is to remedy it."))


@screen.post("/samples/<sample_id>/openings/<opening_id>/remedy")
@for_role(*REMEDIERS)
def remedy(sample_id: str, opening_id: str) -> Answer:
    body = typed("remedy")
    if errors := missing(body):
        return _one(sample_id, opening_id, wrong("remedy", errors, body))
    return _send(sample_id, opening_id, "remedy", body, text("The remedy is reported."))


def _send(sample_id: str, opening_id: str, name: str, body: Json, done: str) -> Answer:
    place = f"samples/{quote(sample_id, safe='')}/openings/{quote(opening_id, safe='')}"
    shown_as = "remedy" if name == "remedy" else "finding" if body else "in_order"
    answered = wish(shown_as, f"/api/compliance/{place}/{name}", body, about=opening_id)
    if isinstance(answered, Trouble):
        return _one(sample_id, opening_id, answered)
    flash(done, "done")
    return redirect(url_for(".inspected", sample_id=sample_id, opening_id=opening_id, after=answered.position))


def _one(sample_id: str, opening_id: str, trouble: Trouble | None = None) -> Answer:
    """One opening of a sample: its evidence, what was found, what is wished."""
    known = _known(sample_id)
    mine = next((one for one in known["openings"] if one["opening_id"] == opening_id), None) or abort(404)
    drawn = told(f"samples/{quote(sample_id, safe='')}", known["position"])
    evidence = told(f"openings/{quote(opening_id, safe='')}") if drawn else None
    item = next((one for one in drawn["openings"] if one["opening_id"] == opening_id), None) if drawn else None
    page = render_template(
        "compliance_inspected.html",
        sample=known,
        state=mine,
        item=item,
        opening=evidence,
        names=_names(known, item, evidence),
        decides=decides(),
        took_part=_took_part(evidence),
        remedies=not set(REMEDIERS).isdisjoint(me().roles),
        looks=_looks(),
        trouble=trouble,
    )
    return answer(page, evidence is not None, trouble)


def _took_part(evidence: Json | None) -> bool:
    """Whether the user sold, made, checked or cleared it: then another officer inspects it (rule C2)."""
    if evidence is None:
        return False
    operators = (evidence["evidence"][name] for name in ("maker_id", "checker_id"))
    return me().staff_id in {*sellers_of(evidence), evidence["officer_id"], *operators}


def _names(known: JsonDocument, item: Json | None, evidence: Json | None) -> Names:
    staff = [item["officer_id"], item["remedied_by"]] if item else []
    if evidence:
        staff += sellers_of(evidence)
        staff += [evidence["evidence"][name] for name in ("maker_id", "checker_id", "call_back_by")]
    return names_of([evidence] if evidence else [], staff=staff, units=[known["unit_id"]])


def _known(sample_id: str) -> JsonDocument:
    """A sample that the user may look at; else there is none."""
    known, own = desk().one(COMPLIANCE_SAMPLES, sample_id), _own_units()
    if known is None or (own is not None and known["unit_id"] not in own):
        abort(404)
    return known


def _looks() -> bool:
    """Whether the user sees the openings and alerts of all units, too."""
    return not set(LOOKERS).isdisjoint(me().roles)


def _own_units() -> set[str] | None:
    """The units that a branch manager answers for: the own one and all below it; None for who may look at all."""
    if _looks():
        return None
    place = place_of(desk(), me().unit_id, None)
    return set(place.unit_ids) if place else set()


def _within(own: set[str] | None) -> Query:
    return {} if own is None else {"unit_id": {"$in": sorted(own)}}


def _query(state: str, own: set[str] | None) -> Query:
    query = _within(own) if state == "all" else _within(own) | {state: {"$gt": 0}}
    if (wanted := asked("unit_id")) and (own is None or wanted in own):
        query["unit_id"] = wanted
    if asked("month"):
        query["month"] = asked("month")
    return query
