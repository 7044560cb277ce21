"""Questions that must not stand in an address: who has a number, and what is sealed of somebody (rule R5). The answers
are for one page alone.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import request

from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import api
from services.desk.web.signed_in import me
from services.desk.web.view import new_key
from services.desk.web.wish import Trouble, flat, wrong
from services.desk.web.words import text

ASKERS = ("corporate", "retail", "branch", "compliance")
"""Who may ask to see personal data in clear; of whom they see what is for registry to say."""
LOOKS_UP = ASKERS
"""Who finds a customer by a telephone or identity number."""
FIELDS = ("name", "phone", "id_number", "birth_date")
NUMBERS = ("phone", "id_number")


def looked_up() -> list[Json] | Trouble:
    """The customers, masked, who have the number of the form."""
    of, number = request.form.get("of", ""), request.form.get("number", "").strip()
    typed = {"of": of, "number": number}
    if of not in NUMBERS or not number:
        return wrong("lookup", {"number": text("Fill this in.")}, typed)
    told = _asked("lookup", typed, lambda _key: api().ask(me(), "/api/registry/customers/lookup", {of: number}))
    if isinstance(told, Trouble):
        errors = {"number": " ".join(told.errors.values())} if told.errors else {}
        return Trouble(told.wish, told.detail, told.status, "", told.rule, told.code, errors, typed)
    return [{**one, "_id": one["customer_id"]} for one in told["customers"]]


def unmasked(customer_id: str) -> Json | Trouble:
    """What the form asks for, in clear; each asking is noted with its reason."""
    form = request.form
    body: dict[str, Any] = {"fields": [one for one in FIELDS if one in form.getlist("fields")]}
    body |= {name: form.get(name, "").strip() for name in ("reason", "note")}
    missing = {name: text("Fill this in.") for name, told in body.items() if not told}
    if missing:
        return wrong("unmask", missing, body)
    path = f"/api/registry/customers/{quote(customer_id, safe='')}/unmask"
    return _asked("unmask", body, lambda key: api().command(me(), path, body, key))


def _asked(name: str, typed: Mapping[str, Any], ask: Callable[[str], Json]) -> Json | Trouble:
    """What the API tells, or why not. ``ask`` is given the form's key: sent again, it is one question."""
    key = request.form.get("key") or new_key()
    try:
        return ask(key)
    except Refused as refused:
        code, errors = refused.code, flat(refused.errors)
        return Trouble(name, refused.detail, refused.status, "", refused.rule, code, errors, typed)
    except Unanswered:
        detail = text("No answer came. Send it again in a moment: it counts once.")
        return Trouble(name, detail, 503, typed=typed, key=key)
