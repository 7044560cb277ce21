"""Whom the wins of a party reach through its edges, and whom no longer. Rules K1, K4 and K5."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

import msgspec

from services.linkage.domain.links import Link, Reached
from services.linkage.domain.state import PartyState
from services.linkage.events import LinkageEvent, PartyReached, PartyReleased, ReachPaused, WinNoted
from services.linkage.rules import REACH_BATCH, LinkRule, in_force


class Way(msgspec.Struct, frozen=True):
    """One win that reaches one party by one rule."""

    win: WinNoted
    rule: LinkRule
    to_id: str
    relationship: str


def reach_all(state: PartyState, wins: Iterable[WinNoted], customer_id: str) -> list[LinkageEvent]:
    """Reach who is due, at most as many as one commit holds; says how many then still wait."""
    pairs = _set_off(wins)
    due = (way for to_id, link in state.links.items() for way in _ways(pairs, to_id, link, link.reached))
    reached: list[LinkageEvent] = [_reached(way) for way in islice(due, REACH_BATCH)]
    waiting = sum(1 for _ in due)
    return [*reached, ReachPaused(customer_id, waiting)] if waiting else reached


def reach_one(state: PartyState, from_id: str, to_id: str, on: date) -> list[LinkageEvent]:
    """What an edge that changed on a day means for every win so far; a win has few rules, and a party few wins."""
    link = state.links.get(to_id)
    ways = {(way.win.lead_id, way.rule.rule): way for way in _ways(_set_off(state.wins.values()), to_id, link)}
    released = [
        PartyReleased(from_id, to_id, rule, lead_id, on) for lead_id, rule in sorted(link.reached - ways.keys())
    ]
    return [*released, *(_reached(way) for key, way in ways.items() if key not in link.reached)]


def _set_off(wins: Iterable[WinNoted]) -> list[tuple[WinNoted, LinkRule]]:
    """Each win with each rule that it sets off, where it has not come as far as the rules allow (rule K5)."""
    return [
        (win, rule)
        for win in wins
        if win.hop + 1 <= in_force(win.on).max_hops
        for rule in in_force(win.on).of_win(win.line, win.products)
    ]


def _ways(
    pairs: Iterable[tuple[WinNoted, LinkRule]], to_id: str, link: Link, known: Reached = frozenset()
) -> Iterator[Way]:
    """The ways to a party that an edge carries, without the known ones; never back to whom the chain came from."""
    for win, rule in pairs:
        if (win.lead_id, rule.rule) in known or to_id == win.customer_id or to_id in win.ancestors:
            continue
        kinds = [e.kind for e in link.edges.values() if e.kind in rule.relationships and e.carries(win.on)]
        if kinds:
            yield Way(win, rule, to_id, min(kinds))


def _reached(way: Way) -> PartyReached:
    win = way.win
    return PartyReached(
        from_id=win.customer_id,
        to_id=way.to_id,
        relationship=way.relationship,
        rule=way.rule.rule,
        rules_version=in_force(win.on).version,
        products=way.rule.products,
        lead_id=win.lead_id,
        winner_id=win.winner_id,
        winner_unit_id=win.winner_unit_id,
        winner_line=win.line,
        on=win.on,
        root_lead_id=win.root_lead_id,
        ancestors=(*win.ancestors, win.customer_id),
        hop=win.hop + 1,
    )
