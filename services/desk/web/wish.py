"""A wish: a command that a user sends through the public API; and why it was not done, to be told where it was made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from services.desk.web.api_client import Refused, Unanswered
from services.desk.web.at_hand import api
from services.desk.web.signed_in import me
from services.desk.web.view import new_key
from services.desk.web.words import text

MEANWHILE = "stale"
"""The API's code for: somebody else changed it since this user read it."""


@dataclass(frozen=True)
class Done:
    """What was made or changed, and the position at which it can be seen."""

    id: str
    position: str


@dataclass(frozen=True)
class Trouble:
    """``code`` and ``rule`` are the API's, whose words are English; ``errors`` are by field, ``typed`` is what the form
    held; ``about`` says which thing was meant where a page shows several.
    """

    wish: str
    detail: str
    status: int = 422
    about: str = ""
    rule: str | None = None
    code: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, Any] = field(default_factory=dict)
    key: str = field(default_factory=new_key)


def wish(
    name: str,
    path: str,
    body: dict[str, Any],
    *,
    about: str = "",
    typed: Mapping[str, Any] | None = None,
    version: int | None = None,
    key: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> Done | Trouble:
    """Send it with the form's key, or another, so that it is done once however often the form is sent. ``version`` is
    the one that the user decided on; where the thing has changed since, the wish is not done. ``fields``: what the form
    calls a field of the API, where that is another name.
    """
    key = key or request.form.get("key") or new_key()
    held = body if typed is None else typed
    try:
        told = api().command(me(), path, body, key, version)
    except Refused as refused:
        errors = {(fields or {}).get(name, name): said for name, said in flat(refused.errors).items()}
        return Trouble(name, refused.detail, refused.status, about, refused.rule, refused.code, errors, held)
    except Unanswered:
        detail = text("No answer came, so it is not known whether this was done. Send it again: it is done once.")
        return Trouble(name, detail, 503, about, typed=held, key=key)
    return Done(str(told.get("id", "")), str(told.get("position", "")))


def wrong(name: str, errors: Mapping[str, str], typed: Mapping[str, Any], about: str = "") -> Trouble:
    """What the desk itself sees to be wrong with a form, before anything is sent."""
    return Trouble(name, text("Some fields are not as they must be."), 422, about, errors=errors, typed=typed)


def flat(errors: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """``{"shares": {0: {"bps": ["Must be …"]}}}`` → ``{"shares.0.bps": "Must be …"}``."""
    found: dict[str, str] = {}
    for name, said in errors.items():
        place = f"{before}{name}"
        if isinstance(said, Mapping):
            found |= flat(said, f"{place}.")
        else:
            found[place] = " ".join(map(str, said)) if isinstance(said, list) else str(said)
    return found
