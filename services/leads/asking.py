"""Who asks, on which side, for whom and as of when: what entrypoints read from a call."""

from datetime import date

import msgspec

from services.leads.domain.commands import NamedManager, Post
from services.leads.events import OwnerLine, Tier
from services.leads.projections import CUSTOMERS, SEE_ALL, STAFF
from services.leads.rules import OWNER_LINES
from shared.core.errors import Forbidden
from shared.runtime.api import Call
from shared.runtime.app import App

OWNERS = ("corporate", "retail")
WORKERS = (*OWNERS, "branch", "ops", "auditor")
PLANNERS = (*OWNERS, "branch")


def day_of(call: Call) -> date:
    """The business date that the caller names, or today."""
    on: date = call.body.get("on") or call.now.date()
    return on


def line_of(call: Call) -> OwnerLine:
    """The side for which the caller acts: their role's; with both roles, their own line's."""
    held = [line for line in OWNER_LINES if line in call.principal.roles]
    return next((line for line in held if line == call.principal.line), held[0])


def unit_of(call: Call) -> str:
    if call.principal.unit_id is None:
        raise Forbidden("no_unit", "Your token names no unit. Sign in with an account that belongs to one.")
    return call.principal.unit_id


def sees_all(call: Call) -> bool:
    return bool(SEE_ALL & set(call.principal.roles))


def whose(call: Call) -> str:
    """Whose work is asked for: one's own, or for controllers anybody's."""
    asked: str = call.query["staff_id"] or call.principal.staff_id
    if asked != call.principal.staff_id and not sees_all(call):
        raise Forbidden("not_your_work", f"What {asked} did is for them and for who leads their branch.")
    return asked


def known_of(app: App, customer_id: str, on: date) -> tuple[Tier | None, NamedManager | None]:
    """A customer's value tier, and their own manager, where that one is in post on the day and may own a side."""
    found = app.documents(CUSTOMERS, {"_id": customer_id}, limit=1)
    if not found:
        return None, None
    tier, manager_id = found[0]["tier"], found[0]["manager_id"]
    return tier, manager_of(app, manager_id, on) if manager_id else None


def manager_of(app: App, manager_id: str, on: date) -> NamedManager | None:
    """A customer's own manager, where they are in post on the day and may own a side."""
    post = post_of(app, manager_id)
    if post is None or post.line is None or not post.serves(on):
        return None
    return NamedManager(manager_id, post.line, post.unit_id)


def post_of(app: App, staff_id: str) -> Post | None:
    """Where somebody serves, as far as is known."""
    known = app.documents(STAFF, {"_id": staff_id}, limit=1)
    return msgspec.convert(known[0], Post) if known else None
