"""What the screens of operations share: the blueprint, its parts, whom they are for, and how they read the API."""

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as text
from markupsafe import Markup
from werkzeug.wrappers import Response

from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import api
from services.desk.web.kept import unanswered
from services.desk.web.signed_in import me

WATCHERS = ("ops", "auditor")
DECIDERS = ("ops",)
PARTS = (
    ("now", text("How it stands")),
    ("parked", text("Parked events")),
    ("feeds", text("Feeds")),
    ("load_test", text("Load test")),
)
"""Each part's page, and its title."""
screen = Blueprint("operations", __name__, url_prefix="/ops")
Answer = Response | str | tuple[str, int]


@screen.context_processor
def _known() -> dict[str, Any]:
    return {"parts": PARTS, "decides": decides, "command": command}


def decides() -> bool:
    return not set(DECIDERS).isdisjoint(me().roles)


def command(words: str) -> Markup:
    """What is typed into a shell, within a sentence."""
    return Markup("<code>{}</code>").format(words)


def told(path: str, **query: Any) -> Json | None:
    """What the public API tells; None where it does not answer, or has no such thing."""
    try:
        return api().read(me(), path, **query)
    except (Refused, Unanswered):
        return None


def silent() -> Answer:
    """Where operations itself does not answer: then what the processes say of themselves has to do."""
    return unanswered() if request.method == "POST" else (render_template("operations/silent.html"), 503)
