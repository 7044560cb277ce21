"""What these screens share: the blueprint, its parts, whom they are for, and how their pages read the API."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any, ParamSpec

from flask import Blueprint, abort, request
from flask_babel import lazy_gettext as text
from werkzeug.wrappers import Response

from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import api
from services.desk.web.kept import unanswered
from services.desk.web.signed_in import for_role, me, who
from services.desk.web.wish import Done, Trouble, wish, wrong

SEERS = ("product", "branch", "ops", "auditor")
HEARERS = ("product", "branch", "ops")
"""Who reads what customers asked for in vain."""
KEEPERS = ("product",)
"""Who drafts, publishes and rejects bundle rules."""
STEERERS = ("product", "branch")
"""Who steers campaigns, and proposes and decides on scorecards."""

PARTS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("catalogue", text("Catalogue"), SEERS),
    ("rules", text("Rule versions"), SEERS),
    ("bench", text("Test bench"), SEERS),
    ("results", text("What works"), SEERS),
    ("needs", text("Unmet needs"), HEARERS),
    ("scorecards", text("Scorecards"), SEERS),
    ("campaigns", text("Campaigns"), SEERS),
)
"""Each part's first page, its title, and whom it is for."""

NOT_SEEN = (403, 404)
screen = Blueprint("product", __name__, url_prefix="/product")
Answer = Response | str | tuple[str, int]
P = ParamSpec("P")


@screen.context_processor
def _known() -> dict[str, Any]:
    return {"parts": [(name, title) for name, title, roles in PARTS if may(roles)], "may": may}


def may(roles: tuple[str, ...]) -> bool:
    identity = who()
    return identity is not None and not set(roles).isdisjoint(identity.roles)


def page(rule: str, roles: tuple[str, ...] = SEERS) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """A page that reads the API, at its address and for these roles."""
    return _at(rule, roles, "GET")


def sent(rule: str, roles: tuple[str, ...]) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """What a form is sent to; where its wish is not done, it answers with the page that the form stands on."""
    return _at(rule, roles, "POST")


def _at(rule: str, roles: tuple[str, ...], method: str) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    def register(view: Callable[P, Answer]) -> Callable[P, Answer]:
        screen.add_url_rule(rule, view.__name__, for_role(*roles)(_told(view)), methods=[method])
        return view

    return register


def _told(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """404 for what the API does not tell this reader, a clear word where it does not answer; and what was typed is sent
    again from there under the same key, so that it is done once.
    """

    @wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> Answer:
        try:
            return view(*args, **kwargs)
        except Refused as refused:
            abort(404 if refused.status in NOT_SEEN else 400)
        except Unanswered:
            return unanswered()

    return answered


def read(path: str, **query: Any) -> Json:
    return api().read(me(), path, **query)


def read_own(path: str, **query: Any) -> Json:
    """As it is once the reader's own write, which the page's address names, can be seen."""
    return read(path, after=request.args.get("after"), **query)


def asked_day(name: str = "on") -> tuple[str | None, Trouble | None]:
    """The day that is asked for, None for today; or what is wrong with what was typed."""
    typed = request.args.get(name, "").strip()
    if not typed:
        return None, None
    try:
        return date.fromisoformat(typed).isoformat(), None
    except ValueError:
        return None, wrong("ask", {name: "Not a valid date."}, request.args)


def choice(name: str, known: Mapping[str, Any]) -> str:
    """One of the choices of a list, the first where another is asked for."""
    asked = request.args.get(name, "")
    return asked if asked in known else next(iter(known))


def decided(name: str, path: str, fields: Mapping[str, str] | None = None) -> Done | Trouble:
    """Send what a short form holds; ``fields`` are the API's names by the form's. An empty one is left out, so that the
    API says what it asks for.
    """
    asked = fields or {}
    typed = {field: request.form.get(field, "").strip() for field in asked}
    body = {asked[field]: value for field, value in typed.items() if value}
    return renamed(wish(name, path, body, typed=typed), {named: field for field, named in asked.items()})


def renamed(told: Done | Trouble, fields: Mapping[str, str]) -> Done | Trouble:
    """What is wrong, under the names that the form has for it; ``fields`` are those by the API's names."""
    if isinstance(told, Done):
        return told
    return replace(told, errors={fields.get(name, name): said for name, said in told.errors.items()})
