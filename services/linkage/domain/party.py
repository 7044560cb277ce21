"""A company or a person, and what links it with others. Facts come in any order; what follows from them does not."""

from collections.abc import Sequence
from typing import TypeVar, assert_never

from services.linkage.domain.commands import (
    ContinueReach,
    NoteHolding,
    NoteParty,
    NoteReach,
    NoteRelationship,
    NoteRelease,
    NoteWin,
    PartyCommand,
)
from services.linkage.domain.opportunities import settle
from services.linkage.domain.reach import reach_all, reach_one
from services.linkage.domain.state import PartyState, evolve
from services.linkage.events import (
    HoldingNoted,
    LinkageEvent,
    PartyNoted,
    ReachNoted,
    RelationshipNoted,
    ReleaseNoted,
    WinNoted,
)
from shared.core.decider import Command, Decider
from shared.core.event import Event

E = TypeVar("E", bound=Event)


def decide(state: PartyState, command: PartyCommand) -> Sequence[LinkageEvent]:
    match command:
        case NoteParty():
            return _note_party(state, command)
        case NoteRelationship():
            return _note_relationship(state, command)
        case NoteHolding():
            return _note_holding(state, command)
        case NoteWin():
            return _note_win(state, command)
        case ContinueReach(customer_id=customer_id):
            return reach_all(state, state.wins.values(), customer_id)
        case NoteReach() | NoteRelease():
            return _note_reach(state, command)
        case _:
            assert_never(command)


def _note_party(state: PartyState, c: NoteParty) -> Sequence[LinkageEvent]:
    if state.party is not None and c.seq <= state.party.seq:
        return []
    fact = _fact(PartyNoted, c)
    return [fact, *settle(evolve(state, fact), c.on)]


def _note_relationship(state: PartyState, c: NoteRelationship) -> Sequence[LinkageEvent]:
    edges = state.links.get(c.to_id).edges
    if c.kind in edges and c.seq <= edges[c.kind].seq:
        return []
    linked = state.links.count + (0 if edges else 1)
    fact = _fact(RelationshipNoted, c, linked=linked)
    return [fact, *reach_one(evolve(state, fact), c.from_id, c.to_id, c.on)]


def _note_holding(state: PartyState, c: NoteHolding) -> Sequence[LinkageEvent]:
    known = state.holdings.get(c.holding_id)
    if known is not None and c.seq <= known.seq:
        return []
    fact = _fact(HoldingNoted, c)
    return [fact, *settle(evolve(state, fact), c.on)]


def _note_win(state: PartyState, c: NoteWin) -> Sequence[LinkageEvent]:
    if c.lead_id in state.wins:
        return []
    fact = _fact(WinNoted, c)
    after = evolve(state, fact)
    return [fact, *settle(after, c.on), *reach_all(after, [fact], c.customer_id)]


def _note_reach(state: PartyState, c: NoteReach | NoteRelease) -> Sequence[LinkageEvent]:
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
