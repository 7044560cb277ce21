"""A plan's way from draft to active: whoever approves has not edited it, and approves exactly one content (rule I1)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, assert_never

import msgspec
from msgspec.structs import replace

from services.incentives.domain.award import INDICATOR
from services.incentives.domain.score import WORK_LOG
from services.incentives.events import Plan, PlanActivated, PlanApproved, PlanDrafted, PlanSubmitted, PlanTried
from services.incentives.rules import WHOLE_BPS, period_of, plan_hash
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event

TAKEN = (WORK_LOG, INDICATOR)
"""Names under which the ledger has lines that no plan's indicator earns."""


class DraftPlan(Command, frozen=True):
    plan: Plan
    drafted_by: str


class SubmitPlan(Command, frozen=True):
    submitted_by: str


class TryPlan(Command, frozen=True):
    """A run of the plan over the whole history was made: what came of it."""

    tried: PlanTried


class ApprovePlan(Command, frozen=True):
    """``plan_hash`` is of the content that the approver has read, ``what_if_hash`` of the run over history."""

    plan_hash: str
    approved_by: str
    what_if_hash: str | None = None


class ActivatePlan(Command, frozen=True):
    """``closed_period`` is the last period that is closed, such as ``2026-10``; ``planned``: whether a plan of the year
    is in force on the day from which on this one is.
    """

    closed_period: str | None
    planned: bool


PlanCommand = DraftPlan | SubmitPlan | TryPlan | ApprovePlan | ActivatePlan
PlanEvent = PlanDrafted | PlanSubmitted | PlanTried | PlanApproved | PlanActivated


class PlanState(msgspec.Struct, frozen=True):
    """``what_if_hash`` is of the newest run of this content over the history."""

    plan: Plan | None = None
    plan_hash: str = ""
    editors: frozenset[str] = frozenset()
    status: Literal["none", "draft", "submitted", "approved", "active"] = "none"
    what_if_hash: str | None = None


def decide(state: PlanState, command: PlanCommand) -> Sequence[Event]:
    match command:
        case DraftPlan(plan=plan, drafted_by=by):
            return _draft(state, plan, by)
        case SubmitPlan(submitted_by=by):
            plan = _existing(state)
            if state.status != "draft":
                return []
            return [PlanSubmitted(plan.plan_id, plan.version, state.plan_hash, by)]
        case TryPlan(tried=tried):
            _existing(state)
            _must_be_of_this_content(state, tried.plan_hash)
            if state.status not in {"draft", "submitted"}:
                raise RuleBroken("plan_decided", f"the plan is {state.status}; draft the next version", rule="I8")
            return [] if tried.what_if_hash == state.what_if_hash else [tried]
        case ApprovePlan():
            return _approve(state, command)
        case ActivatePlan(closed_period=closed, planned=planned):
            return _activate(state, closed, planned=planned)
        case _:
            assert_never(command)


def _draft(state: PlanState, plan: Plan, by: str) -> Sequence[Event]:
    if plan == state.plan:
        return []
    if state.status not in {"none", "draft"}:
        raise RuleBroken(
            "plan_not_editable",
            f"plan {plan.plan_id} version {plan.version} is {state.status} and stays as it is; draft the next version",
            rule="I1",
        )
    weights = sum(indicator.weight_bps for indicator in plan.indicators)
    if weights != WHOLE_BPS:
        raise RuleBroken(
            "weights_not_whole", f"the weights sum to {weights:,} bps and must sum to {WHOLE_BPS:,}", rule="I1"
        )
    names = [indicator.indicator for indicator in plan.indicators]
    if len(set(names)) != len(names):
        raise RuleBroken("indicator_twice", "two indicators have the same name; name each one once", rule="I1")
    if taken := [name for name in names if name in TAKEN]:
        message = f"{taken[0]} is what other lines of the ledger are called; give the indicator another name"
        raise RuleBroken("indicator_name_taken", message, rule="I1")
    if any(bps > lower for lower, bps in pairwise(plan.roll_up_bps)):
        message = "a higher level of managers is credited more than the one below it; let the rates fall or stay"
        raise RuleBroken("roll_up_rises", message, rule="I11")
    if plan.until is not None and plan.until < plan.effective_from:
        message = f"the contest ends on {plan.until}, before it begins on {plan.effective_from}"
        raise RuleBroken("contest_ends_before_it_begins", message, rule="I6")
    if plan.until is not None and plan.score is not None:
        message = "a month is scored by the plan of the year; a contest pays by the piece"
        raise RuleBroken("contest_with_score", message, rule="I6")
    return [PlanDrafted(plan, plan_hash(plan), by)]


def _approve(state: PlanState, command: ApprovePlan) -> Sequence[Event]:
    plan = _existing(state)
    _must_be_of_this_content(state, command.plan_hash)
    if state.status in {"approved", "active"}:
        return []
    if state.status != "submitted":
        raise RuleBroken("plan_not_submitted", f"the plan is a {state.status}; have it submitted first", rule="I1")
    if command.approved_by in state.editors:
        raise RuleBroken(
            "approver_is_editor", f"{command.approved_by} has worked on this plan; somebody else approves it", rule="I1"
        )
    if command.what_if_hash != state.what_if_hash:
        known = f"its last run over the history has the hash {state.what_if_hash}" if state.what_if_hash else "none"
        message = f"what the plan would have changed must be signed with it: {known}; read that and name it"
        raise RuleBroken("what_if_mismatch", message, rule="I8")
    return [PlanApproved(plan.plan_id, plan.version, state.plan_hash, command.approved_by, command.what_if_hash)]


def _must_be_of_this_content(state: PlanState, digest: str) -> None:
    if digest != state.plan_hash:
        message = f"the plan's hash is {state.plan_hash}; read it again and approve that"
        raise RuleBroken("plan_hash_mismatch", message, rule="I1")


def _activate(state: PlanState, closed: str | None, *, planned: bool) -> Sequence[Event]:
    plan = _existing(state)
    if state.status == "active":
        return []
    if state.status != "approved":
        raise RuleBroken("plan_not_approved", f"the plan is {state.status}; have it approved first", rule="I1")
    if closed is not None and period_of(plan.effective_from) <= closed:
        raise RuleBroken(
            "effective_in_closed_period",
            f"the plan would take effect on {plan.effective_from}, and {closed} is closed; draft a later version",
            rule="I1",
        )
    if plan.until is not None and not planned:
        # What it pays counts in months, and a month closes under a plan of the year.
        message = f"no plan of the year is in force on {plan.effective_from}, when the contest begins; activate one"
        raise RuleBroken("contest_without_plan", message, rule="I6")
    return [PlanActivated(plan, state.plan_hash)]


def _existing(state: PlanState) -> Plan:
    if state.plan is None:
        raise RuleBroken("plan_unknown", "there is no such plan; draft it first", rule="I1")
    return state.plan


def evolve(state: PlanState, event: Event) -> PlanState:
    return _evolve(state, event) if isinstance(event, PlanEvent) else state


def _evolve(state: PlanState, event: PlanEvent) -> PlanState:
    match event:
        case PlanDrafted():
            return PlanState(event.plan, event.plan_hash, state.editors | {event.drafted_by}, "draft")
        case PlanSubmitted():
            return replace(state, editors=state.editors | {event.submitted_by}, status="submitted")
        case PlanTried():
            return replace(state, what_if_hash=event.what_if_hash)
        case PlanApproved():
            return replace(state, status="approved")
        case PlanActivated():
            return PlanState(event.plan, event.plan_hash, state.editors, "active", state.what_if_hash)
        case _:
            assert_never(event)


PLAN: Decider[PlanState, PlanCommand] = Decider("plan", PlanState(), decide, evolve)
