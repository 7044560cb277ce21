"""What is known of one lead, as far as the rules ask for it, and how each event changes it."""

from collections.abc import Mapping
from typing import Literal, assert_never, cast

import msgspec

from services.leads.events import (
    LeadActivated,
    LeadEvent,
    LeadExpired,
    LeadLost,
    LeadOpened,
    LeadQualified,
    LeadReopened,
    LeadRouted,
    LeadWon,
    OwnerLine,
    Share,
    SplitAccepted,
    SplitProposed,
)
from services.leads.rules import OWNER_LINES
from shared.core.event import Event

Status = Literal["new", "opened", "proposed", "active", "qualified", "won", "lost", "expired"]
OPEN: frozenset[Status] = frozenset({"opened", "proposed", "active", "qualified"})


class Side(msgspec.Struct, frozen=True):
    """One line's side: an owner, or the queue that holds it (rule L3)."""

    owner_id: str | None
    unit_id: str | None
    queue: str | None


class LeadState(msgspec.Struct, frozen=True):
    """``shares`` and ``accepted`` are of the newest proposal; ``proposal`` 0 means that there is none."""

    opened: LeadOpened | None = None
    sides: Mapping[OwnerLine, Side] = {}
    proposal: int = 0
    shares: tuple[Share, ...] = ()
    accepted: frozenset[OwnerLine] = frozenset()
    qualified: bool = False
    ended: LeadWon | LeadLost | LeadExpired | None = None

    @property
    def agreed(self) -> bool:
        """Both sides accepted the same split (rule L2)."""
        return self.accepted == frozenset(OWNER_LINES)

    @property
    def status(self) -> Status:
        match self.ended:
            case LeadWon():
                return "won"
            case LeadLost():
                return "lost"
            case LeadExpired():
                return "expired"
        if self.opened is None:
            return "new"
        if self.agreed:
            return "qualified" if self.qualified else "active"
        return "proposed" if self.proposal else "opened"

    def line_of(self, staff_id: str) -> OwnerLine | None:
        """The side that a person owns."""
        return next((line for line, side in self.sides.items() if side.owner_id == staff_id), None)


def evolve(state: LeadState, event: Event) -> LeadState:  # noqa: PLR0911 -- one match, a return a fact
    replace = msgspec.structs.replace
    known = cast("LeadEvent", event)
    match known:
        case LeadOpened():
            return replace(state, opened=known)
        case LeadRouted(line=line, owner_id=owner, owner_unit_id=unit, queue=queue):
            return replace(state, sides={**state.sides, line: Side(owner, unit, queue)})
        case SplitProposed(proposal=proposal, shares=shares):
            return replace(state, proposal=proposal, shares=shares, accepted=frozenset())
        case SplitAccepted(line=line):
            return replace(state, accepted=state.accepted | {line})
        case LeadActivated():
            return state  # follows from the second acceptance
        case LeadQualified():
            return replace(state, qualified=True)
        case LeadWon() | LeadLost() | LeadExpired():
            return replace(state, ended=known)
        case LeadReopened():
            return replace(state, ended=None)
        case _:
            assert_never(known)
