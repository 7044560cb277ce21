"""The routes of the screen of customers; what they show is gathered in the rooms beside this one."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from services.desk.projections import CORPORATE_DESK, CUSTOMERS, OPPORTUNITIES, RELATIONSHIPS
from services.desk.web.at_hand import bank_day, desk
from services.desk.web.customer import asking, chain, files, links, page, words
from services.desk.web.customer.book import VIEWS, Asked, Book, asked_of, views_of
from services.desk.web.customer.graph import drawn
from services.desk.web.live import listen
from services.desk.web.signed_in import KNOWS_CUSTOMERS, for_role, me
from services.desk.web.tables import MOST_ROWS, as_csv, wanted_as_csv
from services.desk.web.wish import Trouble
from services.desk.web.words import text

SHOWN_BEFORE, REMEMBERED = "unmasked", 20
"""The keys of the forms whose answer was shown: in the session, the newest ones."""
screen = Blueprint("customer", __name__, url_prefix="/customers")
Answer = Response | str | tuple[str, int]


@screen.context_processor
def _said() -> dict[str, Any]:
    return {"said_condition": words.condition, "said_change": words.change}


@screen.get("")
@for_role(*KNOWS_CUSTOMERS)
def find() -> Answer:
    wanted = asked_of(me(), request.args)
    book = Book(desk(), me())
    if not wanted_as_csv() and (exactly := book.exactly(wanted.words)):
        return redirect(url_for(".one", customer_id=exactly))
    if wanted_as_csv():
        found = desk().listed(CUSTOMERS, book.query(wanted), wanted.order, size=MOST_ROWS).documents
        return as_csv("customers", *files.customers(found, desk().names(units=_outlets(found))))
    listed = desk().listed(CUSTOMERS, book.query(wanted), wanted.order, _number())
    return _found(wanted, book, page=listed, people=listed.documents)


@screen.post("/lookup")
@for_role(*asking.LOOKS_UP)
def look_up() -> Answer:
    """By a number that must stand in no address: the answer is the page itself."""
    told = asking.looked_up()
    wanted, book = asked_of(me(), {}), Book(desk(), me())
    if isinstance(told, Trouble):
        return _found(wanted, book, page=None, people=[], trouble=told), told.status
    return _found(wanted, book, page=None, people=told, looked_up=True)


@screen.get("/<customer_id>")
@for_role(*KNOWS_CUSTOMERS)
def one(customer_id: str) -> Answer:
    shown = page.shown(customer_id, me())
    if wanted_as_csv():
        name = request.args.get("of", "")
        table = files.OF_THE_PAGE.get(name) or abort(404)
        return as_csv(f"{customer_id}-{name}", *table(shown))
    return render_template("customer.html", **shown), 503 if shown["card"].why else 200


@screen.get("/<customer_id>/live")
@for_role(*KNOWS_CUSTOMERS)
def live(customer_id: str) -> Response:
    about = (CORPORATE_DESK, OPPORTUNITIES, RELATIONSHIPS)
    return listen({f"{CUSTOMERS.name}/{customer_id}", *(f"{one.name}@{customer_id}" for one in about)})


@screen.get("/<customer_id>/links", endpoint="linked")
@for_role(*KNOWS_CUSTOMERS)
def all_links(customer_id: str) -> Answer:
    """Whoever the customer is linked with, a page at a time."""
    reader, kind = desk(), request.args.get("kind", "")
    if wanted_as_csv():
        found = links.links_of(reader, customer_id, kind, most=MOST_ROWS)
        return as_csv(f"{customer_id}-links", *files.links(_neighbours(customer_id, found)[1]))
    found = links.links_of(reader, customer_id, kind, _number())
    customer = reader.one(CUSTOMERS, customer_id)
    if customer is None:
        abort(404)
    names, neighbours = _neighbours(customer_id, found)
    graph = drawn(names.customer(customer_id), customer["kind"] or "", neighbours)
    return render_template(
        "customer_links.html", customer=customer, links=found, neighbours=neighbours, graph=graph, names=names
    )


@screen.get("/wins/<lead_id>", endpoint="win")
@for_role(*KNOWS_CUSTOMERS)
def win_brought(lead_id: str) -> Answer:
    shown = chain.brought(lead_id, me(), _number())
    if wanted_as_csv() and shown["told"]:
        return as_csv(f"win-{lead_id}", *files.opportunities(shown["every"], shown["names"]))
    return render_template("customer_win.html", **shown), 200 if shown["told"] else 503


@screen.get("/opportunities/<opportunity_id>", endpoint="opportunity")
@for_role(*KNOWS_CUSTOMERS)
def came_from(opportunity_id: str) -> Answer:
    shown = chain.opportunity(opportunity_id, me())
    return render_template("customer_opportunity.html", **shown), 200 if shown["told"] else 503


@screen.post("/<customer_id>/unmask")
@for_role(*asking.ASKERS)
def unmask(customer_id: str) -> Answer:
    """What is seen stands in this answer alone: the same form sent again shows nothing."""
    before, key = session.get(SHOWN_BEFORE, []), request.form.get("key")
    if key is not None and key in before:
        flash(text("This was shown once. To see it again, say again why."), "notice")
        return redirect(url_for(".one", customer_id=customer_id))
    told = asking.unmasked(customer_id)
    if isinstance(told, Trouble):
        return render_template("customer.html", **page.shown(customer_id, me()), trouble=told), told.status
    session[SHOWN_BEFORE] = [*before, key][-REMEMBERED:]
    return render_template("customer.html", **page.shown(customer_id, me()), seen=told)


def _found(wanted: Asked, book: Book, **shown: Any) -> str:
    people = shown["people"]
    names = desk().names(
        staff=(one["manager_id"] for one in people), units={one["_id"] for one in book.units} | _outlets(people)
    )
    return render_template(
        "customers.html",
        asked=wanted,
        views={name: VIEWS[name] for name in VIEWS if name in views_of(me())},
        units=book.tree(names.unit),
        names=names,
        looks_up=bool(set(asking.LOOKS_UP) & set(me().roles)),
        **shown,
    )


def _neighbours(customer_id: str, found: links.Links) -> tuple[Any, list[links.Link]]:
    names = desk().names(customers={customer_id, *found.others(customer_id)})
    return names, links.told(found.edges, customer_id, names, bank_day().isoformat())


def _outlets(people: Any) -> set[str]:
    return {one["outlet_id"] or "" for one in people}


def _number() -> int:
    return max(request.args.get("page", 1, type=int), 1)
