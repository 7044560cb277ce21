"""A version's way from draft to active (rules I1, I8): submitted by its designer, tried, approved by a second person
who signs both hashes, activated.
"""

from dataclasses import replace

from flask import flash, redirect, request, url_for

from services.desk.web import tables
from services.desk.web.api_client import PATIENT, Json, Refused, Unanswered
from services.desk.web.at_hand import api
from services.desk.web.plans.content import wish_on_content
from services.desk.web.plans.gains import Gains
from services.desk.web.plans.page import CHANGED, page
from services.desk.web.plans.studio import APPROVERS, DESIGNERS, Answer, part, screen
from services.desk.web.plans.what_if import as_csv, in_place, not_tried
from services.desk.web.signed_in import for_role, me
from services.desk.web.view import new_key
from services.desk.web.wish import MEANWHILE, Done, Trouble, wish
from services.desk.web.words import text


@screen.post("/versions/<plan_id>/<int:version>/submit")
@for_role(*DESIGNERS)
def submit(plan_id: str, version: int) -> Answer:
    """The content that the designer has read, and no other."""
    told = wish_on_content(
        "submit",
        f"{_path(plan_id, version)}/submit",
        {},
        key={"plan_id": plan_id, "version": version},
        content=request.form.get("content", ""),
        seen=request.form.get("seen", type=int),
    )
    done = text("The plan is submitted. Somebody who has not worked on it may approve it now.")
    return _told(plan_id, version, told, done)


@screen.post("/versions/<plan_id>/<int:version>/approve")
@for_role(*APPROVERS)
def approve(plan_id: str, version: int) -> Answer:
    """What is signed: the content that was shown, and what a run over the history said beside it."""
    signed = {name: request.form.get(name, "") for name in ("plan_hash", "what_if_hash")}
    return _send(plan_id, version, "approve", signed, text("The plan is approved. It pays once it is activated."))


@screen.post("/versions/<plan_id>/<int:version>/activate")
@for_role(*APPROVERS)
def activate(plan_id: str, version: int) -> Answer:
    return _send(plan_id, version, "activate", {}, text("The plan is active and stays as it is from now on."))


@screen.post("/versions/<plan_id>/<int:version>/try")
@for_role(*DESIGNERS, *APPROVERS)
def try_out(plan_id: str, version: int) -> Answer:
    """Run it over the history; that it was run, and with what result, is recorded. Each run has a key of its own: it is
    asked what the history says now.
    """
    try:
        found = api().command(me(), f"{_path(plan_id, version)}/what-if", {}, new_key(), timeout=PATIENT)
    except (Refused, Unanswered) as error:
        return in_place(page(plan_id, version, trouble=not_tried(error, {})))
    gains = Gains(found)
    if tables.wanted_as_csv():
        return as_csv(gains, f"what-if-{plan_id}-{version}")
    return in_place(page(plan_id, version, gains=gains))


def _send(plan_id: str, version: int, name: str, body: Json, done: str) -> Answer:
    return _told(plan_id, version, wish(name, f"{_path(plan_id, version)}/{name}", body), done)


def _told(plan_id: str, version: int, told: Done | Trouble, done: str) -> Answer:
    if isinstance(told, Trouble):
        return page(plan_id, version, trouble=replace(told, code=CHANGED) if told.code == MEANWHILE else told)
    flash(done, "done")
    return redirect(url_for(".version", plan_id=plan_id, version=version, after=told.position))


def _path(plan_id: str, version: int) -> str:
    return f"/api/incentives/plans/{part(plan_id)}/{version}"
