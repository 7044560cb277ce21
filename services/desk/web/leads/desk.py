"""The routes of a line's desk: each is a few lines, what they show is gathered in the rooms beside this one."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from services.desk.web.at_hand import desk
from services.desk.web.leads import bulk, saved, table
from services.desk.web.leads.day import day_of
from services.desk.web.leads.new import NewLead
from services.desk.web.leads.page import shown
from services.desk.web.leads.view import ORDERS, STATES, VIEWS, Filter, Leads
from services.desk.web.leads.wishes import CONTACT_FIELDS, OPEN_FIELDS, WISHES, Wrong, contact
from services.desk.web.live import listen
from services.desk.web.signed_in import for_role, me
from services.desk.web.tables import MOST_ROWS, as_csv, wanted_as_csv
from services.desk.web.view import here, local_path
from services.desk.web.wish import Done, Trouble, wish, wrong
from services.desk.web.words import text
from shared.core.errors import NotYetVisible
from shared.core.projection import Projection

Answer = Response | str | tuple[str, int]


class LeadDesk:
    def __init__(self, line: str, projection: Projection) -> None:
        self.line = line
        self.projection = projection

    def screen(self) -> Blueprint:
        screen = Blueprint(self.line, __name__, url_prefix=f"/{self.line}")
        guard = for_role(self.line)
        for path, page in (
            ("", self.leads),
            ("/day", self.day),
            ("/new", self.new),
            ("/live", self.live),
            ("/leads/<lead_id>", self.lead),
        ):
            screen.add_url_rule(path, page.__name__, guard(page))
        for path, send in (
            ("/new", self.open),
            ("/bulk/<name>", self.bulk),
            ("/views/save", saved.save),
            ("/views/forget", saved.forget),
            ("/leads/<lead_id>/contact", self.contact),
        ):
            screen.add_url_rule(path, send.__name__, guard(send), methods=["POST"])
        sent = guard(self.wish)
        for name in WISHES:
            screen.add_url_rule(f"/leads/<lead_id>/{name}", "wish", sent, methods=["POST"], defaults={"name": name})
        return screen

    def leads(self) -> Answer:
        """A list, as a table or (what is in progress) as a board."""
        self._wait()
        return self._list(request.args.get("view", ""))

    def day(self) -> Answer:
        self._wait()
        return render_template("day.html", line=self.line, tabs=self._tabs(), view="day", day=day_of(self._read))

    def lead(self, lead_id: str) -> Answer:
        self._wait()
        lead = self._read.one(lead_id) or abort(404)
        found = shown(self._read, lead)
        # A part that is read anew stays as it was where the history is not told.
        status = 503 if found["told"] is None and "HX-Request" in request.headers else 200
        return self._shown(found), status

    def live(self) -> Response:
        """Events for a page that shows this user's leads, and the leads that it names."""
        name, read = self.projection.name, self._read
        named = [one for one in request.args.get("leads", "").split(",")[:100] if one]
        found = read.desk.found(self.projection, {"_id": {"$in": named}})
        theirs = [f"{name}/{lead['_id']}" for lead in found if read.may_read(lead)]
        return listen([f"{name}@{me().staff_id}", f"{name}@{read.queue}", *theirs])

    def new(self) -> Answer:
        return self._new(NewLead.of(request.args, self._read))

    def open(self) -> Answer:
        asked = NewLead.of(request.form, self._read)
        try:
            told = wish("open", "/api/leads", asked.body(), typed=request.form, fields=OPEN_FIELDS)
        except Wrong as error:
            told = wrong("open", error.errors, request.form)
        if isinstance(told, Trouble):
            return self._new(asked, told), told.status
        flash(text("The lead is open."), "done")
        return redirect(url_for(".lead", lead_id=told.id, after=told.position))

    def wish(self, lead_id: str, name: str) -> Answer:
        """Wish it through the public API, then show the own write; or say why not, keeping what was typed."""
        wanted = WISHES[name]
        version = request.form.get("version", type=int) if wanted.decides else None
        path = f"/api/leads/{quote(lead_id, safe='')}/{wanted.path or name}"
        try:
            told = wish(
                name,
                path,
                wanted.body(request.form),
                about=lead_id,
                typed=_typed(),
                version=version,
                fields=wanted.fields,
            )
        except Wrong as error:
            told = wrong(name, error.errors, _typed(), lead_id)
        return self._answered(lead_id, told, wanted.done)

    def contact(self, lead_id: str) -> Answer:
        lead = self._read.one(lead_id)
        if lead is None:
            gone = text("The lead is not yours any more, and nothing was logged.")
            return self._refused(Trouble("contact", gone, 404, lead_id, typed=_typed()))
        try:
            body = contact(request.form, lead["customer_id"], lead_id)
            told = wish("contact", "/api/leads/contacts", body, about=lead_id, typed=_typed(), fields=CONTACT_FIELDS)
        except Wrong as error:
            told = wrong("contact", error.errors, _typed(), lead_id)
        return self._answered(lead_id, told, text("The contact stands in your work log."))

    def bulk(self, name: str) -> Answer:
        """The same wish for each lead that was ticked."""
        if name not in bulk.WISHES:
            abort(404)
        outcome = bulk.wish_each(name, request.form)
        flash(outcome.told(), "refused" if outcome.refused else "done")
        return redirect(_back_to_list(outcome.position))

    def _answered(self, lead_id: str, told: Done | Trouble, done: Any) -> Answer:
        if isinstance(told, Trouble):
            return self._refused(told)
        flash(done, "done")
        after = told.position or None
        if request.form.get("from") == "list":
            return redirect(_back_to_list(after))
        return redirect(url_for(".lead", lead_id=lead_id, after=after))

    def _refused(self, trouble: Trouble) -> tuple[str, int]:
        """Where the wish was made; in the list, where the lead is not to be seen by this user any more."""
        page = None if request.form.get("from") == "list" else self._one(trouble.about, trouble)
        return page or str(self._list(request.form.get("view", ""), trouble)), trouble.status

    def _wait(self) -> None:
        try:
            self._read.wait(request.args.get("after"))
        except NotYetVisible:
            flash(text("What you did is kept, but this page does not show it yet. Reload it in a moment."), "notice")

    @property
    def _read(self) -> Leads:
        return Leads(desk(), self.projection, self.line, me())

    def _tabs(self) -> dict[str, tuple[str, int]]:
        read = self._read
        return {name: (title, read.count(name)) for name, (title, _) in VIEWS.items()}

    def _list(self, view: str, trouble: Trouble | None = None) -> Response | str:
        """As the user has narrowed it where they are, also where a form of the list was sent from."""
        chosen, read = view if view in VIEWS else next(iter(VIEWS)), self._read
        given = MultiDict(parse_qsl(urlsplit(here()).query))
        asked = Filter.of(given)
        if wanted_as_csv():
            leads = read.page(chosen, 1, asked, MOST_ROWS).documents
            return as_csv(f"leads-{chosen}", *table.of(leads, read.around(leads).names))
        told = {
            "line": self.line,
            "view": chosen,
            "tabs": self._tabs(),
            "asked": asked,
            "saved": saved.saved(),
            "orders": {name: title for name, (title, _) in ORDERS.items()},
            "trouble": trouble,
        }
        if request.args.get("layout") == "board" and chosen == "open" and trouble is None:
            columns = {state: read.column(state, asked) for state in STATES}
            around = read.around([lead for leads, _ in columns.values() for lead in leads])
            return render_template("board.html", columns=columns, shown=around, **told)
        page = read.page(chosen, max(given.get("page", 1, type=int), 1), asked)
        return render_template("leads.html", page=page, shown=read.around(page.documents), **told)

    def _one(self, lead_id: str, trouble: Trouble | None = None) -> str | None:
        """The lead's page; None where it is not for this user."""
        lead = self._read.one(lead_id)
        if lead is None:
            return None
        return self._shown(shown(self._read, lead), trouble)

    def _shown(self, found: dict[str, Any], trouble: Trouble | None = None) -> str:
        return render_template("lead.html", line=self.line, trouble=trouble, **found)

    def _new(self, asked: NewLead, trouble: Trouble | None = None) -> str:
        return render_template("lead_new.html", line=self.line, asked=asked, trouble=trouble)


def _back_to_list(after: str | None) -> str:
    """As the user had narrowed it, and on the same page of it."""
    path = local_path(request.form.get("here")) or url_for(".leads", view=request.form.get("view"))
    told = urlencode({"after": after}) if after else ""
    return f"{path}{'&' if '?' in path else '?'}{told}" if told else path


def _typed() -> dict[str, Any]:
    """What the form held; a field with several values as a list."""
    return {name: values if name == "products" else values[0] for name, values in request.form.lists()} | {
        "products": request.form.getlist("products")
    }
