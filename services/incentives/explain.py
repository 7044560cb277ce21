"""Why a line of the ledger says what it says (rule I7): a tree down to the events, computed again from those alone."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from services.incentives.award_events import AwardApproved, AwardProposed
from services.incentives.dispute_events import DisputeDecided, DisputeEvidenceAdded, DisputeRaised
from services.incentives.domain import award, dispute
from services.incentives.domain.deal import slot
from services.incentives.domain.entitlement import entitlement
from services.incentives.domain.facts import Fact, gathered
from services.incentives.domain.hierarchy import TEAM
from services.incentives.domain.score import Paid, terms
from services.incentives.events import (
    AccountNoted,
    AccountWithdrawn,
    AlertNoted,
    CheckNoted,
    ClaimNoted,
    CreditPosted,
    DisputeNoted,
    DormancyNoted,
    DormancyWithdrawn,
    ManagerNoted,
    OpeningNoted,
    SplitNoted,
    UseNoted,
    WorkNoted,
)
from services.incentives.rules import ActivePlan
from services.incentives.scores import per_cent
from shared.core.event import Event
from shared.core.recorded import Recorded

Json = dict[str, Any]


def explain(line_id: str, events: Sequence[Event], active: ActivePlan, plan_event: str) -> Json:
    """The tree of one line. ``events`` are those of its deal; ``active`` is the plan that the line names, made active
    by ``plan_event``.
    """
    lines = {event.line_id: event for event in events if isinstance(event, CreditPosted)}
    line = lines[line_id]
    facts = evidence_of(line, events)
    recomputed = recompute(line, lines, facts, active)
    return {
        **_said_of(line, recomputed),
        "because": [_rule(line, active, plan_event), *(_node(fact) for fact in facts)],
    }


def evidence_of(line: CreditPosted, events: Iterable[Event]) -> list[Fact]:
    """The facts of a deal that one of its lines names, as they stood when it was posted: what is said of a manager
    later may rest on the same row, and on others of those above.
    """
    before = takewhile(lambda event: event != line, events)
    named = (event for event in before if isinstance(event, Fact) and event.source in line.evidence)
    return list(gathered(named).values())


def explain_given(line: CreditPosted, recorded: Sequence[Recorded]) -> Json:
    """The tree of a line that people gave: an award, a penalty, what a dispute holds and changes of it. ``recorded`` is
    its stream.
    """
    follow = given_lines([one.event for one in recorded])
    again = next((one for one in follow if one.line_id == line.line_id), None)
    told = [(_said(one.event), one.id) for one in recorded]
    return {
        "line_id": line.line_id,
        "said": f"{line.entry} {line.points_milli:,} thousandths for {line.staff_id} on {line.on}: {line.reason}",
        "points_milli": line.points_milli,
        "recomputed_milli": again.points_milli if again else None,
        "agrees": again == line,
        "computation": line.computation,
        "rule": None,
        "adjusts": line.adjusts,
        "because": [{"what": words[0], "said": words[1], "event": event_id} for words, event_id in told if words],
    }


def explain_term(
    line_id: str, events: Sequence[Event], month: Iterable[Mapping[str, Any]], active: ActivePlan, plan_event: str
) -> Json:
    """The tree of a line that is a term of a score (rule I5). ``events`` are those of the score, ``month`` the person's
    lines of that month as the ledger has them.
    """
    lines = {event.line_id: event for event in events if isinstance(event, CreditPosted)}
    line = lines[line_id]
    named = [one for one in month if one["event"] in line.evidence]
    paid = [Paid(one["indicator"], one["points_milli"], one["event"]) for one in named]
    works = [event for event in events if isinstance(event, WorkNoted) and event.source in line.evidence]
    recomputed = recompute_term(line, lines, paid, works, active)
    told = [("line", f"{one['entry']} {one['points_milli']:,} on {one['on']}", one["event"]) for one in named]
    told += [
        ("work log", f"{per_cent(work.fulfilment_bps)} of the norm in {work.month}", work.source) for work in works
    ]
    return {
        **_said_of(line, recomputed),
        "because": [
            {"what": "plan", "said": f"plan {line.plan_id} version {line.plan_version}", "event": plan_event},
            *({"what": what, "said": said, "event": event_id} for what, said, event_id in told),
        ],
    }


def recompute_term(
    line: CreditPosted,
    lines: Mapping[str, CreditPosted],
    paid: Sequence[Paid],
    works: Sequence[WorkNoted],
    active: ActivePlan,
) -> int | None:
    """What a term of a score must say by the lines and the work that it names alone."""
    if line.entry == "adjusted" and line.adjusts is not None:
        return -lines[line.adjusts].points_milli
    due = {term.indicator: term.points_milli for term in terms(active.plan, paid, works[-1] if works else None)}
    return due.get(line.indicator)


def _said_of(line: CreditPosted, recomputed: int | None) -> Json:
    return {
        "line_id": line.line_id,
        "said": f"{line.entry} {line.points_milli:,} thousandths for {line.staff_id} on {line.on}: {line.reason}",
        "points_milli": line.points_milli,
        "recomputed_milli": recomputed,
        "agrees": recomputed == line.points_milli,
        "computation": line.computation,
        "rule": {"plan_id": line.plan_id, "version": line.plan_version, "hash": line.plan_hash},
        "adjusts": line.adjusts,
    }


def given_lines(events: Sequence[Event]) -> list[CreditPosted]:
    """The lines that must follow from what people said on one stream, in order."""
    by_kind = {type(event): event for event in events}
    match by_kind.get(AwardProposed), by_kind.get(AwardApproved):
        case AwardProposed() as proposed, AwardApproved() as approved:
            return [award.line_of(proposed, approved)]
    match by_kind.get(DisputeRaised), by_kind.get(DisputeDecided):
        case DisputeRaised() as raised, DisputeDecided() as decided:
            return [*dispute.lines_held(raised), *dispute.lines_settled(raised, decided)]
        case DisputeRaised() as raised, None:
            return dispute.lines_held(raised)
    return []


def _said(event: Event) -> tuple[str, str] | None:
    match event:
        case AwardProposed():
            grounds = f"{event.reason}; evidence: {', '.join(event.evidence)}"
            return "proposal", f"{event.proposed_by} proposed on {event.on}: {grounds}"
        case AwardApproved():
            return "approval", f"{event.approved_by} approved on {event.on}"
        case DisputeRaised():
            grounds = f"{event.reason}; evidence: {', '.join(event.evidence) or 'none'}"
            return "dispute", f"{event.raised_by} disputed line {event.line.line_id} on {event.on}: {grounds}"
        case DisputeEvidenceAdded():
            return "evidence", f"{event.added_by} added on {event.on}: {', '.join(event.evidence)}"
        case DisputeDecided():
            return "decision", f"{event.decided_by} {event.outcome} it on {event.on}: {event.reason}"
    return None


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
    name = line.indicator.rpartition(":")[2].removesuffix(TEAM)
    points = next((i.points_milli for i in plan.indicators if i.indicator == name), 0)
    rates = ", ".join(f"{bps:,} bps at level {level}" for level, bps in enumerate(plan.roll_up_bps, start=1))
    return {
        "what": f"plan {plan.plan_id} version {plan.version}",
        "said": f"{line.indicator} earns {points:,}; it vests with {vesting.active_days} days of authenticated use "
        f"within {vesting.window_days} days, begun within {vesting.within_days} days of the opening; "
        f"dormancy and closure take it back for {plan.reversal_days} days"
        f"{f'; of it, managers are credited {rates}' if rates else ''}",
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
        case AccountWithdrawn():
            words = ("account", f"{fact.holding_id} was not opened for this")
        case UseNoted():
            words = ("use", f"{fact.authenticated_uses} authenticated uses of {fact.holding_id} on {fact.on}")
        case DormancyNoted():
            words = ("dormancy", f"dormant on {fact.on}")
        case DormancyWithdrawn():
            words = ("dormancy", f"not dormant on {fact.on} after all")
        case AlertNoted():
            words = ("alert", f"alert {fact.alert_id} {fact.state} on {fact.on}")
        case _:
            words = _ruled(fact)
    return words


def _ruled(fact: ClaimNoted | DisputeNoted | ManagerNoted) -> tuple[str, str]:
    """What people or rules said of who may earn."""
    match fact:
        case ClaimNoted():
            denied = f"denied, {fact.because_of} was there before" if fact.because_of else "granted"
            words = ("claim", f"the claim of {fact.opening_id} is {denied}")
        case ManagerNoted():
            led = f"reported to {fact.manager_id}" if fact.manager_id else "reported to nobody"
            words = ("hierarchy", f"{fact.staff_id}, of {fact.unit_id}, {led} on {fact.on}")
        case DisputeNoted():
            words = ("dispute", f"dispute {fact.dispute_id} of {fact.staff_id} {fact.state} on {fact.on}")
    return words
