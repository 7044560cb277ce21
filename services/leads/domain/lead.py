"""The joint lead: who owns it, how its credit is split, how it ends. Rules L1 to L4, L7 to L9 and L11."""

from collections.abc import Sequence
from typing import assert_never

from services.leads.domain import clock, endings, group, merging, owners, project, split, succession
from services.leads.domain.commands import (
    AbsorbLead,
    AcceptSplit,
    AssignOwner,
    ClaimSide,
    ExpireLead,
    HandOver,
    InvitePartner,
    LeadCommand,
    LoseLead,
    MergeLead,
    MissFirstContact,
    NoteContact,
    OpenLead,
    ProposeSplit,
    QualifyLead,
    ReachStage,
    ReleaseLead,
    ReopenLead,
    RerouteMissed,
    ReturnSide,
    UnmergeLead,
    WinLead,
    WithdrawSplit,
)
from services.leads.domain.group_commands import JoinLine, LeaveLine, NameLeader
from services.leads.domain.state import LeadState, beneath, evolve
from services.leads.events import LeadEvent
from shared.core.decider import Decider


def decide(  # noqa: C901, PLR0911, PLR0912 -- one match, a branch a wish
    state: LeadState, command: LeadCommand
) -> Sequence[LeadEvent]:
    match command:
        case MergeLead():
            return merging.merge(state, command)
        case AbsorbLead():
            return merging.absorb(state, command)
        case ReleaseLead():
            return merging.release(state, command)
        case UnmergeLead():
            return merging.unmerge(state, command)
        case _ if merging.must_rest(state, command):
            return []
    state = beneath(state)
    match command:
        case OpenLead():
            return owners.open_lead(state, command)
        case AssignOwner():
            return owners.assign(state, command)
        case InvitePartner():
            return owners.invite(state, command)
        case ClaimSide():
            return owners.claim(state, command)
        case ProposeSplit():
            return split.propose(state, command)
        case WithdrawSplit():
            return split.withdraw(state, command)
        case AcceptSplit():
            return split.accept(state, command)
        case NoteContact():
            return clock.note_contact(state, command)
        case MissFirstContact():
            return clock.miss(state, command)
        case RerouteMissed():
            return clock.reroute(state, command)
        case ReachStage():
            return project.reach(state, command)
        case HandOver():
            return succession.hand_over(state, command)
        case ReturnSide():
            return succession.give_back(state, command)
        case JoinLine() | LeaveLine() | NameLeader():
            return group.decide(state, command)
        case QualifyLead():
            return endings.qualify(state, command)
        case WinLead():
            return endings.win(state, command)
        case LoseLead():
            return endings.lose(state, command)
        case ExpireLead():
            return endings.expire(state, command)
        case ReopenLead():
            return endings.reopen(state, command)
        case _:
            assert_never(command)


LEAD: Decider[LeadState, LeadCommand] = Decider("lead", LeadState(), decide, evolve)
