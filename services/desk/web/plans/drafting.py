"""Drafting a version of a plan (rules I1, I8): a form with every number, tried over the history before it is kept."""

from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for

from services.desk.web import tables
from services.desk.web.api_client import PATIENT, Refused, Unanswered
from services.desk.web.at_hand import api, desk
from services.desk.web.labels import WORDS
from services.desk.web.plans import form
from services.desk.web.plans.content import wish_on_content
from services.desk.web.plans.gains import Gains
from services.desk.web.plans.known import all_versions, key_of
from services.desk.web.plans.page import CHANGED
from services.desk.web.plans.studio import DESIGNERS, Answer, own_write, part, read, screen
from services.desk.web.plans.what_if import as_csv, in_place, not_tried
from services.desk.web.signed_in import for_role, me
from services.desk.web.wish import MEANWHILE, Trouble
from services.desk.web.words import text

NEW = "0"
"""The version of a stream on which nothing stands yet: what is new must not overwrite what another has drafted."""


@screen.get("/draft")
@for_role(*DESIGNERS)
def begin() -> Answer:
    """The next version, made from the one that ``base`` names, such as ``ebank-2026.1``; a blank one without it."""
    base = request.args.get("base", "")
    try:
        known = all_versions()
    except (Refused, Unanswered):
        return _form({}, away=True)
    if not base:
        return _form({"version": "1", "seen": NEW, "tie_policy": next(iter(WORDS["ties"]))})
    plans = {key_of(one["plan"]): one["plan"] for one in known}
    plan = plans.get(base) or abort(404)
    taken = [one["version"] for one in plans.values() if one["plan_id"] == plan["plan_id"]]
    return _form(form.typed_of(plan) | {"version": str(max(taken) + 1), "base": base, "seen": NEW})


@screen.get("/draft/<plan_id>/<int:version>")
@for_role(*DESIGNERS)
def edit(plan_id: str, version: int) -> Answer:
    """A draft that is not submitted yet."""
    after = own_write()
    try:
        one = read(f"plans/{part(plan_id)}/{version}", after=after)
    except Refused:
        abort(404)
    except Unanswered:
        return _form({}, away=True)
    if one["status"] != "draft":
        return redirect(url_for(".version", plan_id=plan_id, version=version))
    return _form(form.typed_of(one["plan"]) | {"seen": str(one["version"]), "content": one["plan_hash"]})


@screen.post("/draft")
@for_role(*DESIGNERS)
def keep() -> Answer:
    typed = form.tidied(request.form)
    body, wrong = form.body_of(typed)
    seen = int(typed["seen"]) if typed["seen"].isdecimal() else 0
    told = wish_on_content(
        "draft", "/api/incentives/plans", body, key=typed, content=typed["content"], seen=seen, typed=typed
    )
    if isinstance(told, Trouble):
        return _form(typed, trouble=_in_place(told, wrong))
    flash(text("The draft is kept."), "done")
    return redirect(
        url_for(".version", plan_id=typed["plan_id"], version=form.number_of(typed["version"], 1), after=told.position)
    )


@screen.post("/draft/rows")
@for_role(*DESIGNERS)
def more() -> Answer:
    """The same form with room for one more indicator, and without those that are to go."""
    return _form(form.tidied(request.form), spare=2)


@screen.post("/draft/check")
@for_role(*DESIGNERS)
def check() -> Answer:
    """What the form says, tried over the history; nothing is kept."""
    typed = form.tidied(request.form)
    body, wrong = form.body_of(typed)
    try:
        gains = Gains(api().ask(me(), "/api/incentives/what-if", body, PATIENT))
    except (Refused, Unanswered) as error:
        return in_place(_form(typed, trouble=_in_place(not_tried(error, typed), wrong)))
    if tables.wanted_as_csv():
        return as_csv(gains, f"what-if-{body['plan_id']}-{body['version']}")
    return in_place(_form(typed, gains=gains))


def _in_place(trouble: Trouble, wrong: dict[str, str]) -> Trouble:
    """Each error at its field."""
    errors = form.errors_of(trouble.code, trouble.detail, trouble.errors, wrong)
    if trouble.code != MEANWHILE:
        return replace(trouble, errors=errors)
    if trouble.typed.get("seen") == NEW:
        errors["version"] = text("This version is there already. Take another number.")
    return replace(trouble, code=CHANGED, errors=errors)


def _form(
    typed: form.Typed,
    *,
    trouble: Trouble | None = None,
    gains: Gains | None = None,
    spare: int = 1,
    away: bool = False,
) -> Answer:
    """``spare``: empty indicators to fill in."""
    shown = render_template(
        "plan_draft.html",
        unanswered=away,
        typed=typed,
        trouble=trouble,
        gains=gains,
        form=form,
        rows=min(form.rows(typed) + spare, form.MOST_INDICATORS),
        weights=form.weights(typed),
        products=WORDS["product"],
        ties=WORDS["ties"],
        names=desk().names(staff=gains.staff if gains else (), units=gains.unit_ids if gains else ()),
    )
    status = 503 if away else trouble.status if trouble else 200
    return shown, status
