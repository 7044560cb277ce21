"""Sign in and out, the choice of language, and the home that sends each role to its page."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from services.desk.web.at_hand import desk
from services.desk.web.identities import Identities, NoIdentities
from services.desk.web.language import LANGUAGES
from services.desk.web.oidc import NotLetIn, Provider
from services.desk.web.signed_in import for_role, me, pages_of, sign_in, sign_out, who
from services.desk.web.view import THEMES, local_path
from services.desk.web.words import text

screen = Blueprint("entrance", __name__)


@screen.get("/")
@for_role()
def home() -> Response | str:
    """One page to begin the day with → there at once; else a choice, or a word about it."""
    pages = [page for page in pages_of(me()) if page.home]
    if len(pages) == 1:
        return redirect(url_for(pages[0].endpoint))
    return render_template("home.html")


@screen.get("/sign-in", endpoint="sign_in")
def choose() -> Response | tuple[str, int] | str:
    if who() is not None:
        return redirect(url_for("entrance.home"))
    if _provider() is not None:
        return render_template("sign_in.html", provider=True)
    try:
        cast = sorted(_identities().all(), key=lambda one: not pages_of(one))  # those with a page of their own first
    except NoIdentities as error:
        current_app.logger.warning("nobody can sign in: %s", error)
        return render_template("sign_in.html", cast=(), names=None), 503
    names = desk().names(units=(one.unit_id for one in cast if one.unit_id))
    return render_template("sign_in.html", cast=cast, names=names)


@screen.get("/sign-in/bank", endpoint="ask")
def ask() -> Response:
    """To the bank's own provider; its page asks who one is."""
    provider = _provider() or abort(404)
    session["back"] = local_path(request.args.get("back"))
    try:
        return provider.ask()
    except NotLetIn as error:
        return _turned_away(error)


@screen.get("/sign-in/back")
def back() -> Response:
    """From the provider, with its word."""
    provider = _provider() or abort(404)
    try:
        identity = provider.told()
    except NotLetIn as error:
        return _turned_away(error)
    wanted = local_path(session.get("back"))
    sign_in(identity, vouched=True)
    return redirect(wanted or url_for("entrance.home"))


def _turned_away(error: NotLetIn) -> Response:
    current_app.logger.warning("not let in: %s", error)
    flash(
        text("The bank's sign-in did not let you in. Try again; if it stays so, ask operations for a role."), "refused"
    )
    return redirect(url_for("entrance.sign_in"))


@screen.post("/sign-in", endpoint="enter")
def enter() -> Response:
    if _provider() is not None:
        abort(404)
    identity = _identities().find(request.form.get("staff_id"))
    if identity is None:
        flash(text("Nobody has that staff number. Choose a name from the list."), "refused")
        return redirect(url_for("entrance.sign_in"))
    sign_in(identity)
    return redirect(local_path(request.form.get("back")) or url_for("entrance.home"))


@screen.post("/sign-out")
def leave() -> Response:
    sign_out()
    flash(text("You are signed out."), "done")
    return redirect(url_for("entrance.sign_in"))


@screen.post("/language")
def speak() -> Response:
    spoken = request.form.get("language")
    if spoken not in LANGUAGES:
        abort(400)
    session["language"] = spoken
    return redirect(local_path(request.form.get("here")) or url_for("entrance.home"))


@screen.post("/theme")
def show() -> Response:
    """Light or dark; ``auto`` as the user's system has it."""
    theme = request.form.get("theme")
    if theme not in THEMES:
        abort(400)
    session["theme"] = theme
    return redirect(local_path(request.form.get("here")) or url_for("entrance.home"))


def _provider() -> Provider | None:
    provider: Provider | None = current_app.extensions["provider"]
    return provider


def _identities() -> Identities:
    identities: Identities = current_app.extensions["identities"]
    return identities
