"""Two leads that are about the same become one, and two again. Rule L4.

The merged lead rests as it stands: its owners, split, visits and work log stay its own, and nobody works it. What comes
by itself, such as a contact that was logged for it, an owner who leaves or an opportunity that ends, goes on beneath,
so that the lead is up to date when the merge is undone. The survivor keeps its owners and its split; beside them stand
the merged lead's, and a side of the survivor that waited in a queue gets its owner from there. A changed split needs
both owners as ever (rule L2).

Undoing takes back what the merge did, and no more: whatever happened to either of them since stays. Only what is won
since stays won, once, and merged.

The two are on streams of their own. To merge begins at the merged lead and ends at the survivor, to undo begins at the
survivor: in between the merged lead rests, so that it cannot be won beside the other. A survivor that ended meanwhile,
or was merged itself, lets go at once. Of leads that are merged into each other in a ring at the same moment, at least
one thus stands again.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from services.leads.domain.commands import (
    AbsorbLead,
    AcceptSplit,
    ClaimSide,
    InvitePartner,
    LeadCommand,
    LoseLead,
    MergeLead,
    MissFirstContact,
    ProposeSplit,
    QualifyLead,
    ReachStage,
    ReleaseLead,
    ReopenLead,
    RerouteMissed,
    UnmergeLead,
    WinLead,
    WithdrawSplit,
)
from services.leads.domain.group_commands import JoinLine, LeaveLine, NameLeader
from services.leads.domain.guards import opened
from services.leads.domain.owners import Taker, take
from services.leads.domain.split import void_naming
from services.leads.domain.state import OPEN, LeadState, evolve
from services.leads.duplicate_rules import DUPLICATES, MERGED
from services.leads.events import (
    Holder,
    LeadAbsorbed,
    LeadEvent,
    LeadMerged,
    LeadReleased,
    LeadUnmerged,
    LeadWon,
)
from services.leads.group_events import Line
from shared.core.errors import RuleBroken

Events = Sequence[LeadEvent]
PEOPLES = (
    InvitePartner | ClaimSide | ProposeSplit | WithdrawSplit | AcceptSplit
    | ReachStage | QualifyLead | WinLead | LoseLead | ReopenLead | JoinLine | LeaveLine | NameLeader
)  # fmt: skip
"""What people wish of a lead that they work on."""


def must_rest(state: LeadState, command: LeadCommand) -> bool:
    """Whether a merged lead lets a timer's wish be; a person's is refused."""
    if state.merged is None:
        return False
    if isinstance(command, PEOPLES):
        into = state.merged.into_id
        message = f"The lead was merged into {into}. Work on that one, or have the merge undone."
        raise RuleBroken("lead_merged", message, rule="L4", named={"lead_id": into})
    return isinstance(command, MissFirstContact | RerouteMissed)


def merge(state: LeadState, c: MergeLead) -> Events:
    lead = opened(state)
    if state.merged is not None:
        if state.merged.into_id == c.into_id:
            return []
        raise _broken("merged_already", f"The lead is merged into {state.merged.into_id}. Undo that first.")
    _must_fit(state, c)
    owners = holders(state)
    merged = LeadMerged(
        lead_id=lead.lead_id,
        customer_id=lead.customer_id,
        into_id=c.into_id,
        merge=state.merges + 1,
        owners=owners,
        shares=state.standing.shares if state.standing else (),
        reason=c.reason,
        by=c.by,
        rules_version=DUPLICATES.version,
        on=c.on,
        origin=state.origin,
    )
    return [merged]


def _must_fit(state: LeadState, c: MergeLead) -> None:
    """The other lead, as it stood when this was asked, can take this one."""
    other = c.into
    if other.opened is None:
        raise _broken("no_survivor", f"There is no lead {c.into_id}. Check the id.")
    _may_decide(c.by, c.roles, holders(state), holders(other))
    if c.into_id == opened(state).lead_id or opened(state).lead_id in other.absorbed:
        raise _broken("same_lead", "A lead cannot be merged into itself, or into one that is merged into it.")
    if not c.same_customer:
        message = f"The other lead is of customer {other.opened.customer_id}, who is not known to be the same."
        raise _broken("other_customer", message)
    if other.merged is not None:
        message = f"{c.into_id} was merged into {other.merged.into_id}. Merge into that one."
        raise RuleBroken("survivor_merged", message, rule="L4", named={"lead_id": other.merged.into_id})
    if other.status not in OPEN | {"won"}:
        raise _broken("survivor_ended", f"{c.into_id} is {other.status}. Reopen it first, or merge it into this one.")
    if state.status == "won":
        raise _broken("won_stays_won", "What is won stays won: merge the other lead into this one.")


def holders(state: LeadState) -> tuple[Holder, ...]:
    """Who owns its sides."""
    return tuple(
        Holder(line, side.owner_id, side.unit_id)
        for line, side in sorted(state.sides.items())
        if side.owner_id is not None and side.unit_id is not None
    )


def _may_decide(by: str, roles: frozenset[str], *owners: Sequence[Holder]) -> None:
    if DUPLICATES.deciders & roles or all(by in {one.staff_id for one in some} for some in owners):
        return
    who = " or ".join(sorted(DUPLICATES.deciders))
    raise _broken("may_not_merge", f"That is for the roles {who}, and for who owns a side of both leads.")


def absorb(state: LeadState, c: AbsorbLead) -> Events:
    """Comes from the merged lead by itself. Each merge is answered once."""
    lead = opened(state)
    if c.merge <= state.answered.get(c.merged_id, 0):
        return []
    if state.status not in OPEN | {"won"}:
        why = f"{lead.lead_id} is {state.status}."
        return [LeadReleased(lead.lead_id, c.merged_id, c.merge, why, None, c.on)]
    adopted = tuple(_adopted(state, c.owners))
    events: list[LeadEvent] = [
        LeadAbsorbed(
            lead_id=lead.lead_id,
            merged_id=c.merged_id,
            merge=c.merge,
            owners=c.owners,
            shares=c.shares,
            adopted=tuple(one.line for one in adopted),
            on=c.on,
            origin=c.origin,
        )
    ]
    for one in adopted:
        reason = f"Owns {c.merged_id}, which was merged into this one."
        taker = Taker(one.line, one.staff_id, one.unit_id, c.on)
        events += take(_after(state, events), taker, reason, MERGED)
    return events


def _adopted(state: LeadState, owners: Sequence[Holder]) -> Iterator[Holder]:
    """A side that waits takes the merged lead's owner, unless they own another side already: it takes two. A line that
    joined the merged lead alone does not join this one by itself: a share is for its owners to agree on (rule L2).
    """
    taken = {side.owner_id for side in state.sides.values()}
    for one in owners:
        side = state.sides.get(one.line)
        if state.status in OPEN and side is not None and side.owner_id is None and one.staff_id not in taken:
            yield one


def release(state: LeadState, c: ReleaseLead) -> Events:
    """A person undoes the merge."""
    lead = opened(state)
    absorbed = state.absorbed.get(c.merged_id)
    if absorbed is None:
        if c.merged_id in state.answered:
            return []
        raise _broken("not_merged", f"{c.merged_id} is not merged into {lead.lead_id}, or not yet: look again.")
    _may_decide(c.by, c.roles, holders(state), absorbed.event.owners)
    if isinstance(state.ended, LeadWon) and not absorbed.won_before:
        message = f"{lead.lead_id} was won since, for both: what is won stays won. Open a new lead for a new need."
        raise _broken("won_since_merge", message)
    released = LeadReleased(lead.lead_id, c.merged_id, absorbed.event.merge, c.reason, c.by, c.on)
    return [released, *_given_back(state, absorbed.event)]


def let_go(state: LeadState, why: str, on: date) -> Events:
    """A survivor that ends by itself takes nobody's lead with it: each that was merged into it stands again."""
    events: list[LeadEvent] = []
    for merged_id, absorbed in sorted(state.absorbed.items()):
        now = _after(state, events)
        events.append(LeadReleased(opened(state).lead_id, merged_id, absorbed.event.merge, why, None, on))
        events += _given_back(now, absorbed.event)
    return events


def _given_back(state: LeadState, absorbed: LeadAbsorbed) -> Iterator[LeadEvent]:
    """A side that got its owner by the merge waits again as it did before, for the same reason; a split that names that
    owner is void. Where the side has changed hands since, it stays with who has it.
    """
    lines = [line for line in absorbed.adopted if _holds(state, absorbed, line)]
    yield from void_naming(state, lines, "owner_changed", None)
    for line in lines:
        yield state.absorbed[absorbed.merged_id].before[line]


def _holds(state: LeadState, absorbed: LeadAbsorbed, line: Line) -> bool:
    return any(one.line == line and one.staff_id == state.owner_of(line) for one in absorbed.owners)


def unmerge(state: LeadState, c: UnmergeLead) -> Events:
    """Comes from the survivor by itself."""
    merged = state.merged
    if merged is None or merged.into_id != c.into_id or merged.merge != c.merge:
        return []
    return [LeadUnmerged(merged.lead_id, merged.into_id, merged.merge, c.reason, c.by, c.on)]


def _after(state: LeadState, events: Sequence[LeadEvent]) -> LeadState:
    for event in events:
        state = evolve(state, event)
    return state


def _broken(code: str, message: str) -> RuleBroken:
    return RuleBroken(code, message, rule="L4")
