"""A company or a person, and what links it with others. Facts come in any order; what follows from them does not."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar, assert_never

from services.linkage.domain.commands import (
    ContinueReach,
    EndLinks,
    ForgetParty,
    NoteHolding,
    NoteHoldingMove,
    NoteParty,
    NoteReach,
    NoteRelationship,
    NoteRelease,
    NoteWin,
    PartyCommand,
)
from services.linkage.domain.opportunities import settle
from services.linkage.domain.reach import reach_all, reach_one, release_ended
from services.linkage.domain.state import PartyState, evolve
from services.linkage.events import (
    HoldingMoveNoted,
    HoldingNoted,
    LinksEnded,
    PartyErased,
    PartyEvent,
    PartyNoted,
    ReachNoted,
    RelationshipNoted,
    ReleaseNoted,
    WinNoted,
)
from shared.core.decider import Command, Decider
from shared.core.event import Event

E = TypeVar("E", bound=Event)


def decide(state: PartyState, command: PartyCommand) -> Sequence[PartyEvent]:  # noqa: PLR0911 -- a return a command
    match command:
        case NoteParty():
            return _note_party(state, command)
        case NoteRelationship():
            return _note_relationship(state, command)
        case NoteHolding() | NoteHoldingMove():
            return _note_holding(state, command)
        case NoteWin():
            return _note_win(state, command)
        case ContinueReach(customer_id=customer_id):
            return _continue(state, customer_id)
        case EndLinks():
            return _end_links(state, command)
        case NoteReach() | NoteRelease():
            return _note_reach(state, command)
        case ForgetParty(customer_id=customer_id, on=on):
            return _forget(state, customer_id, on)
        case _:
            assert_never(command)


def _note_party(state: PartyState, c: NoteParty) -> Sequence[PartyEvent]:
    if state.party is not None and c.seq <= state.party.seq:
        return []
    fact = _fact(PartyNoted, c)
    return [fact, *settle(evolve(state, fact), c.on)]


def _note_relationship(state: PartyState, c: NoteRelationship) -> Sequence[PartyEvent]:
    """What is known already is noted again if its confidence was not: that was left out before schema 2."""
    edges = state.links.get(c.to_id).edges
    known = edges.get(c.kind)
    if known is not None and (c.seq < known.seq or (c.seq == known.seq and known.confidence_bps is not None)):
        return []
    linked = state.links.count + (0 if edges else 1)
    fact = _fact(RelationshipNoted, c, linked=linked)
    return [fact, *reach_one(evolve(state, fact), c.from_id, c.to_id, c.on)]


def _note_holding(state: PartyState, c: NoteHolding | NoteHoldingMove) -> Sequence[PartyEvent]:
    known = state.holdings.get(c.holding_id)
    if known is not None and c.seq <= known.seq:
        return []
    fact = _fact(HoldingNoted, c) if isinstance(c, NoteHolding) else _fact(HoldingMoveNoted, c)
    return [fact, *settle(evolve(state, fact), c.on)]


def _note_win(state: PartyState, c: NoteWin) -> Sequence[PartyEvent]:
    if c.lead_id in state.wins:
        return []
    fact = _fact(WinNoted, c)
    after = evolve(state, fact)
    return [fact, *settle(after, c.on), *reach_all(after, [fact], c.customer_id)]


def _continue(state: PartyState, customer_id: str) -> Sequence[PartyEvent]:
    """First what has ended, then what is due."""
    ended = [] if state.through is None else release_ended(state, customer_id, state.through)
    return ended or reach_all(state, state.wins.values(), customer_id)


def _end_links(state: PartyState, c: EndLinks) -> Sequence[PartyEvent]:
    """Days end in their order; what ended on an earlier one is looked at again, since an edge may be learned late."""
    through = c.on if state.through is None else max(state.through, c.on)
    lasts = {edge.valid_to for _, link in state.links.items() for edge in link.edges.values()} - {None}
    fact = LinksEnded(c.customer_id, through, min((last for last in lasts if last and last > through), default=None))
    return [fact, *release_ended(evolve(state, fact), c.customer_id, through)]


def _forget(state: PartyState, customer_id: str, on: date) -> Sequence[PartyEvent]:
    if state.erased:
        return []
    fact = PartyErased(customer_id, on)
    return [fact, *settle(evolve(state, fact), on)]


def _note_reach(state: PartyState, c: NoteReach | NoteRelease) -> Sequence[PartyEvent]:
    known = state.reaches.get((c.from_id, c.lead_id, c.rule))
    if known is not None and c.seq <= known.seq:
        return []
    fact = _fact(ReachNoted, c) if isinstance(c, NoteReach) else _fact(ReleaseNoted, c)
    return [fact, *settle(evolve(state, fact), c.on, c.from_id)]


def _fact(kind: type[E], command: Command, **more: object) -> E:
    """The event that says what a command told: the command's fields of the same names, and some more."""
    same = {name: getattr(command, name) for name in kind.__struct_fields__ if name not in more}
    return kind(**same, **more)


PARTY: Decider[PartyState, PartyCommand] = Decider("party", PartyState(), decide, evolve)
