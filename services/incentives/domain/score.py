"""The score of one person in one month (rule I5): weighted completion, piece rate, and the work log's share.

The piece rate is what the deals and people's awards put into the ledger. The other terms follow from that and from the
work log once the month is over, as lines of the ledger like all others: what comes late adjusts them.

Chosen where the domain is silent: completion counts a person's own credit, not what rolls up to them; below nothing
earns nothing; a term is rounded to thousandths, half to even. A change of unit alone moves no line that stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import assert_never

import msgspec

from services.incentives.events import CreditPosted, Plan, ScoreReckoned, WorkNoted
from services.incentives.rules import WHOLE_BPS, ActivePlan
from services.incentives.scores import completion_bps, per_cent
from shared.core.decider import Command, Decider
from shared.core.event import Event
from shared.core.ids import derived
from shared.core.months import last_day

COMPLETION = ".completion"
"""Ends the name of the indicator under which its completion is scored: ``mobile_active.completion``."""
WORK_LOG = "work_log"


class Paid(msgspec.Struct, frozen=True):
    """A line of the ledger that changes what is paid, or a sum of such. ``source`` is the line's event."""

    indicator: str
    points_milli: int
    source: str = ""


class Term(msgspec.Struct, frozen=True):
    """One term of a score, and what it was computed from."""

    indicator: str
    points_milli: int
    computation: str
    evidence: tuple[str, ...]


def is_term(indicator: str) -> bool:
    """Whether a line is a term of a score, and no piece rate."""
    return indicator == WORK_LOG or indicator.endswith(COMPLETION)


def terms(plan: Plan, paid: Sequence[Paid], work: WorkNoted | None) -> tuple[Term, ...]:
    """The terms besides the piece rate, those that come to nothing too; none under a plan that knows no score."""
    return tuple(_terms(plan, paid, work))


def _terms(plan: Plan, paid: Sequence[Paid], work: WorkNoted | None) -> Iterator[Term]:
    score = plan.score
    if score is None:
        return
    for one in plan.indicators:
        lines = [line for line in paid if line.indicator == one.indicator]
        done = sum(line.points_milli for line in lines)
        reached = completion_bps(max(done, 0), one.target_milli)
        counted = min(reached, one.cap_bps)
        points = round(Fraction(score.whole_milli * one.weight_bps * counted, WHOLE_BPS * WHOLE_BPS))
        capped = f", counted as {per_cent(counted)}" if counted < reached else ""
        computation = (
            f"{done:,} of {one.target_milli:,} = {per_cent(reached)}{capped}; "
            f"{score.whole_milli:,} × {one.weight_bps:,} bps × {per_cent(counted)} = {points:,}"
        )
        evidence = tuple(line.source for line in lines if line.source)
        yield Term(f"{one.indicator}{COMPLETION}", points, computation, evidence)
    if score.work_log_milli:
        share = min(work.fulfilment_bps, WHOLE_BPS) if work else 0
        points = round(Fraction(score.work_log_milli * share, WHOLE_BPS))
        computation = (
            f"{per_cent(share)} of the norm of contacts; {score.work_log_milli:,} × {share:,} bps = {points:,}"
        )
        yield Term(WORK_LOG, points, computation, (work.source,) if work else ())


class NoteWork(Command, frozen=True):
    """What somebody's contacts of a month came to."""

    work: WorkNoted


class ReckonScore(Command, frozen=True):
    """The month is over, and ``paid`` is all that the ledger has of it for a person by now, in the order of the log."""

    staff_id: str
    unit_id: str
    period: str
    paid: tuple[Paid, ...]
    active: ActivePlan


ScoreCommand = NoteWork | ReckonScore
ScoreEvent = WorkNoted | ScoreReckoned | CreditPosted


class ScoreState(msgspec.Struct, frozen=True):
    """``standing``: the lines that no line has taken back; ``posted`` counts all; ``newest`` is the last reckoning."""

    work: WorkNoted | None = None
    standing: Mapping[str, CreditPosted] = {}
    posted: int = 0
    newest: ScoreReckoned | None = None


def decide(state: ScoreState, command: ScoreCommand) -> Sequence[ScoreEvent]:
    match command:
        case NoteWork(work=work):
            return [] if state.work is not None and not _newer(work, state.work) else [work]
        case ReckonScore():
            return _reckon(state, command)
        case _:
            assert_never(command)


def _newer(work: WorkNoted, known: WorkNoted) -> bool:
    version, before = (int(one.source.rpartition("@")[2]) for one in (work, known))
    return version > before


def _reckon(state: ScoreState, command: ReckonScore) -> list[ScoreReckoned | CreditPosted]:
    due = {term.indicator: term for term in terms(command.active.plan, command.paid, state.work) if term.points_milli}
    reckoned = _reckoned(command)
    if state.newest is None and command.active.plan.score is None:
        return []
    if state.newest is not None and _knowledge(reckoned) < _knowledge(state.newest):
        return []  # an older picture, made before the last one and come after it
    kept = {
        line.indicator
        for line in state.standing.values()
        if line.plan_hash == reckoned.plan_hash
        and line.indicator in due
        and due[line.indicator].points_milli == line.points_milli
    }
    undone = [_undo(line, command) for line in state.standing.values() if line.indicator not in kept]
    new = [_line(term, command) for term in due.values() if term.indicator not in kept]
    key = key_of(command.staff_id, command.period)
    numbered = [
        msgspec.structs.replace(line, line_id=derived(SCORE.stream(key), str(number)))
        for number, line in enumerate([*undone, *new], start=state.posted + 1)
    ]
    return [*numbered] if reckoned == state.newest else [reckoned, *numbered]


def _reckoned(command: ReckonScore) -> ScoreReckoned:
    plan = command.active.plan
    return ScoreReckoned(
        staff_id=command.staff_id,
        period=command.period,
        counted=len(command.paid),
        effective_from=plan.effective_from,
        plan_id=plan.plan_id,
        plan_version=plan.version,
        plan_hash=command.active.plan_hash,
    )


def _knowledge(of: ScoreReckoned) -> tuple[date, int, str, int]:
    """Grows as plans are activated and lines posted: nothing of either ever goes away."""
    return (of.effective_from, of.plan_version, of.plan_id, of.counted)


def _line(term: Term, command: ReckonScore) -> CreditPosted:
    plan, key = command.active.plan, key_of(command.staff_id, command.period)
    return CreditPosted(
        line_id="",
        lead_id=key,
        opening_id=key,
        product=WORK_LOG if term.indicator == WORK_LOG else _product(plan, term.indicator),
        indicator=term.indicator,
        staff_id=command.staff_id,
        unit_id=command.unit_id,
        entry="vested",
        points_milli=term.points_milli,
        stake_milli=term.points_milli,
        on=last_day(command.period),
        of_period=command.period,
        adjusts=None,
        reason="the month is over",
        computation=term.computation,
        evidence=term.evidence,
        plan_id=plan.plan_id,
        plan_version=plan.version,
        plan_hash=command.active.plan_hash,
    )


def _product(plan: Plan, indicator: str) -> str:
    return next(one.product for one in plan.indicators if f"{one.indicator}{COMPLETION}" == indicator)


def _undo(line: CreditPosted, command: ReckonScore) -> CreditPosted:
    """Taken back: by what is known now the term comes to something else."""
    plan = command.active.plan
    return msgspec.structs.replace(
        line,
        entry="adjusted",
        points_milli=-line.points_milli,
        adjusts=line.line_id,
        reason="what it rests on has changed since",
        computation=f"{line.indicator} no longer comes to {line.points_milli:,}: {-line.points_milli:,}",
        plan_id=plan.plan_id,
        plan_version=plan.version,
        plan_hash=command.active.plan_hash,
    )


def evolve(state: ScoreState, event: Event) -> ScoreState:
    match event:
        case WorkNoted() as work:
            return msgspec.structs.replace(state, work=work)
        case ScoreReckoned() as reckoned:
            return msgspec.structs.replace(state, newest=reckoned)
        case CreditPosted(entry="adjusted", adjusts=adjusts):
            rest = {name: line for name, line in state.standing.items() if name != adjusts}
            return msgspec.structs.replace(state, standing=rest, posted=state.posted + 1)
        case CreditPosted(line_id=line_id) as line:
            standing = {**state.standing, line_id: line}
            return msgspec.structs.replace(state, standing=standing, posted=state.posted + 1)
    return state


def key_of(staff_id: str, period: str) -> str:
    return f"{staff_id}.{period}"


SCORE: Decider[ScoreState, ScoreCommand] = Decider("score", ScoreState(), decide, evolve)
