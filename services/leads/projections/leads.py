"""What people and machines read of leads: one document a lead, one a member of staff; and who may read which lead."""

from collections.abc import Collection
from typing import Any, assert_never, cast

from services.leads.events import (
    LeadActivated,
    LeadEvent,
    LeadExpired,
    LeadLost,
    LeadOpened,
    LeadQualified,
    LeadReopened,
    LeadRouted,
    LeadWon,
    SplitAccepted,
    SplitProposed,
    StaffPosted,
)
from services.leads.projections.plain import plain, within
from services.leads.rules import queue_of
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

Fields = dict[str, Any]
SEE_ALL = frozenset({"branch", "compliance", "ops", "auditor"})


def _lead_step(document: Document | None, recorded: Recorded) -> Document:
    old: Document = document or {"timeline": [], "routing": []}
    event = cast("LeadEvent", recorded.event)
    moment = recorded.recorded_at.isoformat()
    entry = {"at": moment, **plain(event)}
    del entry["lead_id"]
    return {
        **old,
        **_changes(old, event),
        "version": recorded.version,
        "updated_at": moment,
        "timeline": [*old["timeline"], entry],
    }


def _changes(old: Document, event: LeadEvent) -> Fields:  # noqa: C901, PLR0911 -- one match, a return a fact
    match event:
        case LeadOpened():
            return _opened(event)
        case LeadRouted():
            return _routed(old, event)
        case SplitProposed(proposal=proposal, shares=shares, proposed_by=by):
            offered = {"number": proposal, "shares": plain(shares), "proposed_by": by}
            return {"proposal": {**offered, "accepted": {"corporate": False, "retail": False}}, "status": "proposed"}
        case SplitAccepted(line=line):
            proposal = old["proposal"]
            return {"proposal": {**proposal, "accepted": {**proposal["accepted"], line: True}}}
        case LeadActivated(proposal=proposal, shares=shares):
            split = {"proposal": proposal, "shares": plain(shares)}
            return {"split": split, "status": "qualified" if old["qualified"] else "active"}
        case LeadQualified():
            return {"qualified": True, "status": "qualified"}
        case LeadWon(products=products, value_minor=value, won_by=by, on=on):
            won = {"products": list(products), "value_minor": value, "by": by, "on": on.isoformat()}
            return {"status": "won", "won": won}
        case LeadLost(reason=reason, text=text, staff_id=by, on=on):
            return {"status": "lost", "lost": {"reason": reason, "text": text, "by": by, "on": on.isoformat()}}
        case LeadExpired(reason=reason, on=on):
            return {"status": "expired", "expired": {"reason": reason, "on": on.isoformat()}}
        case LeadReopened():
            return {"status": _status_again(old), "lost": None, "expired": None}
        case _:
            assert_never(event)


def _opened(event: LeadOpened) -> Fields:
    shown = plain(event)
    for name in ("type", "on"):
        del shown[name]
    return {
        **shown,
        "opened_on": event.on.isoformat(),
        "status": "opened",
        "qualified": False,
        "sides": {},
        "owner_ids": [],
        "queues": [],
        "units": sorted({event.unit_id, event.outlet_id}),
        **dict.fromkeys(("proposal", "split", "won", "lost", "expired")),
    }


def _routed(old: Document, event: LeadRouted) -> Fields:
    side = {"owner_id": event.owner_id, "unit_id": event.owner_unit_id, "queue": event.queue}
    sides = {**old["sides"], event.line: side}
    shown = plain(event)
    for name in ("type", "lead_id"):
        del shown[name]
    return {
        "sides": sides,
        "owner_ids": sorted(one["owner_id"] for one in sides.values() if one["owner_id"]),
        "queues": sorted(one["queue"] for one in sides.values() if one["queue"]),
        "units": sorted({*old["units"], *([event.owner_unit_id] if event.owner_unit_id else [])}),
        "routing": [*old["routing"], shown],
    }


def _status_again(old: Document) -> str:
    """Where a reopened lead goes on: its history still counts."""
    if old["proposal"] is None:
        return "opened"
    if not all(old["proposal"]["accepted"].values()):
        return "proposed"
    return "qualified" if old["qualified"] else "active"


LEADS = Projection(
    name="leads",
    sources={
        "leads": (
            LeadOpened,
            LeadRouted,
            SplitProposed,
            SplitAccepted,
            LeadActivated,
            LeadQualified,
            LeadWon,
            LeadLost,
            LeadExpired,
            LeadReopened,
        )
    },
    keys=lambda recorded: [cast("LeadEvent", recorded.event).lead_id],
    step=_lead_step,
    indexes=(("owner_ids", "-opened_on"), ("queues", "-opened_on"), ("customer_id",)),
)


def _staff_step(_document: Document | None, recorded: Recorded) -> Document:
    shown: Fields = plain(recorded.event)
    for name in ("type", "left_queue", "seq"):
        del shown[name]
    return shown


STAFF = Projection(
    name="staff",
    sources={"leads": (StaffPosted,)},
    keys=lambda recorded: [cast("StaffPosted", recorded.event).staff_id],
    step=_staff_step,
)

HISTORY = ("timeline", "routing")
"""What of a lead grows with every event: most of its document."""


def visible_to(staff_id: str, unit_id: str | None, roles: Collection[str]) -> Fields:
    """Which leads somebody may read: their own, and those that touch their unit; controllers all."""
    if SEE_ALL & set(roles):
        return {}
    return {"$or": [{"owner_ids": staff_id}, {"units": unit_id}]}


def owned_by(staff_id: str, side: str | None) -> Fields:
    """The leads that somebody owns, on any side or on one."""
    return {"owner_ids": staff_id} if side is None else {f"sides.{side}.owner_id": staff_id, "owner_ids": staff_id}


def won_by(staff_id: str, period: str) -> Fields:
    """The leads won in a period in which somebody has a share."""
    return {"split.shares.staff_id": staff_id, "owner_ids": staff_id, "won.on": within(period)}


def waiting_at(line: str, unit_id: str) -> Fields:
    """The leads whose side waits in the queue of a line at a unit."""
    return {"queues": queue_of(line, unit_id)}
