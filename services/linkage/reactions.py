"""What others' facts, and our own, ask of linkage: parties, edges and holdings as registry knows them, wins as leads
says, and the reach of a win carried from the winner's party to those it reaches.
"""

from typing import TypeVar

from services.leads.events import LeadWon
from services.linkage.domain.calendar import BANK, CALENDAR, NoteDay
from services.linkage.domain.commands import (
    ContinueReach,
    ForgetParty,
    NoteHolding,
    NoteHoldingMove,
    NoteParty,
    NoteReach,
    NoteRelationship,
    NoteRelease,
    NoteWin,
)
from services.linkage.domain.party import PARTY
from services.linkage.events import PartiesReached, PartyReached, PartyReleased, ReachPaused
from services.linkage.rules import MIRRORED
from services.registry.events import (
    CustomerErased,
    CustomerRecorded,
    DayClosed,
    HoldingMoved,
    HoldingRecorded,
    RelationshipRecorded,
)
from shared.core.days import bank_day
from shared.core.decider import Command
from shared.core.event import Event
from shared.core.reaction import Intent
from shared.core.recorded import Recorded

REGISTRY_FACTS = (CustomerRecorded, CustomerErased, RelationshipRecorded, HoldingRecorded, HoldingMoved, DayClosed)
WIN_FACTS = (LeadWon,)
REACH_FACTS = (PartyReached, PartiesReached, PartyReleased, ReachPaused)
C = TypeVar("C", bound=Command)


def note_registry(recorded: Recorded) -> list[Intent]:
    """Registry's customers, relationships and holdings → what a party knows of itself. Who owns or represents a
    company learns of that edge on their own stream too, since their wins reach along it (rule K2). The days that are
    over → our calendar.
    """
    event, seq = recorded.event, recorded.version
    match event:
        case CustomerRecorded(customer_id=customer_id, business_date=on):
            return [Intent(PARTY, customer_id, _same(NoteParty, event, seq=seq, on=on))]
        case CustomerErased(customer_id=customer_id):
            on = bank_day(recorded.recorded_at)
            return [Intent(PARTY, customer_id, ForgetParty(customer_id, on))]
        case RelationshipRecorded(from_id=from_id, to_id=to_id, kind=kind, business_date=on):
            intents = [Intent(PARTY, from_id, _same(NoteRelationship, event, seq=seq, on=on))]
            if kind in MIRRORED:
                turned = {"from_id": to_id, "to_id": from_id, "kind": MIRRORED[kind]}
                intents.append(Intent(PARTY, to_id, _same(NoteRelationship, event, **turned, seq=seq, on=on)))
            return intents
        case HoldingRecorded() | HoldingMoved():
            return [_of_holding(event, seq)]
        case DayClosed(business_date=day):
            return [Intent(CALENDAR, BANK, NoteDay(day))]
    return []


def _of_holding(event: HoldingRecorded | HoldingMoved, seq: int) -> Intent:
    """A holding is noted with whose it is; where that was corrected, with whose it is not, too."""
    on = event.business_date
    if isinstance(event, HoldingMoved):
        who = event.from_customer_id
        return Intent(PARTY, who, NoteHoldingMove(who, event.holding_id, seq, on))
    return Intent(PARTY, event.customer_id, _same(NoteHolding, event, seq=seq, on=on))


def note_wins(recorded: Recorded) -> list[Intent]:
    """A won lead → a win of its customer. The winner is who owns the side that the customer belongs to."""
    match recorded.event:
        case LeadWon(origin=origin, line=line) as won:
            winner = {share.line: share for share in won.shares}[line]
            command = NoteWin(
                customer_id=won.customer_id,
                lead_id=won.lead_id,
                line=line,
                products=won.products,
                winner_id=winner.staff_id,
                winner_unit_id=winner.unit_id,
                value_minor=won.value_minor,
                on=won.on,
                root_lead_id=origin.root_lead_id if origin else won.lead_id,
                parent_lead_id=origin.parent_lead_id if origin else None,
                opportunity_id=origin.opportunity_id if origin else None,
                ancestors=origin.ancestors if origin else (),
                hop=origin.hop if origin else 0,
            )
            return [Intent(PARTY, won.customer_id, command)]
    return []


def carry_reach(recorded: Recorded) -> list[Intent]:
    """Our own reaches and releases → the reached party's record; a paused batch goes on."""
    event, seq = recorded.event, recorded.version
    match event:
        case PartyReached(to_id=to_id):
            return [Intent(PARTY, to_id, _same(NoteReach, event, customer_id=to_id, seq=seq))]
        case PartiesReached(to_ids=to_ids):
            return [Intent(PARTY, one, _same(NoteReach, event, customer_id=one, seq=seq)) for one in to_ids]
        case PartyReleased(to_id=to_id):
            return [Intent(PARTY, to_id, _same(NoteRelease, event, customer_id=to_id, seq=seq))]
        case ReachPaused(customer_id=customer_id):
            return [Intent(PARTY, customer_id, ContinueReach(customer_id))]
    return []


def _same(kind: type[C], event: Event, /, **more: object) -> C:
    """The command that says what an event said: the event's fields of the same names, and some more."""
    same = {name: getattr(event, name) for name in kind.__struct_fields__ if name not in more}
    return kind(**same, **more)
