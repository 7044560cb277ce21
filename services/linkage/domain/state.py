"""What is known of one party: its own facts, whom its wins reached, and what the wins of others brought to it.

Every fact replaces an older one about the same thing, so that the state depends on which facts came, not on when.
An event costs a copy of what it changes; only the links can be many, and they are kept for that (see ``links``).
"""

from collections.abc import Mapping
from datetime import date
from typing import assert_never, cast

import msgspec

from services.linkage.domain.links import Edge, Link, Links
from services.linkage.events import (
    HoldingMoveNoted,
    HoldingNoted,
    LinksEnded,
    OpportunitySpawned,
    OpportunityWithdrawn,
    PartiesReached,
    PartyErased,
    PartyEvent,
    PartyNoted,
    PartyReached,
    PartyReleased,
    ReachAdvanced,
    ReachNoted,
    ReachPaused,
    RelationshipNoted,
    ReleaseNoted,
    WinNoted,
)
from shared.core.event import Event

ReachKey = tuple[str, str, str]
"""From whom, by which lead, by which rule."""


class PartyState(msgspec.Struct, frozen=True):
    """``holdings`` and ``reaches`` keep the newest word on each; ``opportunities`` are those that stand, by (from whom,
    product), and ``taken_back`` those that stood once. ``waiting``: how many a win has still to reach, by lead. Edges
    have ended whose last day is ``through`` or earlier.
    """

    party: PartyNoted | None = None
    links: Links = Links()
    wins: Mapping[str, WinNoted] = {}
    holdings: Mapping[str, HoldingNoted | HoldingMoveNoted] = {}
    reaches: Mapping[ReachKey, ReachNoted | ReleaseNoted] = {}
    opportunities: Mapping[tuple[str, str], OpportunitySpawned] = {}
    taken_back: Mapping[tuple[str, str], OpportunitySpawned] = {}
    waiting: Mapping[str, int] = {}
    through: date | None = None
    erased: bool = False


def evolve(state: PartyState, event: Event) -> PartyState:  # noqa: C901, PLR0911, PLR0912 -- one match, a return a fact
    replace = msgspec.structs.replace
    known = cast("PartyEvent", event)
    match known:
        case PartyNoted():
            return replace(state, party=known)
        case RelationshipNoted(to_id=to_id, kind=kind):
            edge = Edge(kind, known.valid_from, known.valid_to, known.confidence_bps, known.consent, known.seq)
            link = state.links.get(to_id)
            return _linked(state, to_id, replace(link, edges={**link.edges, kind: edge}))
        case HoldingNoted(holding_id=holding_id) | HoldingMoveNoted(holding_id=holding_id):
            return replace(state, holdings={**state.holdings, holding_id: known})
        case WinNoted(lead_id=lead_id):
            return replace(state, wins={**state.wins, lead_id: known})
        case PartyReached(to_id=to_id, lead_id=lead_id, rule=rule):
            link = state.links.get(to_id)
            return _linked(state, to_id, replace(link, reached=link.reached | {(lead_id, rule)}))
        case PartiesReached(to_ids=to_ids, lead_id=lead_id, rule=rule):
            return replace(state, links=state.links.reach(to_ids, (lead_id, rule)))
        case PartyReleased(to_id=to_id, lead_id=lead_id, rule=rule):
            link = state.links.get(to_id)
            return _linked(state, to_id, replace(link, reached=link.reached - {(lead_id, rule)}))
        case ReachAdvanced(lead_id=lead_id, waiting=waiting):
            return replace(state, waiting={**state.waiting, lead_id: waiting})
        case ReachPaused():
            return state
        case LinksEnded(through=through):
            return replace(state, through=through)
        case PartyErased():
            return replace(state, erased=True)
        case (
            ReachNoted(from_id=from_id, lead_id=lead_id, rule=rule)
            | ReleaseNoted(from_id=from_id, lead_id=lead_id, rule=rule)
        ):
            return replace(state, reaches={**state.reaches, (from_id, lead_id, rule): known})
        case OpportunitySpawned() | OpportunityWithdrawn():
            return _with_opportunity(state, known)
        case _:
            assert_never(known)


def _linked(state: PartyState, to_id: str, link: Link) -> PartyState:
    return msgspec.structs.replace(state, links=state.links.put(to_id, link))


def _with_opportunity(state: PartyState, said: OpportunitySpawned | OpportunityWithdrawn) -> PartyState:
    gone = said.opportunity_id
    standing = {pair: one for pair, one in state.opportunities.items() if one.opportunity_id != gone}
    taken_back = {pair: one for pair, one in state.taken_back.items() if one.opportunity_id != gone}
    if isinstance(said, OpportunitySpawned):
        standing[said.from_id, said.product] = said
    else:
        taken_back |= {pair: one for pair, one in state.opportunities.items() if one.opportunity_id == gone}
    return msgspec.structs.replace(state, opportunities=standing, taken_back=taken_back)
