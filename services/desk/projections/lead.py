"""A lead as one line's desk shows it: its own story from leads, what became of its products from bundling.

All fields are owned by leads but ``items`` and ``troubles``, which bundling owns. ``owner_id``, ``queue`` and
``to_accept`` are about the desk's own side; with ``state`` they are what its lists are found by. ``taken_from`` is the
owner or the queue that had it before, who are told of it. ``contacts`` are the last ones with the customer about it.
``first_contact`` and ``stage`` change with their events so that open pages hear of them; what they show, the API tells.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from services.desk.projections.items import ITEM_EVENTS, items_after, troubles_of
from services.desk.projections.merges import MERGE_EVENTS, merges_after
from services.leads import events as leads
from services.leads.work_events import ContactLogged
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

LEAD_EVENTS = (
    leads.LeadOpened,
    leads.LeadRouted,
    leads.SplitProposed,
    leads.SplitVoided,
    leads.SplitAccepted,
    leads.FirstContactMade,
    leads.FirstContactMissed,
    leads.ProjectStageReached,
    leads.LeadQualified,
    leads.LeadWon,
    leads.LeadLost,
    leads.LeadExpired,
    leads.LeadReopened,
    leads.LineLeft,
    *MERGE_EVENTS,
)
CONTACTS = 20
SAID = ("contact_id", "staff_id", "kind", "evidence", "note")
UNFINISHED = ("opened", "proposed", "active", "qualified")
NOBODY: Mapping[str, Any] = {"owner_id": None, "unit_id": None, "queue": None, "rule": None, "reason": None}
EMPTY: Mapping[str, Any] = {
    "lead_id": None,
    "customer_id": None,
    "customer_kind": None,
    "need": None,
    "products": [],
    "source": None,
    "opened_by": None,
    "outlet_id": None,
    "value_minor": 0,
    "on": None,
    "origin": None,
    "tier": None,
    "sides": {"corporate": NOBODY, "retail": NOBODY},
    "split": None,
    "first_contact": None,
    "stage": None,
    "contacts": [],
    "qualified": False,
    "result": None,
    "state": None,
    "owner_id": None,
    "queue": None,
    "taken_from": None,
    "to_accept": False,
    "items": {},
    "troubles": [],
}


def lead_desk(name: str, line: leads.OwnerLine) -> Projection:
    """The projection of one line's desk, a document a lead."""

    def step(old: Document | None, recorded: Recorded) -> Document:
        document = {**EMPTY, **(old or {})}
        if isinstance(recorded.event, ContactLogged):
            return {**document, "contacts": _with_contact(document["contacts"], recorded.event)}
        if isinstance(recorded.event, ITEM_EVENTS):
            items = items_after(document["items"], recorded.event)
            return {**document, "items": items, "troubles": troubles_of(items)}
        if isinstance(recorded.event, MERGE_EVENTS):
            return _seen_from(line, merges_after(document, recorded.event))
        return _seen_from(line, {**document, **_changes(document, recorded.event)})

    return Projection(
        name=name,
        sources={"leads": (*LEAD_EVENTS, ContactLogged), "bundling": ITEM_EVENTS},
        keys=_keys,
        step=step,
        indexes=(("owner_id", "state", "-on"), ("queue", "state", "-on"), ("customer_id",), ("outlet_id", "state")),
    )


def _keys(recorded: Recorded) -> Iterable[str]:
    event = recorded.event
    if isinstance(event, ContactLogged):
        return [event.lead_id] if event.lead_id else []
    return [event.lead_id] if isinstance(event, LEAD_EVENTS + ITEM_EVENTS) else []


def _changes(document: Document, event: object) -> dict[str, Any]:  # noqa: C901, PLR0911 -- one match, a return a fact
    """The fields that an event of leads changes."""
    match event:
        case leads.LeadOpened():
            return _opened(event)
        case leads.LeadRouted(line=line):
            return {"sides": {**document["sides"], line: _routed(event)}}
        case leads.LineLeft(line=line):
            return {"sides": {name: side for name, side in document["sides"].items() if name != line}}
        case leads.SplitProposed():
            return {"split": _split(event)}
        case leads.SplitVoided(standing=standing):
            return {"split": standing and _standing(standing)}
        case leads.SplitAccepted():
            return {"split": _accepted(document["split"], event)}
        case leads.FirstContactMade():
            return {"first_contact": "made"}
        case leads.FirstContactMissed():
            return {"first_contact": "missed"}
        case leads.ProjectStageReached(stage=stage):
            return {"stage": stage}
        case leads.LeadQualified():
            return {"qualified": True}
        case _:
            return {"result": _result(event)}


def _with_contact(contacts: Iterable[Document], contact: ContactLogged) -> list[Document]:
    """In the order of their days, whichever of several people's comes first."""
    told = {name: getattr(contact, name) for name in SAID} | {"on": contact.on.isoformat()}
    return sorted([*contacts, told], key=lambda one: (one["on"], one["contact_id"]))[-CONTACTS:]


def _opened(event: leads.LeadOpened) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(event)
    for field in ("type", "opened_by_line", "unit_id"):
        told.pop(field)
    return told


def _routed(event: leads.LeadRouted) -> dict[str, Any]:
    return {
        "owner_id": event.owner_id,
        "unit_id": event.owner_unit_id,
        "queue": event.queue,
        "rule": event.rule,
        "reason": event.reason,
    }


def _split(event: leads.SplitProposed) -> dict[str, Any]:
    return {
        "proposal": event.proposal,
        "shares": msgspec.to_builtins(event.shares),
        "proposed_by": event.proposed_by,
        "accepted": {},
    }


def _standing(standing: leads.StandingSplit) -> dict[str, Any]:
    """What all had accepted before the newest proposal was void."""
    accepted = {share.line: share.staff_id for share in standing.shares}
    return {**msgspec.to_builtins(standing), "accepted": accepted}


def _accepted(split: Mapping[str, Any] | None, event: leads.SplitAccepted) -> Mapping[str, Any] | None:
    """What was accepted of an older proposal is void (rule L2)."""
    if split is None or split["proposal"] != event.proposal:
        return split
    return {**split, "accepted": dict(sorted({**split["accepted"], event.line: event.staff_id}.items()))}


def _result(event: object) -> dict[str, Any] | None:
    """How it ended; None for one that was reopened."""
    match event:
        case leads.LeadWon():
            won = {"products": list(event.products), "value_minor": event.value_minor, "by": event.won_by}
            return {"state": "won", "on": event.on.isoformat(), **won}
        case leads.LeadLost():
            lost = {"reason": event.reason, "text": event.text, "by": event.staff_id}
            return {"state": "lost", "on": event.on.isoformat(), **lost}
        case leads.LeadExpired():
            return {"state": "expired", "on": event.on.isoformat(), "reason": event.reason}
        case _:
            return None


def _state(document: Document) -> str:
    """Active as long as each line that it names accepts the newest split (L2), whatever it is beneath a merge (L4)."""
    if document.get("merged"):
        return "merged"
    if document["result"] is not None:
        return str(document["result"]["state"])
    if document["split"] is None:
        return "opened"
    if len(document["split"]["accepted"]) < len(document["split"]["shares"]):
        return "proposed"
    return "qualified" if document["qualified"] else "active"


def _seen_from(line: leads.OwnerLine, document: dict[str, Any]) -> dict[str, Any]:
    side, split, state = document["sides"][line], document["split"], _state(document)
    waits = split is not None and line not in split["accepted"] and state in UNFINISHED
    mine = {"owner_id": side["owner_id"], "queue": side["queue"]}
    before = document["owner_id"] or document["queue"]
    taken_from = document["taken_from"] if before in {None, *mine.values()} else before
    return document | mine | {"state": state, "taken_from": taken_from, "to_accept": waits}
