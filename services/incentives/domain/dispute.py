"""A dispute about one line of the ledger: raised with reason and evidence, decided by somebody else (rule I10).

The line in question is held while the dispute is open, and no other. About earned credit, its deal sees to all of it
(``entitlement``): it is worth more or less from the decision on, so that a reversal takes that back, too. About an
award or a penalty, lines of the dispute itself hold it, release it, and adjust it if the dispute was accepted. A line
is disputed once: its stream has the line's id, so that two who raise it at once cannot both be paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, assert_never

import msgspec
from msgspec.structs import replace

from services.incentives.dispute_events import (
    Disputed,
    DisputeDecided,
    DisputeEvent,
    DisputeEvidenceAdded,
    DisputeRaised,
    Outcome,
)
from services.incentives.domain.score import is_term
from services.incentives.events import CreditPosted, Entry
from shared.core.days import later
from shared.core.decider import Command, Decider
from shared.core.errors import NotFound, RuleBroken
from shared.core.event import Event
from shared.core.ids import derived

GIVEN = frozenset({"awarded", "penalised"})
DISPUTABLE = GIVEN | {"vested"}
"""What earned credit became later hangs on the line by which it vested, and is in dispute with it."""
DUE_DAYS = 15
"""Days within which a dispute is to be decided (default)."""


class RaiseDispute(Command, frozen=True):
    line: Disputed
    reason: str
    evidence: tuple[str, ...]
    raised_by: str
    on: date


class AddEvidence(Command, frozen=True):
    evidence: tuple[str, ...]
    added_by: str
    on: date


class DecideDispute(Command, frozen=True):
    """``points_milli`` is what an accepted dispute adds to the line, or takes from it. ``involved``: who proposed and
    approved the award or penalty that it is about. ``reversed_on``: when the credit was taken back for ever, if it was.
    """

    outcome: Outcome
    points_milli: int
    reason: str
    decided_by: str
    on: date
    involved: frozenset[str] = frozenset()
    reversed_on: date | None = None


DisputeCommand = RaiseDispute | AddEvidence | DecideDispute


class DisputeState(msgspec.Struct, frozen=True):
    raised: DisputeRaised | None = None
    evidence: tuple[str, ...] = ()
    decided: DisputeDecided | None = None


def decide(state: DisputeState, command: DisputeCommand) -> Sequence[Event]:
    match command:
        case RaiseDispute():
            return _raise(state, command)
        case AddEvidence(evidence=evidence, added_by=by, on=on):
            raised = _open(state)
            new = tuple(one for one in evidence if one not in state.evidence)
            return [DisputeEvidenceAdded(raised.dispute_id, new, by, on)] if new else []
        case DecideDispute():
            return _decide(state, command)
        case _:
            assert_never(command)


def _raise(state: DisputeState, c: RaiseDispute) -> Sequence[Event]:
    known = state.raised
    # What an accepted dispute gave says awarded or penalised, too, and is of the credit that it changes.
    if c.line.entry not in DISPUTABLE or c.line.adjusts is not None:
        where = f"dispute {c.line.adjusts}, which it changes" if c.line.adjusts else "wait until it is earned"
        raise _broken("not_disputable", f"A line {c.line.entry} is not disputed by itself; {where}.")
    if is_term(c.line.indicator):
        raise _broken("not_disputable", "It follows from other lines and the work log; dispute what it rests on.")
    if known is None:
        due_on = later(c.on, DUE_DAYS)
        holds = c.line.entry in GIVEN
        raised = DisputeRaised(c.line.line_id, c.line, c.reason, c.evidence, c.raised_by, due_on, c.on, holds)
        return [raised, *lines_held(raised)]
    if state.decided is not None:
        raise _broken(f"already_{state.decided.outcome}", f"It was {state.decided.outcome}; that stands.")
    if (known.raised_by, known.reason) == (c.raised_by, c.reason):
        return []
    raise _broken("in_dispute", f"{known.raised_by} disputed it on {known.on}; add your evidence to that.")


def _decide(state: DisputeState, c: DecideDispute) -> Sequence[Event]:
    known = state.decided
    if known and (known.outcome, known.points_milli) == (c.outcome, c.points_milli):
        return []
    raised = _open(state)
    if c.decided_by in {raised.raised_by, raised.line.staff_id}:
        raise _broken("second_person", f"{c.decided_by} raised it or is who it is about; somebody else decides.")
    if c.decided_by in c.involved:
        raise _broken("second_person", f"{c.decided_by} proposed or approved the line; somebody else decides.")
    if (c.outcome == "accepted") != (c.points_milli != 0):
        raise _broken("outcome_without_points", "An accepted dispute changes the points, a refused one does not.")
    if c.outcome == "accepted" and raised.line.entry in GIVEN and raised.line.adjusts is not None:
        # Raised before such lines were refused: to release it is all that can be right.
        raise _broken("not_disputable", f"It is of the credit of {raised.line.adjusts}; refuse it, propose an award.")
    if c.outcome == "accepted" and c.reversed_on is not None:
        message = f"The credit was taken back on {c.reversed_on}; have its cause corrected, or propose an award."
        raise _broken("taken_back", message)
    _must_be_within(raised.line, c.points_milli)
    decided = DisputeDecided(
        raised.dispute_id, raised.line, c.outcome, c.points_milli, c.reason, c.decided_by, c.on
    )  # fmt: skip
    return [decided, *lines_settled(raised, decided)]


def taken_back_on(lines: Iterable[Mapping[str, Any]]) -> date | None:
    """When a credit was taken back for ever, where that still stands, by its lines in the ledger. It may have vested
    anew since the line that is in dispute.
    """
    known = tuple(lines)
    undone = {line["adjusts"] for line in known if line["entry"] == "adjusted"}
    days = (line["on"] for line in known if line["entry"] == "reversed" and line["line_id"] not in undone)
    return next((date.fromisoformat(on) for on in days), None)


def _must_be_within(line: Disputed, points_milli: int) -> None:
    """From a line that pays, no more than it pays is taken; of one that takes, no more than it takes is given back."""
    after = line.points_milli + points_milli
    if line.points_milli >= 0 > after or line.points_milli < 0 < after:
        message = f"The line says {line.points_milli:,} thousandths; no more than that can be undone."
        raise _broken("below_nothing", message)


def _open(state: DisputeState) -> DisputeRaised:
    if state.raised is None:
        raise NotFound("not_found", "There is no such dispute; raise it first.")
    if state.decided is not None:
        raise _broken(f"already_{state.decided.outcome}", f"It was {state.decided.outcome}; that stands.")
    return state.raised


def _broken(code: str, message: str) -> RuleBroken:
    return RuleBroken(code, message, rule="I10")


def lines_held(raised: DisputeRaised) -> list[CreditPosted]:
    """What takes an award or a penalty out of what is paid while it is in dispute."""
    if not raised.holds:
        return []
    points = raised.line.points_milli
    words = (f"dispute {raised.dispute_id} is open", f"{points:,} said, nothing until it is decided")
    return [_line(raised, "held", -points, *words)]


def lines_settled(raised: DisputeRaised, decided: DisputeDecided) -> list[CreditPosted]:
    """What the decision makes of an award or a penalty: the end of its hold, and what it says more or less."""
    lines = []
    if raised.holds:
        points = raised.line.points_milli
        words = (f"dispute {raised.dispute_id} was {decided.outcome}", f"{points:,} said, and counts again")
        lines = [_line(decided, "released", points, *words)]
    if decided.outcome == "accepted" and decided.line.entry in GIVEN:
        lines.append(line_of(decided))
    return lines


def line_of(decided: DisputeDecided) -> CreditPosted:
    """By how much an accepted dispute adjusts an award or a penalty."""
    computation = f"{decided.line.points_milli:,} said, {decided.points_milli:+,} by {decided.decided_by}"
    reason = f"dispute {decided.dispute_id} accepted: {decided.reason}"
    return _line(decided, "adjusted", decided.points_milli, reason, computation)


def _line(
    said: DisputeRaised | DisputeDecided, entry: Entry, points_milli: int, reason: str, computation: str
) -> CreditPosted:
    """A line that changes the one in question, in the period of that."""
    line = said.line
    name = "line" if entry == "adjusted" else entry  # it was the only one once, and keeps its id
    kept = {name: getattr(line, name) for name in Disputed.__struct_fields__ if name not in TAKEN_APART}
    return CreditPosted(
        **kept,
        line_id=derived(f"dispute-{said.dispute_id}", name),
        entry=entry,
        points_milli=points_milli,
        stake_milli=abs(points_milli),
        on=said.on,
        adjusts=line.line_id,
        reason=reason,
        computation=computation,
        evidence=(f"incentives/dispute-{said.dispute_id}@1",),
    )


TAKEN_APART = ("line_id", "entry", "points_milli", "adjusts")


def evolve(state: DisputeState, event: Event) -> DisputeState:
    return _evolve(state, event) if isinstance(event, DisputeEvent) else state


def _evolve(state: DisputeState, event: DisputeEvent) -> DisputeState:
    match event:
        case DisputeRaised(evidence=evidence):
            return DisputeState(event, evidence)
        case DisputeEvidenceAdded(evidence=evidence):
            return replace(state, evidence=(*state.evidence, *evidence))
        case DisputeDecided():
            return replace(state, decided=event)
        case _:
            assert_never(event)


DISPUTE: Decider[DisputeState, DisputeCommand] = Decider("dispute", DisputeState(), decide, evolve)
