"""Whom the wins of a party reach through its edges, and whom no longer. Rules K1, K4 and K5."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, islice

import msgspec

from services.linkage.domain.links import Link
from services.linkage.domain.state import PartyState
from services.linkage.events import (
    PartiesReached,
    PartyEvent,
    PartyReached,
    PartyReleased,
    ReachAdvanced,
    ReachPaused,
    WinNoted,
)
from services.linkage.rules import REACH_BATCH, RELEASE_BATCH, LinkRule, in_force, rule_of

SetOff = tuple[WinNoted, LinkRule, int]
"""A win, a rule that it sets off, and how sure an edge must be for it, of 10,000."""


class Way(msgspec.Struct, frozen=True):
    """One win that reaches one party by one rule."""

    win: WinNoted
    rule: LinkRule
    to_id: str
    relationship: str

    @property
    def by(self) -> tuple[str, str]:
        return self.win.lead_id, self.rule.rule


def reach_all(state: PartyState, wins: Iterable[WinNoted], customer_id: str) -> list[PartyEvent]:
    """Reach who is due, one win after the other and at most as many as one commit holds; says how far each win has
    come, and how many parties still wait.

    Who waits is counted once, when a win comes; from then on it is known from the batch before, so that a batch costs
    what it reaches. A party whose edge is gone meanwhile is counted until the last batch finds it gone.
    """
    taken: list[Way] = []
    advanced: list[ReachAdvanced] = []
    room, waiting = REACH_BATCH, 0
    for win in wins:
        known = state.waiting.get(win.lead_id)
        due = _due(state, win) if known != 0 else iter(())
        batch = list(islice(due, room))
        left = _left(due, known, len(batch))
        if batch or (known and not left):
            advanced.append(ReachAdvanced(customer_id, win.lead_id, len(batch), left))
        taken += chain.from_iterable(batch)
        room -= len(batch)
        waiting += left
    paused = [ReachPaused(customer_id, waiting)] if waiting else []
    return [*_together(taken), *advanced, *paused]


def _left(due: Iterator[list[Way]], known: int | None, reached: int) -> int:
    """How many still wait after a batch; ``due`` goes on where the batch ended."""
    if known is None:
        return sum(1 for _ in due)
    return 0 if next(due, None) is None else max(1, known - reached)


def reach_one(state: PartyState, from_id: str, to_id: str, on: date) -> list[PartyEvent]:
    """What an edge that changed on a day means for every win so far; a win has few rules, and a party few wins."""
    link = state.links.get(to_id)
    ways = {way.by: way for way in _ways(state, _set_off(state.wins.values()), to_id, link)}
    gone = [_released(state, from_id, to_id, link, by, on) for by in sorted(link.reached - ways.keys())]
    return [*gone, *(_reached(way) for by, way in ways.items() if by not in link.reached)]


def release_ended(state: PartyState, customer_id: str, on: date) -> list[PartyEvent]:
    """Release whom no edge carries any more now that their last day is over, at most as many as one commit holds."""
    pairs = _set_off(state.wins.values())
    gone = [
        (to_id, link, by)
        for to_id, link in state.links.items()
        if link.reached and any(edge.has_ended(state.through) for edge in link.edges.values())
        for by in sorted(link.reached - {way.by for way in _ways(state, pairs, to_id, link)})
    ]
    released = [_released(state, customer_id, *one, on) for one in gone[:RELEASE_BATCH]]
    waiting = len(gone) - len(released)
    return [*released, ReachPaused(customer_id, waiting)] if waiting else [*released]


def _due(state: PartyState, win: WinNoted) -> Iterator[list[Way]]:
    """Of each party that a win does not reach yet though an edge carries it there, the new ways."""
    pairs = _set_off([win])
    all_of_them = {(win.lead_id, rule.rule) for _, rule, _ in pairs}
    for to_id, link in state.links.items() if pairs else ():
        if all_of_them <= link.reached:
            continue
        if ways := [way for way in _ways(state, pairs, to_id, link) if way.by not in link.reached]:
            yield ways


def _set_off(wins: Iterable[WinNoted]) -> list[SetOff]:
    """Each win with each rule that it sets off, where it has not come as far as the rules allow (rule K5)."""
    return [
        (win, rule, rules.min_confidence_bps)
        for win in wins
        for rules in [in_force(win.on)]
        if win.hop + 1 <= rules.max_hops
        for rule in rules.of_win(win.line, win.products)
    ]


def _ways(state: PartyState, pairs: Iterable[SetOff], to_id: str, link: Link) -> Iterator[Way]:
    """The ways to a party that an edge carries; never back to whom the chain came from."""
    for win, rule, least in pairs:
        if to_id == win.customer_id or to_id in win.ancestors:
            continue
        kinds = [
            edge.kind
            for edge in link.edges.values()
            if edge.kind in rule.relationships and edge.stood(win.on, least) and not edge.has_ended(state.through)
        ]
        if kinds:
            yield Way(win, rule, to_id, min(kinds))


def _together(ways: Iterable[Way]) -> list[PartyEvent]:
    """One event for all that one win reaches by one rule through one kind of edge."""
    groups: dict[tuple[str, str, str], list[Way]] = {}
    for way in ways:
        groups.setdefault((*way.by, way.relationship), []).append(way)
    return [_parties_reached(group[0], tuple(way.to_id for way in group)) for group in groups.values()]


def _parties_reached(way: Way, to_ids: tuple[str, ...]) -> PartiesReached:
    said = msgspec.structs.asdict(_reached(way))
    del said["to_id"]
    return PartiesReached(to_ids=to_ids, **said)


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


def _released(state: PartyState, from_id: str, to_id: str, link: Link, by: tuple[str, str], on: date) -> PartyReleased:
    lead_id, name = by
    win = state.wins[lead_id]
    rules = in_force(win.on)
    kinds = rule_of(rules.version, name).relationships
    ended = any(
        edge.kind in kinds and edge.stood(win.on, rules.min_confidence_bps) and edge.has_ended(state.through)
        for edge in link.edges.values()
    )
    return PartyReleased(from_id, to_id, name, lead_id, "ended" if ended else "released", on)
