"""An award or a penalty that people give: one proposes it with reason and evidence, another approves (rule I13)."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, assert_never

import msgspec

from services.incentives.award_events import AwardApproved, AwardEntry, AwardEvent, AwardProposed, AwardRejected
from services.incentives.events import CreditPosted
from services.incentives.rules import period_of
from shared.core.decider import Command, Decider
from shared.core.errors import NotFound, RuleBroken
from shared.core.event import Event
from shared.core.ids import derived

INDICATOR = "award"
"""What such a line stands under: no plan's indicator has a target or a weight by this name."""
SIGNS = {"awarded": 1, "penalised": -1}


class ProposeAward(Command, frozen=True):
    """``staff_id`` is whom it is for, of ``unit_id``."""

    award_id: str
    entry: AwardEntry
    staff_id: str
    unit_id: str
    points_milli: int
    reason: str
    evidence: tuple[str, ...]
    proposed_by: str
    on: date


class ApproveAward(Command, frozen=True):
    """``closed`` is the last closed month, ``planned`` whether a plan is in force on that day, ``latest`` the last day
    that can be meant.
    """

    approved_by: str
    on: date
    closed: str | None
    planned: bool
    latest: date


class RejectAward(Command, frozen=True):
    reason: str
    rejected_by: str
    on: date


AwardCommand = ProposeAward | ApproveAward | RejectAward


class AwardState(msgspec.Struct, frozen=True):
    proposed: AwardProposed | None = None
    status: Literal["none", "proposed", "approved", "rejected"] = "none"


def decide(state: AwardState, command: AwardCommand) -> Sequence[Event]:
    match command:
        case ProposeAward():
            return _propose(state, command)
        case ApproveAward(approved_by=by, on=on):
            proposed = _open(state, by, "approved")
            if state.status == "approved":
                return []
            _must_be_payable(proposed, command)
            approved = AwardApproved(proposed.award_id, by, on)
            return [approved, line_of(proposed, approved)]
        case RejectAward(rejected_by=by, reason=reason, on=on):
            proposed = _open(state, by, "rejected")
            return [] if state.status == "rejected" else [AwardRejected(proposed.award_id, by, reason, on)]
        case _:
            assert_never(command)


def _propose(state: AwardState, c: ProposeAward) -> Sequence[Event]:
    if state.proposed is not None:
        return []
    if c.proposed_by == c.staff_id:
        raise _broken("award_for_oneself", f"{c.staff_id} cannot propose it for themselves; somebody else does.")
    if c.points_milli <= 0 or not c.evidence or not c.reason:
        raise _broken("award_without_ground", "It needs points above 0, a reason, and evidence that can be looked up.")
    return [AwardProposed(**msgspec.structs.asdict(c))]


def _open(state: AwardState, by: str, wish: Literal["approved", "rejected"]) -> AwardProposed:
    """What waits for a decision, or was decided just so. Raises where this person may not decide."""
    proposed = state.proposed
    if proposed is None:
        raise NotFound("not_found", "There is no such award; propose it first.")
    if state.status not in {"proposed", wish}:
        raise _broken(f"already_{state.status}", f"{proposed.award_id} was {state.status}; that stands.")
    if by in {proposed.proposed_by, proposed.staff_id}:
        raise _broken("second_person", f"{by} proposed it or is who it is for; a second person decides.")
    return proposed


def _must_be_payable(proposed: AwardProposed, c: ApproveAward) -> None:
    """What could be in no statement would keep the months from closing."""
    if c.on < proposed.on or c.on > c.latest:
        raise _broken("bad_day", f"{c.on} is before it was proposed ({proposed.on}), or further off than {c.latest}.")
    if c.closed is not None and period_of(c.on) <= c.closed:
        raise _broken("period_closed", f"{c.closed} is closed; approve it for a day after that.")
    if not c.planned:
        raise _broken("no_plan_in_force", f"No plan is in force on {c.on}, so that its month is in no statement.")


def _broken(code: str, message: str) -> RuleBroken:
    return RuleBroken(code, message, rule="I13")


def line_of(proposed: AwardProposed, approved: AwardApproved) -> CreditPosted:
    """The line of the ledger that follows from the two, and from nothing else."""
    points = SIGNS[proposed.entry] * proposed.points_milli
    return CreditPosted(
        line_id=derived(f"award-{proposed.award_id}", "line"),
        lead_id=proposed.award_id,
        opening_id="",
        product="",
        indicator=INDICATOR,
        staff_id=proposed.staff_id,
        unit_id=proposed.unit_id,
        entry=proposed.entry,
        points_milli=points,
        stake_milli=proposed.points_milli,
        on=approved.on,
        of_period=period_of(approved.on),
        adjusts=None,
        reason=proposed.reason,
        computation=f"{proposed.entry} by {proposed.proposed_by}, approved by {approved.approved_by}: {points:+,}",
        evidence=tuple(f"incentives/award-{proposed.award_id}@{version}" for version in (1, 2)),
        plan_id="",
        plan_version=0,
        plan_hash="",
    )


def evolve(state: AwardState, event: Event) -> AwardState:
    return _evolve(state, event) if isinstance(event, AwardEvent) else state


def _evolve(state: AwardState, event: AwardEvent) -> AwardState:
    match event:
        case AwardProposed():
            return AwardState(event, "proposed")
        case AwardApproved():
            return AwardState(state.proposed, "approved")
        case AwardRejected():
            return AwardState(state.proposed, "rejected")
        case _:
            assert_never(event)


AWARD: Decider[AwardState, AwardCommand] = Decider("award", AwardState(), decide, evolve)
