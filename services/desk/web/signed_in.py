"""Who is signed in to this session, and what their role lets them open."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec, TypeVar, cast

import msgspec
from flask import abort, current_app, flash, g, redirect, request, session, url_for
from flask_babel import lazy_gettext as text
from werkzeug.wrappers import Response

from services.desk.web import kept
from services.desk.web.identities import Identities, Identity
from shared.runtime.wiring import now

P = ParamSpec("P")
R = TypeVar("R")
LIFETIME = timedelta(hours=12)
VOUCHED_LIFETIME = timedelta(hours=1)
"""A role that the provider took away is gone by then."""
KEPT = ("language", "theme")

SCORED = ("corporate", "retail", "branch")
"""Whose work is scored."""
KNOWS_CUSTOMERS = ("corporate", "retail", "branch", "product", "compliance", "ops", "auditor")
"""Who reads customers, masked, as the API lets them."""
PLAN_READERS = ("corporate", "retail", "product", "branch", "designer", "approver", "hr", "auditor")
"""Who may read what incentive plans say."""


@dataclass(frozen=True)
class Page:
    """A screen of this release, and the roles that it is for. ``home``: where their day begins."""

    roles: tuple[str, ...]
    endpoint: str
    title: str
    purpose: str
    home: bool = True


PAGES = (
    Page(
        ("corporate",),
        "corporate.day",
        text("Corporate desk"),
        text("Your leads on companies, and what they brought"),
    ),
    Page(
        ("retail",),
        "retail.day",
        text("Retail desk"),
        text("Your leads on people, and those waiting at your outlet"),
    ),
    Page(("branch",), "branch.board", text("Branch board"), text("How the branch stands, and who is where")),
    Page(("hr",), "hr.statements", text("Score statements"), text("Sealed statements and their lines")),
    Page(
        ("compliance", "auditor"),
        "compliance.openings",
        text("Compliance desk"),
        text("Openings that wait for a check, alerts, and inspections"),
    ),
    Page(
        ("product",),
        "product.catalogue",
        text("Products and rules"),
        text("What is sold, by which rules, and what works"),
    ),
    Page(
        ("designer", "approver"),
        "plans.versions",
        text("Plan studio"),
        text("Incentive plans: drafted, tried over the history, approved"),
    ),
    Page(
        ("ops",),
        "operations.now",
        text("Operations desk"),
        text("How everything stands, what is parked, and what came in"),
    ),
    Page(
        ("branch",),
        "compliance.samples",
        text("Inspections"),
        text("What was found at your units, and by when it is to be remedied"),
        home=False,
    ),
    Page(
        KNOWS_CUSTOMERS,
        "customer.find",
        text("Customer 360"),
        text("Find a customer, and see all that is known of them"),
        home=False,
    ),
    Page(
        ("branch", "ops", "auditor"),
        "product.catalogue",
        text("Products and rules"),
        text("What is sold, by which rules, and what works"),
        home=False,
    ),
    Page(
        ("compliance", "auditor"),
        "audit.files",
        text("Audit"),
        text("Who took which file, and who saw personal data, when and why"),
        home=False,
    ),
    Page(
        ("auditor",),
        "operations.now",
        text("Operations desk"),
        text("How everything stands, what is parked, and what came in"),
        home=False,
    ),
    Page(SCORED, "score.mine", text("My score"), text("What a month comes to, and why"), home=False),
    Page(
        PLAN_READERS,
        "plans.versions",
        text("Incentive plans"),
        text("What earns how many points, from when on"),
        home=False,
    ),
)


def pages_of(identity: Identity) -> list[Page]:
    """Each once: where the same page is for two of one's roles, as the first of them knows it."""
    mine: dict[str, Page] = {}
    for page in PAGES:
        if not set(page.roles).isdisjoint(identity.roles):
            mine.setdefault(page.endpoint, page)
    return list(mine.values())


def sign_in(identity: Identity, *, vouched: bool = False) -> None:
    """Begin a session of its own; nothing but how pages look comes over from the one before. ``vouched``: by the bank's
    own provider, whose word is kept with the session, and asked for again before long.
    """
    _forget()
    session.permanent = True
    session["staff_id"] = identity.staff_id
    session["until"] = (now() + (VOUCHED_LIFETIME if vouched else LIFETIME)).isoformat()
    if vouched:
        session["identity"] = msgspec.to_builtins(identity)


def sign_out() -> None:
    _forget()


def _forget() -> None:
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)


def who() -> Identity | None:
    """Who is signed in, as their identity stands now; None for nobody."""
    if "identity" not in g:
        identities: Identities = current_app.extensions["identities"]
        until = session.get("until")
        valid = until is not None and now() < datetime.fromisoformat(until)
        g.identity = _named(identities) if valid else None
    return cast("Identity | None", g.identity)


def _named(identities: Identities) -> Identity | None:
    if current_app.extensions["provider"] is None:
        return identities.find(session["staff_id"])
    return msgspec.convert(session["identity"], Identity) if "identity" in session else None


def me() -> Identity:
    """Who is signed in, on a page that asks for it."""
    identity = who()
    if identity is None:
        abort(403)
    return identity


def _asked_to_sign_in() -> Response:
    """A page goes to the sign-in and comes back; a part of one that is read again has its whole page go there."""
    if request.endpoint and request.endpoint.endswith(".live"):
        return Response(status=HTTPStatus.NO_CONTENT)  # an event source gives up at that
    if "HX-Request" in request.headers:
        return Response(status=HTTPStatus.UNAUTHORIZED)  # the page itself knows whether something is typed into it
    if request.method != "GET" and kept.typed():
        return cast("Response", current_app.make_response(kept.signed_out()))
    if request.method != "GET":
        said = text("You are not signed in any more, and nothing was done. Sign in, then do it again.")
        flash(str(said), "refused")
        return redirect(url_for("entrance.sign_in", back=request.form.get("here")))
    return redirect(url_for("entrance.sign_in", back=request.full_path.rstrip("?")))


def for_role(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """A page for those who are signed in, and for some roles only where any is named."""

    def guard(page: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(page)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            identity = who()
            if identity is None:
                return _asked_to_sign_in()
            if roles and set(roles).isdisjoint(identity.roles):
                abort(403)
            return page(*args, **kwargs)

        return guarded

    return guard
