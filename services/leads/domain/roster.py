"""Whose turn it is: the managers of one line at one unit, and the leads that wait there for one of them (rule L3).

Facts may come in any order: a lead that finds nobody waits, and is dealt once somebody joins who serves on its date.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never, cast

import msgspec

from services.leads.events import (
    DealingPaused,
    LeadDealt,
    LeadWaited,
    ManagerJoined,
    ManagerLeft,
    RosterEvent,
)
from services.leads.group_events import Line
from services.leads.rules import DEAL_BATCH, DEALT, ROUTING_VERSION
from shared.core.decider import Command, Decider
from shared.core.event import Event


class JoinRoster(Command, frozen=True):
    """``seq`` counts the facts about the person's post; an older one than known changes nothing."""

    queue: str
    staff_id: str
    unit_id: str
    valid_from: date
    valid_to: date | None
    seq: int


class LeaveRoster(Command, frozen=True):
    queue: str
    staff_id: str
    seq: int


class DealLead(Command, frozen=True):
    """Choose an owner for a lead's side. What was dealt is not remembered here: a lead keeps its first owner."""

    queue: str
    lead_id: str
    line: Line
    on: date


class DealWaiting(Command, frozen=True):
    """Go on with what waits, where one commit could not deal it all."""

    queue: str


RosterCommand = JoinRoster | LeaveRoster | DealLead | DealWaiting


class Manager(msgspec.Struct, frozen=True):
    """``post`` is None for one who left; ``dealt`` is how many leads they were given."""

    seq: int
    post: ManagerJoined | None
    dealt: int

    def serves(self, on: date) -> bool:
        post = self.post
        return post is not None and post.valid_from <= on and (post.valid_to is None or on <= post.valid_to)


class RosterState(msgspec.Struct, frozen=True):
    """``waiting`` by lead, first come first. It is copied on change: an outlet without a manager soon shows."""

    managers: Mapping[str, Manager] = {}
    waiting: Mapping[str, LeadWaited] = {}


def decide(state: RosterState, command: RosterCommand) -> Sequence[RosterEvent]:
    match command:
        case JoinRoster(queue=queue, staff_id=staff_id):
            if not _newer(state, staff_id, command.seq):
                return []
            joined = ManagerJoined(queue, staff_id, command.unit_id, command.valid_from, command.valid_to, command.seq)
            return [joined, *_deal_waiting(evolve(state, joined), queue)]
        case LeaveRoster(queue=queue, staff_id=staff_id, seq=seq):
            return [ManagerLeft(queue, staff_id, seq)] if _newer(state, staff_id, seq) else []
        case DealLead(queue=queue, lead_id=lead_id, line=line, on=on):
            if lead_id in state.waiting:
                return []
            reason = f"No {line} manager is known there for {on}."
            waited = LeadWaited(queue, lead_id, line, reason, on)
            return [_deal(state, waited) or waited]
        case DealWaiting(queue=queue):
            return _deal_waiting(state, queue)
        case _:
            assert_never(command)


def _newer(state: RosterState, staff_id: str, seq: int) -> bool:
    known = state.managers.get(staff_id)
    return known is None or known.seq < seq


def _deal_waiting(state: RosterState, queue: str) -> Sequence[RosterEvent]:
    """Deal what somebody can take now, at most as many as one commit holds."""
    dealt: list[RosterEvent] = []
    for waited in tuple(state.waiting.values()):
        choice = _deal(state, waited)
        if choice is None:
            continue
        if len(dealt) == DEAL_BATCH:
            return [*dealt, DealingPaused(queue, len(state.waiting))]
        dealt.append(choice)
        state = evolve(state, choice)
    return dealt


def _deal(state: RosterState, lead: LeadWaited) -> LeadDealt | None:
    """To whoever was given the fewest, the lower staff number first among equals."""
    able = [(m.dealt, staff_id, m.post) for staff_id, m in state.managers.items() if m.post and m.serves(lead.on)]
    if not able:
        return None
    dealt, staff_id, post = min(able, key=lambda one: one[:2])
    return LeadDealt(
        queue=lead.queue,
        lead_id=lead.lead_id,
        line=lead.line,
        staff_id=staff_id,
        unit_id=post.unit_id,
        reason=f"Next of {len(able)} at {lead.queue}: {dealt} dealt before.",
        rule=DEALT,
        rules_version=ROUTING_VERSION,
        on=lead.on,
    )


def evolve(state: RosterState, event: Event) -> RosterState:
    managers, waiting = state.managers, state.waiting
    known = cast("RosterEvent", event)
    match known:
        case ManagerJoined(staff_id=staff_id, seq=seq):
            dealt = managers[staff_id].dealt if staff_id in managers else 0
            return RosterState({**managers, staff_id: Manager(seq, known, dealt)}, waiting)
        case ManagerLeft(staff_id=staff_id, seq=seq):
            dealt = managers[staff_id].dealt if staff_id in managers else 0
            return RosterState({**managers, staff_id: Manager(seq, None, dealt)}, waiting)
        case LeadDealt(staff_id=staff_id, lead_id=lead_id):
            one = managers[staff_id]
            rest = {key: lead for key, lead in waiting.items() if key != lead_id} if lead_id in waiting else waiting
            return RosterState({**managers, staff_id: msgspec.structs.replace(one, dealt=one.dealt + 1)}, rest)
        case LeadWaited(lead_id=lead_id):
            return RosterState(managers, {**waiting, lead_id: known})
        case DealingPaused():
            return state
        case _:
            assert_never(known)


ROSTER: Decider[RosterState, RosterCommand] = Decider("roster", RosterState(), decide, evolve)
