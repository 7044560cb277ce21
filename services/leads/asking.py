"""Who asks, on which side, for whom and as of when: what entrypoints read from a call."""

from collections.abc import Sequence
from datetime import date

import msgspec

from services.leads.campaign_looking import with_below
from services.leads.domain.commands import Leader, NamedManager
from services.leads.domain.group_commands import Post
from services.leads.domain.handover import Served
from services.leads.events import OwnerLine, Tier
from services.leads.group_events import Line
from services.leads.projections import CUSTOMERS, SEE_ALL, STAFF, served
from services.leads.rules import GROUP, JOINING_LINES, LEADER, OWNER_LINES
from services.leads.segments import Habits, habits_of
from shared.core.errors import Forbidden
from shared.runtime.api import Call
from shared.runtime.app import App

OWNERS = ("corporate", "retail")
MEMBERS = (*OWNERS, "product")
"""Who may own a side of a lead: managers of the two lines, and specialists of a line that joined."""
WORKERS = (*MEMBERS, "branch", "ops", "auditor")
PLANNERS = (*OWNERS, "branch")


def day_of(call: Call) -> date:
    """The business date that the caller names, or today."""
    on: date = call.body.get("on") or call.today
    return on


def line_of(call: Call) -> OwnerLine:
    """The side for which the caller acts: their role's; with both roles, their own line's."""
    held = [line for line in OWNER_LINES if line in call.principal.roles]
    return next((line for line in held if line == call.principal.line), held[0])


def stands_for(call: Call) -> Line:
    """The line that the caller stands for on leads, be it a side or one that joins."""
    if any(line in call.principal.roles for line in OWNER_LINES):
        return line_of(call)
    if call.principal.line not in JOINING_LINES:
        message = f"Your line ({call.principal.line}) does not take part in leads; {', '.join(JOINING_LINES)} do."
        raise Forbidden("no_line", message)
    return str(call.principal.line)


def unit_of(call: Call) -> str:
    if call.principal.unit_id is None:
        raise Forbidden("no_unit", "Your token names no unit. Sign in with an account that belongs to one.")
    return call.principal.unit_id


def units_led(app: App, call: Call) -> frozenset[str]:
    """Branch management leads its own unit and all below it; nobody else leads any."""
    unit_id = call.principal.unit_id
    if "branch" not in call.principal.roles or unit_id is None:
        return frozenset()
    return frozenset({unit_id, *with_below(app, unit_id)})


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


def habits_on(app: App, customer_id: str, on: date) -> Habits | None:
    """What is on a customer's accounts, and how often they came to the counter; None for one who is not known."""
    found = app.documents(CUSTOMERS, {"_id": customer_id}, limit=1)
    return habits_of(found[0], on) if found else None


def leader_at(app: App, unit_ids: Sequence[str], on: date) -> Leader | None:
    """Who of branch management is in post at the first of these units that has somebody."""
    role, line = LEADER
    for unit_id in unit_ids:
        where = {"unit_id": unit_id, "role": role, "line": line}
        for one in app.documents(STAFF, where, sort="staff_id", limit=10):
            post = msgspec.convert(one, Post)
            if post.stands_for == GROUP and post.serves(on):
                return Leader(one["staff_id"], unit_id)
    return None


def served_by(app: App, staff_id: str) -> tuple[Served, ...] | None:
    """What there is of somebody's to hand over, None where nothing is known of them."""
    known = app.documents(STAFF, {"_id": staff_id}, limit=1)
    return served(known[0]) if known else None


def post_of(app: App, staff_id: str) -> Post | None:
    """Where somebody serves, as far as is known."""
    known = app.documents(STAFF, {"_id": staff_id}, limit=1)
    return msgspec.convert(known[0], Post) if known else None
