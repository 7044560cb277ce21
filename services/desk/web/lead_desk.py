"""The screen of a line's customer managers: their leads, those that wait at their outlet, and what they can do."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as text
from werkzeug.wrappers import Response

from services.desk.projections.lead import UNFINISHED
from services.desk.web.api_client import ApiClient, Refused, Unanswered
from services.desk.web.labels import products_for
from services.desk.web.lead_view import VIEWS, Leads
from services.desk.web.signed_in import for_role, me
from services.desk.web.view import new_key
from shared.core.errors import NotYetVisible
from shared.core.projection import Projection

Answer = Response | str | tuple[str, int]


def lead_desk(line: str, projection: Projection) -> Blueprint:
    """The blueprint of one line; its pages are for the role of the same name."""
    return LeadDesk(line, projection).screen()


class LeadDesk:
    def __init__(self, line: str, projection: Projection) -> None:
        self.line = line
        self.projection = projection

    def screen(self) -> Blueprint:
        screen = Blueprint(self.line, __name__, url_prefix=f"/{self.line}")
        guard = for_role(self.line)
        screen.add_url_rule("", "leads", guard(self.leads))
        screen.add_url_rule("/leads/<lead_id>", "lead", guard(self.lead))
        for wish in (self.accept, self.claim, self.win):
            screen.add_url_rule(f"/leads/<lead_id>/{wish.__name__}", wish.__name__, guard(wish), methods=["POST"])
        return screen

    def leads(self) -> Answer:
        self._wait()
        return self._list(request.args.get("view", ""), request.args.get("page", 1, type=int))

    def lead(self, lead_id: str) -> Answer:
        self._wait()
        return self._one(lead_id) or abort(404)

    def accept(self, lead_id: str) -> Answer:
        proposal = request.form.get("proposal", type=int)
        return self._send(lead_id, "accept", {"proposal": proposal}, text("You accepted the split."))

    def claim(self, lead_id: str) -> Answer:
        return self._send(lead_id, "claim", {}, text("The lead is yours now."))

    def win(self, lead_id: str) -> Answer:
        products = request.form.getlist("products")
        if not products:
            detail = text("Choose at least one product that was sold.")
            return self._refused(Trouble(lead_id, "win", detail, typed={"products": []}), 422)
        return self._send(lead_id, "win", {"products": products}, text("The lead is won."))

    def _send(self, lead_id: str, name: str, body: dict[str, Any], done: str) -> Answer:
        """Wish it through the public API, then show the own write; or say why not, keeping what was typed."""
        told = wish(name, f"/api/leads/{quote(lead_id, safe='')}/{name}", body, about=lead_id)
        if isinstance(told, Trouble):
            return self._refused(told)
        flash(done, "done")
        if request.form.get("from") == "list":
            return redirect(url_for(".leads", view=request.form.get("view"), after=told.position))
        return redirect(url_for(".lead", lead_id=lead_id, after=told.position))

    def _refused(self, trouble: Trouble) -> tuple[str, int]:
        """Where the wish was made; in the list, where the lead is not to be seen by this user any more."""
        page = None if request.form.get("from") == "list" else self._one(trouble.about, trouble)
        return page or self._list(request.form.get("view", ""), 1, trouble), trouble.status

    def _wait(self) -> None:
        try:
            self._read.wait(request.args.get("after"))
        except NotYetVisible:
            flash(text("What you did is kept, but this page does not show it yet. Reload it in a moment."), "notice")

    @property
    def _read(self) -> Leads:
        return Leads(current_app.extensions["desk"], self.projection, self.line, me())

    def _list(self, view: str, number: int, trouble: Trouble | None = None) -> str:
        chosen = view if view in VIEWS else next(iter(VIEWS))
        read = self._read
        page = read.page(chosen, max(number, 1))
        shown = read.around(page.documents)
        return render_template(
            "leads.html",
            line=self.line,
            view=chosen,
            views={name: (title, read.count(name)) for name, (title, _) in VIEWS.items()},
            page=page,
            shown=shown,
            trouble=trouble,
        )

    def _one(self, lead_id: str, trouble: Trouble | None = None) -> str | None:
        """The lead's page; None where it is not for this user."""
        lead = self._read.one(lead_id)
        if lead is None:
            return None
        return render_template(
            "lead.html",
            line=self.line,
            lead=lead,
            shown=self._read.around([lead]),
            products=products_for(lead["customer_kind"]),
            unfinished=lead["state"] in UNFINISHED,
            trouble=trouble,
        )

