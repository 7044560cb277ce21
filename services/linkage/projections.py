"""What is read of linkage, both ways: from a party and its opportunities back to the win that the chain began with,
and from a win to all that it brought.
"""

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from services.linkage.events import (
    OpportunitySpawned,
    OpportunityWithdrawn,
    PartyNoted,
    PartyReached,
    PartyReleased,
    RelationshipNoted,
    WinNoted,
)
from shared.core.event import Event
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

Fields = dict[str, Any]


def _plain(event: Event) -> Fields:
    """As JSON has it: lists and ISO dates."""
    plain: Fields = msgspec.json.decode(msgspec.json.encode(event))
    del plain["type"]
    return plain


def _party_key(recorded: Recorded) -> Iterable[str]:
    """All facts of a party stand on its own stream."""
    return [recorded.stream.removeprefix("party-")]


COUNTED: dict[type[Event], tuple[str, int]] = {
    PartyReached: ("reached", 1),
    PartyReleased: ("reached", -1),
    OpportunitySpawned: ("opportunities", 1),
    OpportunityWithdrawn: ("opportunities", -1),
}


def _party_step(document: Document | None, recorded: Recorded) -> Document:
    old: Document = document or {"kind": None, "outlet_id": None, "edges": 0, "reached": 0, "opportunities": 0}
    match recorded.event:
        case PartyNoted(kind=kind, outlet_id=outlet_id):
            return {**old, "kind": kind, "outlet_id": outlet_id}
        case RelationshipNoted(linked=linked):
            return {**old, "edges": linked}
    field, change = COUNTED[type(recorded.event)]
    return {**old, field: old[field] + change}


PARTIES = Projection("parties", {"linkage": (PartyNoted, RelationshipNoted, *COUNTED)}, _party_key, _party_step)


def _opportunity_key(recorded: Recorded) -> Iterable[str]:
    event = cast("OpportunitySpawned | OpportunityWithdrawn | WinNoted", recorded.event)
    return [] if event.opportunity_id is None else [event.opportunity_id]


def _opportunity_step(document: Document | None, recorded: Recorded) -> Document:
    old: Document = document or {"won": None}
    match recorded.event:
        case OpportunitySpawned(parent_lead_id=parent, root_lead_id=root) as spawned:
            status = "won" if old["won"] else "open"
            return {**old, **_plain(spawned), "leads": sorted({parent, root}), "status": status, "reason": None}
        case OpportunityWithdrawn(reason=reason):
            return {**old, "status": "withdrawn", "reason": reason}
        case WinNoted() as won:
            found = {name: _plain(won)[name] for name in ("lead_id", "products", "value_minor", "on")}
            return {**old, "won": found, "status": "withdrawn" if old.get("status") == "withdrawn" else "won"}
    return old


OPPORTUNITIES = Projection(
    name="opportunities",
    sources={"linkage": (OpportunitySpawned, OpportunityWithdrawn, WinNoted)},
    keys=_opportunity_key,
    step=_opportunity_step,
    indexes=(("leads",), ("customer_id",)),
)


def _win_key(recorded: Recorded) -> Iterable[str]:
    return [cast("WinNoted", recorded.event).lead_id]


def _win_step(_document: Document | None, recorded: Recorded) -> Document:
    return _plain(recorded.event)


WINS = Projection("wins", {"linkage": (WinNoted,)}, _win_key, _win_step, indexes=(("customer_id",),))


NOTHING: Document = {"spawned": 0, "withdrawn": 0, "won": 0, "value_minor": 0}
"""Value in minor units (分) of what was won in the chain."""


def _brought_keys(recorded: Recorded) -> Iterable[str]:
    """The win just before, and the one with which the chain began."""
    event = cast("OpportunitySpawned | OpportunityWithdrawn | WinNoted", recorded.event)
    return [] if event.parent_lead_id is None else sorted({event.parent_lead_id, event.root_lead_id})


def _brought_step(document: Document | None, recorded: Recorded) -> Document:
    """Sums alone, so that the order of the parties' streams cannot matter."""
    old = document or NOTHING
    match recorded.event:
        case OpportunitySpawned():
            return {**old, "spawned": old["spawned"] + 1}
        case OpportunityWithdrawn():
            return {**old, "withdrawn": old["withdrawn"] + 1}
        case WinNoted(value_minor=value):
            return {**old, "won": old["won"] + 1, "value_minor": old["value_minor"] + value}
    return old


BROUGHT = Projection(
    name="brought",
    sources={"linkage": (OpportunitySpawned, OpportunityWithdrawn, WinNoted)},
    keys=_brought_keys,
    step=_brought_step,
)

PROJECTIONS = (PARTIES, OPPORTUNITIES, WINS, BROUGHT)
