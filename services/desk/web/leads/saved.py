"""Views that a user saves: a list as they narrowed it, under a name of their own."""

import re
from urllib.parse import urlencode

from flask import current_app, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from services.desk.web.leads.view import VIEWS, Filter
from services.desk.web.preferences import LONGEST_NAME, Preferences, SavedView
from services.desk.web.signed_in import me
from services.desk.web.words import text

NAME = re.compile(r"[^.$\x00-\x1f]+")
"""MongoDB takes a name with none of these as a field."""


def saved() -> list[SavedView]:
    return _preferences().views(me().staff_id, url_for(".leads"))


def save() -> Response:
    """The view of the form, under the name in it."""
    name = request.form.get("name", "").strip()[:LONGEST_NAME]
    view = request.form.get("view", "")
    asked = {"view": view if view in VIEWS else next(iter(VIEWS)), **Filter.of(request.form).arguments()}
    path = f"{url_for('.leads')}?{urlencode(asked)}"
    if not NAME.fullmatch(name):
        flash(text("Give the view a name, without dots and dollar signs."), "refused")
    elif _preferences().save(me().staff_id, name, path):
        flash(text("The view is saved."), "done")
    else:
        flash(text("You have as many views as there may be. Remove one first."), "refused")
    return redirect(path)


def forget() -> Response:
    _preferences().forget(me().staff_id, request.form.get("name", ""))
    flash(text("The view is removed."), "done")
    return redirect(url_for(".leads"))


def _preferences() -> Preferences:
    preferences: Preferences = current_app.extensions["preferences"]
    return preferences
