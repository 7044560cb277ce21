"""What is known of one lead, as far as the rules ask for it, and how each event changes it."""

from collections.abc import Mapping
from datetime import date
from typing import Literal, assert_never, cast

import msgspec

from services.leads.events import (
    FirstContactMade,
    FirstContactMissed,
    LeadAbsorbed,
    LeadActivated,
    LeadEvent,
    LeadExpired,
    LeadHandedOver,
    LeadLost,
    LeadMerged,
    LeadOpened,
    LeadQualified,
    LeadReleased,
    LeadReopened,
    LeadRouted,
    LeadUnmerged,
    LeadWon,
    Origin,
    ProjectStageReached,
    Share,
    SplitAccepted,
    SplitProposed,
    SplitVoided,
    StandingSplit,
)
from services.leads.group_events import GroupRouted, Line, LineLeft
from shared.core.event import Event

Status = Literal["new", "opened", "proposed", "active", "qualified", "won", "lost", "expired", "merged"]
ENDINGS: Mapping[type[Event], Status] = {LeadWon: "won", LeadLost: "lost", LeadExpired: "expired"}
OPEN: frozenset[Status] = frozenset({"opened", "proposed", "active", "qualified"})


class Side(msgspec.Struct, frozen=True):
    """One line's side: an owner, or the queue that holds it (rule L3). The leader of a group stands in the same way."""

    owner_id: str | None
    unit_id: str | None
    queue: str | None


class Absorbed(msgspec.Struct, frozen=True):
    """A lead that is merged into this one (rule L4), and what this one was before: whether it was won, and why each
    side waited that got its owner from there.
    """

    event: LeadAbsorbed
    won_before: bool
    before: Mapping[Line, LeadRouted]


class LeadState(msgspec.Struct, frozen=True):
    """``offered`` is the proposal that waits for acceptance or has it, of which ``accepted`` says by whom; ``standing``
    the last one that all accepted. ``proposals`` counts all that were made. ``sides`` are the two that every lead has,
    and the lines that joined.
    """

    opened: LeadOpened | None = None
    sides: Mapping[Line, Side] = {}
    group: Side | None = None
    proposals: int = 0
    offered: StandingSplit | None = None
    accepted: frozenset[Line] = frozenset()
    standing: StandingSplit | None = None
    contacted: bool = False
    missed: frozenset[tuple[str, date]] = frozenset()
    """Who missed the first contact, and by when it was due."""
    stage: ProjectStageReached | None = None
    qualified: bool = False
    ended: LeadWon | LeadLost | LeadExpired | None = None
    routes: Mapping[Line, LeadRouted] = {}
    """Why each side is where it is now."""
    merged: LeadMerged | None = None
    """While this is set, the lead rests; all else is as if it were not."""
    merges: int = 0
    absorbed: Mapping[str, Absorbed] = {}
    """By lead, those that are merged into this one."""
    answered: Mapping[str, int] = {}
    """By lead, the latest of its merges that this one heard of."""

    @property
    def shares(self) -> tuple[Share, ...]:
        """Of the newest proposal that is not void."""
        return self.offered.shares if self.offered else ()

    @property
    def agreed(self) -> bool:
        """Each owner that the split names accepted it. A line that joined later has no share until all have accepted a
        split that names it; until then the others' agreement stands (rule L2).
        """
        return self.offered is not None and self.accepted == frozenset(share.line for share in self.shares)

    @property
    def origin(self) -> Origin | None:
        """Where it comes from, or else a lead that was merged into it: the chain goes on (rule K5)."""
        own = (self.opened.origin if self.opened else None, *(one.event.origin for one in self.absorbed.values()))
        return next((one for one in own if one is not None), None)

    @property
    def status(self) -> Status:
        if self.merged is not None:
            return "merged"
        if self.ended is not None:
            return ENDINGS[type(self.ended)]
        if self.opened is None:
            return "new"
        if self.agreed:
            return "qualified" if self.qualified else "active"
        return "proposed" if self.offered else "opened"

    def line_of(self, staff_id: str) -> Line | None:
        """The side that a person owns."""
        return next((line for line, side in self.sides.items() if side.owner_id == staff_id), None)

    def owner_of(self, line: Line) -> str | None:
        return self.sides[line].owner_id if line in self.sides else None

    def leads(self, staff_id: str) -> bool:
        """Whether a person leads the marketing group."""
        return self.group is not None and self.group.owner_id == staff_id


def beneath(state: LeadState) -> LeadState:
    """How the lead stands, were it not merged."""
    return state if state.merged is None else msgspec.structs.replace(state, merged=None)


def evolve(state: LeadState, event: Event) -> LeadState:  # noqa: C901, PLR0911, PLR0912 -- one match, a return a fact
    replace = msgspec.structs.replace
    known = cast("LeadEvent", event)
    match known:
        case LeadOpened():
            return replace(state, opened=known)
        case LeadRouted(line=line, owner_id=owner, owner_unit_id=unit, queue=queue):
            sides = {**state.sides, line: Side(owner, unit, queue)}
            return replace(state, sides=sides, routes={**state.routes, line: known})
        case SplitProposed(proposal=proposal, shares=shares, proposed_by=by):
            offered = StandingSplit(proposal, shares, by)
            return replace(state, proposals=proposal, offered=offered, accepted=frozenset())
        case SplitVoided(standing=standing):
            accepted = frozenset(share.line for share in standing.shares) if standing else frozenset()
            return replace(state, offered=standing, accepted=accepted, standing=standing)
        case SplitAccepted(line=line):
            return replace(state, accepted=state.accepted | {line})
        case LeadActivated():
            return replace(state, standing=state.offered)
        case FirstContactMade():
            return replace(state, contacted=True)
        case FirstContactMissed(owner_id=owner_id, due_on=due_on):
            return replace(state, missed=state.missed | {(owner_id, due_on)})
        case ProjectStageReached():
            return replace(state, stage=known)
        case LeadHandedOver():
            return state  # the route that follows says who owns the side
        case LeadQualified():
            return replace(state, qualified=True)
        case LeadWon() | LeadLost() | LeadExpired():
            return replace(state, ended=known)
        case LeadReopened():
            return replace(state, ended=None)
        case LineLeft(line=line):
            return replace(state, sides={name: side for name, side in state.sides.items() if name != line})
        case GroupRouted(leader_id=leader, leader_unit_id=unit, queue=queue):
            return replace(state, group=Side(leader, unit, queue))
        case LeadMerged(merge=merge):
            return replace(state, merged=known, merges=merge)
        case LeadUnmerged():
            return replace(state, merged=None)
        case LeadAbsorbed(merged_id=merged_id, merge=merge, adopted=adopted):
            before = {line: state.routes[line] for line in adopted}
            one = Absorbed(known, isinstance(state.ended, LeadWon), before)
            absorbed = {**state.absorbed, merged_id: one}
            return replace(state, absorbed=absorbed, answered={**state.answered, merged_id: merge})
        case LeadReleased(merged_id=merged_id, merge=merge):
            absorbed = {key: one for key, one in state.absorbed.items() if key != merged_id}
            return replace(state, absorbed=absorbed, answered={**state.answered, merged_id: merge})
        case _:
            assert_never(known)
