"""What is read of linkage, both ways: from a party and its opportunities back to the win that the chain began with,
and from a win to all that it brought. What is double-counted of that for management is in ``shadow``.
"""

from collections.abc import Iterable
from typing import Any, cast

from services.bundling.events import ItemActivated
from services.linkage.events import (
    DayNoted,
    LinksEnded,
    OpportunitySpawned,
    OpportunityWithdrawn,
    PartiesReached,
    PartyNoted,
    PartyReached,
    PartyReleased,
    ReachAdvanced,
    RelationshipNoted,
    WinNoted,
)
from services.linkage.shadow import SHADOW
from shared.core.event import Event
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

Fields = dict[str, Any]


def _plain(event: Event) -> Fields:
    """As JSON has it: lists and ISO dates."""
    told: Fields = plain(event)
    del told["type"]
    return told


def _party_key(recorded: Recorded) -> Iterable[str]:
    """All facts of a party stand on its own stream."""
    return [recorded.stream.removeprefix("party-")]


COUNTED: dict[type[Event], tuple[str, int]] = {
    PartyReached: ("reached", 1),
    PartyReleased: ("reached", -1),
    OpportunitySpawned: ("opportunities", 1),
    OpportunityWithdrawn: ("opportunities", -1),
}
UNKNOWN: Document = {"kind": None, "outlet_id": None, "edges": 0, "reached": 0, "opportunities": 0}


def _party_step(document: Document | None, recorded: Recorded) -> Document:
    """``ends``: the last day of the edge that ends next, and the version of the fact that says so."""
    old = {"ends": None, "winning": False, **(document or UNKNOWN)}
    match recorded.event:
        case PartyNoted(kind=kind, outlet_id=outlet_id):
            return {**old, "kind": kind, "outlet_id": outlet_id}
        case RelationshipNoted(linked=linked, valid_to=last):
            sooner = last is not None and (old["ends"] is None or last.isoformat() < old["ends"]["on"])
            ends = {"on": last.isoformat(), "version": recorded.version} if last and sooner else old["ends"]
            return {**old, "edges": linked, "ends": ends}
        case LinksEnded(next_on=last):
            return {**old, "ends": last and {"on": last.isoformat(), "version": recorded.version}}
        case WinNoted():
            return {**old, "winning": True}
        case PartiesReached(to_ids=to_ids):
            return {**old, "reached": old["reached"] + len(to_ids)}
    field, change = COUNTED[type(recorded.event)]
    return {**old, field: old[field] + change}


PARTIES = Projection(
    name="parties",
    sources={"linkage": (PartyNoted, RelationshipNoted, LinksEnded, WinNoted, PartiesReached, *COUNTED)},
    keys=_party_key,
    step=_party_step,
    indexes=(("winning", "ends.on"),),
)


def _opportunity_key(recorded: Recorded) -> Iterable[str]:
    event = cast("OpportunitySpawned | OpportunityWithdrawn | WinNoted", recorded.event)
    return [] if event.opportunity_id is None else [event.opportunity_id]


def _opportunity_step(document: Document | None, recorded: Recorded) -> Document:
    """What is won stays won (rule K4)."""
    old: Document = document or {"won": None}
    match recorded.event:
        case OpportunitySpawned(parent_lead_id=parent, root_lead_id=root) as spawned:
            status = "won" if old["won"] else "open"
            return {**old, **_plain(spawned), "leads": sorted({parent, root}), "status": status, "reason": None}
        case OpportunityWithdrawn(reason=reason):
            return old if old["won"] else {**old, "status": "withdrawn", "reason": reason}
        case WinNoted() as won:
            found = {name: _plain(won)[name] for name in ("lead_id", "products", "value_minor", "on")}
            return {**old, "won": found, "status": "won", "reason": None}
    return old


OPPORTUNITIES = Projection(
    name="opportunities",
    sources={"linkage": (OpportunitySpawned, OpportunityWithdrawn, WinNoted)},
    keys=_opportunity_key,
    step=_opportunity_step,
    indexes=(("leads",), ("customer_id",)),
)


def _win_key(recorded: Recorded) -> Iterable[str]:
    return [cast("WinNoted | ReachAdvanced | ItemActivated", recorded.event).lead_id]


def _win_step(document: Document | None, recorded: Recorded) -> Document:
    """A win, how far its reach has come, and which of its products their customer has activated: bundling's word, which
    may come first, or be all there is of a lead that is not won.
    """
    old = document or {}
    match recorded.event:
        case ReachAdvanced(reached=reached, waiting=waiting):
            before = old.get("reach", {"reached": 0})["reached"]
            return {**old, "reach": {"reached": before + reached, "of": before + reached + waiting}}
        case ItemActivated(product=product):
            return {**old, "activated": sorted({*old.get("activated", ()), product})}
    return {**old, **_plain(recorded.event)}


WINS = Projection(
    name="wins",
    sources={"linkage": (WinNoted, ReachAdvanced), "bundling": (ItemActivated,)},
    keys=_win_key,
    step=_win_step,
    indexes=(("customer_id",), ("root_lead_id",), ("parent_lead_id",)),
)


COUNTS: Document = {"spawned": 0, "withdrawn": 0, "won": 0, "value_minor": 0}
"""Value in minor units (分) of what was won in the chain."""
NOTHING: Document = {**COUNTS, "hops": {}}


def _brought_keys(recorded: Recorded) -> Iterable[str]:
    """The win just before, and the one with which the chain began."""
    event = cast("OpportunitySpawned | OpportunityWithdrawn | WinNoted", recorded.event)
    return [] if event.parent_lead_id is None else sorted({event.parent_lead_id, event.root_lead_id})


def _brought_step(document: Document | None, recorded: Recorded) -> Document:
    """Sums alone, so that the order of the parties' streams cannot matter; in all, and by hop from the first win."""
    old: Document = {**NOTHING, **(document or {})}
    event = cast("OpportunitySpawned | OpportunityWithdrawn | WinNoted", recorded.event)
    hop = str(event.hop)
    hops = dict(sorted({**old["hops"], hop: _counted(old["hops"].get(hop, COUNTS), event)}.items()))
    return {**_counted(old, event), "hops": hops}


def _counted(old: Document, event: OpportunitySpawned | OpportunityWithdrawn | WinNoted) -> Document:
    match event:
        case OpportunitySpawned():
            return {**old, "spawned": old["spawned"] + 1}
        case OpportunityWithdrawn():
            return {**old, "withdrawn": old["withdrawn"] + 1}
        case WinNoted(value_minor=value):
            return {**old, "won": old["won"] + 1, "value_minor": old["value_minor"] + value}


BROUGHT = Projection(
    name="brought",
    sources={"linkage": (OpportunitySpawned, OpportunityWithdrawn, WinNoted)},
    keys=_brought_keys,
    step=_brought_step,
)


def _calendar_key(_recorded: Recorded) -> Iterable[str]:
    return ["bank"]


def _calendar_step(_document: Document | None, recorded: Recorded) -> Document:
    return {"closed": cast("DayNoted", recorded.event).business_date.isoformat()}


CALENDAR = Projection("calendar", {"linkage": (DayNoted,)}, _calendar_key, _calendar_step)

PROJECTIONS = (PARTIES, OPPORTUNITIES, WINS, BROUGHT, CALENDAR, SHADOW)
