"""Why a line of the ledger says what it says (rule I7): a tree down to the events, computed again from those alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.incentives.award_events import AwardApproved, AwardProposed
from services.incentives.domain.award import line_of
from services.incentives.domain.deal import slot
from services.incentives.domain.entitlement import entitlement
from services.incentives.domain.facts import Fact, gathered
from services.incentives.events import (
    AccountNoted,
    AlertNoted,
    CheckNoted,
    CreditPosted,
    DormancyNoted,
    OpeningNoted,
    SplitNoted,
    UseNoted,
)
from services.incentives.rules import ActivePlan
from shared.core.event import Event

Json = dict[str, Any]


def explain(line_id: str, events: Sequence[Event], active: ActivePlan, plan_event: str) -> Json:
    """The tree of one line. ``events`` are those of its deal; ``active`` is the plan that the line names, made active
    by ``plan_event``.
    """
    lines = {event.line_id: event for event in events if isinstance(event, CreditPosted)}
    line = lines[line_id]
    facts = [event for event in events if isinstance(event, Fact) and event.source in line.evidence]
    recomputed = recompute(line, lines, facts, active)
    return {
        "line_id": line_id,
        "said": f"{line.entry} {line.points_milli:,} thousandths for {line.staff_id} on {line.on}: {line.reason}",
        "points_milli": line.points_milli,
        "recomputed_milli": recomputed,
        "agrees": recomputed == line.points_milli,
        "computation": line.computation,
        "rule": {"plan_id": line.plan_id, "version": line.plan_version, "hash": line.plan_hash},
        "adjusts": line.adjusts,
        "because": [_rule(line, active, plan_event), *(_node(fact) for fact in facts)],
    }


def explain_award(line: CreditPosted, events: Sequence[Event]) -> Json:
    """The tree of a line that people gave. ``events`` are those of its award."""
    proposed = next(event for event in events if isinstance(event, AwardProposed))
    approved = next(event for event in events if isinstance(event, AwardApproved))
    again = line_of(proposed, approved)
    where = f"{proposed.proposed_by} proposed on {proposed.on}: {proposed.reason}"
    return {
        "line_id": line.line_id,
        "said": f"{line.entry} {line.points_milli:,} thousandths for {line.staff_id} on {line.on}: {line.reason}",
        "points_milli": line.points_milli,
        "recomputed_milli": again.points_milli,
        "agrees": again == line,
        "computation": line.computation,
        "rule": None,
        "adjusts": None,
        "because": [
            {
                "what": "proposal",
                "said": f"{where}; evidence: {', '.join(proposed.evidence)}",
                "event": line.evidence[0],
            },
            {
                "what": "approval",
                "said": f"{approved.approved_by} approved on {approved.on}",
                "event": line.evidence[1],
            },
        ],
    }


def recompute(
    line: CreditPosted, lines: Mapping[str, CreditPosted], facts: Iterable[Fact], active: ActivePlan
) -> int | None:
    """What the line must say by its evidence alone; None where the evidence does not lead to such a line.

    A line that corrects another is right where that one is no longer due, or the vesting that it changed is not.
    """
    steps = {slot(step): step.points_milli for step in entitlement(gathered(facts), (active,))}
    if line.entry != "adjusted" or line.adjusts is None:
        return steps.get(slot(line))
    corrected = lines[line.adjusts]
    rests_on = [corrected, *([lines[corrected.adjusts]] if corrected.adjusts else [])]
    return None if all(slot(one) in steps for one in rests_on) else -corrected.points_milli


def _rule(line: CreditPosted, active: ActivePlan, plan_event: str) -> Json:
    plan, vesting = active.plan, active.plan.vesting
    points = next((i.points_milli for i in plan.indicators if i.indicator == line.indicator), 0)
    return {
        "what": f"plan {plan.plan_id} version {plan.version}",
        "said": f"{line.indicator} earns {points:,}; it vests with {vesting.active_days} days of authenticated use "
        f"within {vesting.window_days} days, begun within {vesting.within_days} days of the opening; "
        f"dormancy and closure take it back for {plan.reversal_days} days",
        "event": plan_event,
    }


def _node(fact: Fact) -> Json:
    what, said = _words(fact)
    return {"what": what, "said": said, "event": fact.source}


def _words(fact: Fact) -> tuple[str, str]:
    match fact:
        case SplitNoted():
            shares = ", ".join(f"{share.staff_id} {share.bps:,} bps" for share in fact.shares)
            words = ("split", f"agreed on {fact.on}: {shares}")
        case OpeningNoted():
            words = ("opening", f"{fact.product} requested on {fact.on} as {fact.opening_id}")
        case CheckNoted():
            words = ("check", f"{'cleared' if fact.cleared else f'refused ({fact.rule})'} on {fact.on}")
        case AccountNoted():
            closed = f", closed on {fact.closed_on}" if fact.closed_on else ""
            words = ("account", f"{fact.holding_id} opened on {fact.opened_on}{closed}")
        case UseNoted():
            words = ("use", f"{fact.authenticated_uses} authenticated uses of {fact.holding_id} on {fact.on}")
        case DormancyNoted():
            words = ("dormancy", f"dormant on {fact.on}")
        case AlertNoted():
            words = ("alert", f"alert {fact.alert_id} {fact.state} on {fact.on}")
    return words
