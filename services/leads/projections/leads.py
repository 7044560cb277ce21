"""What people and machines read of leads: one document a lead; and who may read which."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, assert_never, cast

from services.leads.calendar import working_day_after, working_day_before
from services.leads.domain.state import OPEN
from services.leads.duplicate_rules import MERGED
from services.leads.events import (
    FirstContactMade,
    FirstContactMissed,
    LeadAbsorbed,
    LeadActivated,
    LeadEvent,
    LeadExpired,
    LeadHandedOver,
    LeadLost,
    LeadMerged,
    LeadOpened,
    LeadQualified,
    LeadReleased,
    LeadReopened,
    LeadRouted,
    LeadUnmerged,
    LeadWon,
    ProjectStageReached,
    Share,
    SplitAccepted,
    SplitProposed,
    SplitVoided,
    StandingSplit,
)
from services.leads.group_events import GroupRouted, LineLeft
from services.leads.projections.merges import MERGE_EVENTS, merges_after, without_nothing
from services.leads.projections.periods import within
from services.leads.projections.scores import scored
from services.leads.rules import ELECTRONIC, ELECTRONIC_QUEUE, FIRST_CONTACT, queue_of, side_of
from services.leads.score_events import LeadScored
from shared.core.days import bank_day
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

Fields = dict[str, Any]
SEE_ALL = frozenset({"branch", "compliance", "ops", "auditor"})


def _lead_step(document: Document | None, recorded: Recorded) -> Document:
    old: Document = document or {"timeline": [], "routing": []}
    if isinstance(recorded.event, LeadScored):
        return {**old, **scored(recorded.event)}
    event = cast("LeadEvent", recorded.event)
    moment = recorded.recorded_at.isoformat()
    entry = {"at": moment, **plain(event)}
    del entry["lead_id"]
    document = {
        **old,
        **_changes(old, event),
        **_clock(old, event, recorded.recorded_at),
        "version": recorded.version,
        "updated_at": moment,
        "timeline": [*old["timeline"], entry],
    }
    if isinstance(event, MERGE_EVENTS) or "merged" in old:
        return _merging(document)
    # What has ended stays so, also where a side of it or its split changes hands.
    return {**document, "status": _ended(document) or document["status"]}


def _merging(document: Document) -> Document:
    """A merged lead is shown as that; once it stands again, as what it is (rule L4)."""
    status = "merged" if document.get("merged") else _ended(document) or _status_again(document)
    return {**without_nothing(document), "status": status}


def _clock(old: Document, event: LeadEvent, at: datetime) -> Fields:
    """By when whoever owns the customer's side is to speak with them, in real days from when they got the lead (L7)."""
    match event:
        case LeadOpened():
            return {"first_contact": None}
        case LeadRouted(line=line, owner_id=owner) if line == side_of(old["customer_kind"]):
            return _runs(old, owner, at)
        case LeadReopened() | LeadUnmerged() if old["first_contact"]:
            return _runs(old, old["first_contact"]["owner_id"], at)
        case FirstContactMissed():
            return {"first_contact": {**old["first_contact"], "missed": True}}
        case FirstContactMade(staff_id=by, contact_id=contact_id, on=on):
            made = {"by": by, "contact_id": contact_id, "on": on.isoformat()}
            return {"first_contact": {**(old["first_contact"] or UNOWNED), "made": made}}
    return {}


def _runs(old: Document, owner_id: str | None, at: datetime) -> Fields:
    """From this moment on, where the customer has not been spoken with; for nobody while nobody owns the side."""
    if old["first_contact"] and old["first_contact"]["made"]:
        return {}
    due = working_day_after(bank_day(at), FIRST_CONTACT.within(old["tier"])).isoformat()
    return {"first_contact": owner_id and {"owner_id": owner_id, "due_on": due, "missed": False, "made": None}}


UNOWNED: Document = {"owner_id": None, "due_on": None, "missed": False}
"""Where the other side's owner spoke with the customer before their own side had one."""


def _changes(old: Document, event: LeadEvent) -> Fields:  # noqa: C901, PLR0911, PLR0912 -- one match, a return a fact
    match event:
        case LeadOpened():
            return _opened(event)
        case LeadRouted():
            return _routed(old, event)
        case SplitProposed(proposal=proposal, shares=shares, proposed_by=by):
            offered = {"number": proposal, "shares": plain(shares), "proposed_by": by}
            return {"proposal": {**offered, "accepted": _all(shares, accepted=False)}, "status": "proposed"}
        case SplitVoided(standing=standing):
            return _voided(old, standing)
        case FirstContactMade() | FirstContactMissed() | LeadHandedOver():
            return {}
        case ProjectStageReached(stage=stage, bid_on=bid_on, papers_due_on=papers, on=on):
            return {"project": plain({"stage": stage, "since": on, "bid_on": bid_on, "papers_due_on": papers})}
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
        case LineLeft(line=line):
            return _owned({name: side for name, side in old["sides"].items() if name != line})
        case GroupRouted():
            return {"group": _group(event)}
        case LeadMerged() | LeadUnmerged() | LeadAbsorbed() | LeadReleased():
            return merges_after(old, event)
        case _:
            assert_never(event)


def _voided(old: Document, standing: StandingSplit | None) -> Fields:
    """Back to what all had accepted before, if anything."""
    if standing is None:
        return {"proposal": None, "split": None, "status": "opened"}
    offered = {"number": standing.proposal, "shares": plain(standing.shares), "proposed_by": standing.proposed_by}
    proposal = {**offered, "accepted": _all(standing.shares, accepted=True)}
    return {"proposal": proposal, "status": "qualified" if old["qualified"] else "active"}


def _all(shares: Sequence[Share], *, accepted: bool) -> dict[str, bool]:
    return {share.line: accepted for share in shares}


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
        **dict.fromkeys(("proposal", "split", "project", "won", "lost", "expired")),
    }


def _routed(old: Document, event: LeadRouted) -> Fields:
    side = {"owner_id": event.owner_id, "unit_id": event.owner_unit_id, "queue": event.queue}
    sides: Document = {**old["sides"], event.line: side}
    shown = plain(event)
    for name in ("type", "lead_id"):
        del shown[name]
    return {
        **_owned(sides),
        "units": _units(old, sides),
        "routing": [*old["routing"], shown],
    }


def _owned(sides: Document) -> Fields:
    return {
        "sides": sides,
        "owner_ids": sorted(one["owner_id"] for one in sides.values() if one["owner_id"]),
        "queues": sorted(one["queue"] for one in sides.values() if one["queue"]),
    }


def _group(event: GroupRouted) -> Fields:
    shown: Fields = plain(event)
    return {name: shown[name] for name in ("leader_id", "leader_unit_id", "queue", "reason", "rule", "rules_version")}


def _units(old: Document, sides: Document) -> list[str]:
    """Those that it touches, or ever did; not those that it touched by a merge that was undone (rule L4)."""
    now = {side["unit_id"] for side in sides.values()}
    ever = {one["owner_unit_id"] for one in old["routing"] if one["rule"] != MERGED}
    return sorted({old["unit_id"], old["outlet_id"], *now, *ever} - {None})


def _ended(document: Document) -> str | None:
    return next((name for name in ("won", "lost", "expired") if document[name]), None)


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
            SplitVoided,
            SplitAccepted,
            LeadActivated,
            FirstContactMade,
            FirstContactMissed,
            LeadHandedOver,
            ProjectStageReached,
            LeadQualified,
            LeadWon,
            LeadLost,
            LeadExpired,
            LeadReopened,
            LineLeft,
            GroupRouted,
            *MERGE_EVENTS,
            LeadScored,
        )
    },
    keys=lambda recorded: [cast("LeadEvent | LeadScored", recorded.event).lead_id],
    step=_lead_step,
    indexes=(
        ("owner_ids", "-opened_on"),
        ("queues", "-opened_on"),
        ("customer_id",),
        ("first_contact.due_on",),
        ("group.leader_id",),
        ("campaign_id", "status"),
        ("owner_ids", "-score.points"),
        ("queues", "-score.points"),
        ("status", "score.card_hash"),
    ),
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


def overdue(today: date) -> Fields:
    """The leads whose owner should have spoken with the customer before today, and did not."""
    waits = {"first_contact.made": None, "status": {"$in": sorted(OPEN)}}
    return {"first_contact.due_on": {"$lt": today.isoformat()}, **waits}


def to_notice(today: date) -> Fields:
    """Of these, the ones that nobody has noticed yet, and those that are to be taken away."""
    taken = working_day_before(today, FIRST_CONTACT.grace_days).isoformat()
    lost = {"first_contact.missed": True, "first_contact.due_on": {"$lt": taken}, "split": None}
    return {**overdue(today), "$or": [{"first_contact.missed": False}, lost]}


def waiting_at(line: str, unit_id: str) -> Fields:
    """The leads whose side waits in the queue of a line at a unit; e-banking also works the electronic channel's."""
    own = queue_of(line, unit_id)
    return {"queues": {"$in": [own, ELECTRONIC_QUEUE]} if line == ELECTRONIC else own}
