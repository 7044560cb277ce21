"""A unit's inspection of a month: the sample, what was found in it, and what became of each finding. Rule C5."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import assert_never, cast

import msgspec
from msgspec.structs import replace

from services.compliance.domain.independence import Reporting, require_independent
from services.compliance.inspection_events import (
    InspectionEvent,
    OpeningInspected,
    RemedyOverdue,
    RemedyReported,
    SampleDrawn,
)
from services.compliance.sampling import SAMPLING, drawn
from shared.core.decider import Command, Decider
from shared.core.errors import Forbidden, RuleBroken
from shared.core.event import Event

MOST = 3_000
"""Openings in one draw: their ids must fit into one event."""


class DrawSample(Command, frozen=True):
    """``openings`` are all that were cleared at the unit in the month, or late for an earlier one, and that are in no
    other draw.
    """

    unit_id: str
    month: str
    openings: tuple[str, ...]
    seed: str
    on: date


class InspectOpening(Command, frozen=True):
    """``took_part`` are who made, checked and cleared it. Without a ``finding`` all was in order."""

    opening_id: str
    officer: Reporting
    sellers: tuple[str, ...]
    took_part: tuple[str, ...]
    finding: str | None
    remedy_due: date | None
    on: date


class ReportRemedy(Command, frozen=True):
    """``within`` are the unit of the sample and those over it: who leads one of them may say what was done."""

    opening_id: str
    remedy: str
    by: str
    by_unit: str | None
    within: tuple[str, ...]
    on: date


class NoteOverdue(Command, frozen=True):
    """``on`` is today; ``remedy_due`` the day that was waited for."""

    opening_id: str
    remedy_due: date
    on: date


InspectionCommand = DrawSample | InspectOpening | ReportRemedy | NoteOverdue


class Inspection(msgspec.Struct, frozen=True):
    """``found`` by opening, the latest; of these ``remedied`` were answered by the branch, ``overdue`` noticed."""

    sample: SampleDrawn | None = None
    found: Mapping[str, OpeningInspected] = {}
    remedied: frozenset[str] = frozenset()
    overdue: frozenset[str] = frozenset()


def sample_id(unit_id: str, month: str) -> str:
    return f"{unit_id}.{month}"


def decide(state: Inspection, command: InspectionCommand) -> Sequence[InspectionEvent]:
    match command:
        case DrawSample():
            return [] if state.sample or not command.openings else [_draw(command)]
        case InspectOpening():
            return _inspect(_of(state, command.opening_id), state, command)
        case ReportRemedy():
            return _remedy(_of(state, command.opening_id), state, command)
        case NoteOverdue():
            return _overdue(state, command)
        case _:
            assert_never(command)


def _draw(c: DrawSample) -> SampleDrawn:
    """From the oldest of them, where there are very many: the rest is in no draw yet, and waits for the next."""
    base = tuple(sorted(c.openings)[:MOST])
    return SampleDrawn(
        sample_id=sample_id(c.unit_id, c.month),
        unit_id=c.unit_id,
        month=c.month,
        seed=c.seed,
        share_bps=SAMPLING.share_bps,
        drawn_from=base,
        openings=drawn(base, c.seed, SAMPLING.share_bps),
        rules_version=SAMPLING.version,
        on=c.on,
    )


def _of(state: Inspection, opening_id: str) -> SampleDrawn:
    if state.sample is None or opening_id not in state.sample.openings:
        raise RuleBroken("not_in_sample", f"{opening_id} is not in this sample; inspect what it names.", rule="C5")
    return state.sample


def _inspect(sample: SampleDrawn, state: Inspection, c: InspectOpening) -> Sequence[InspectionEvent]:
    require_independent(c.officer, c.sellers, others=c.took_part)
    due = None if c.finding is None else c.remedy_due or c.on + timedelta(days=SAMPLING.remedy_days)
    if due is not None and due < c.on:
        raise RuleBroken("due_in_the_past", f"A finding of {c.on} cannot be remedied by {due}.", rule="C5")
    known = state.found.get(c.opening_id)
    said = OpeningInspected(sample.sample_id, sample.unit_id, c.opening_id, c.finding, due, c.officer.staff_id, c.on)
    return [] if said == known else [said]


def _remedy(sample: SampleDrawn, state: Inspection, c: ReportRemedy) -> Sequence[InspectionEvent]:
    found = state.found.get(c.opening_id)
    if found is None or found.finding is None:
        raise RuleBroken("no_finding", f"Nothing was found about {c.opening_id} that asks for a remedy.", rule="C5")
    if c.by_unit not in c.within:
        message = f"{c.opening_id} is of {sample.unit_id}; who leads {' or '.join(c.within)} reports what was done."
        raise Forbidden("another_unit", message)
    if c.opening_id in state.remedied:
        return []
    return [RemedyReported(sample.sample_id, sample.unit_id, c.opening_id, c.remedy, c.by, c.on)]


def _overdue(state: Inspection, c: NoteOverdue) -> Sequence[InspectionEvent]:
    found = state.found.get(c.opening_id)
    settled = c.opening_id in state.remedied | state.overdue
    if found is None or settled or found.remedy_due != c.remedy_due or c.on <= c.remedy_due:
        return []
    return [RemedyOverdue(found.sample_id, found.unit_id, c.opening_id, c.remedy_due, c.on)]


def evolve(state: Inspection, event: Event) -> Inspection:
    known = cast("InspectionEvent", event)
    match known:
        case SampleDrawn():
            return replace(state, sample=known)
        case OpeningInspected(opening_id=opening_id):
            again = {opening_id}
            return Inspection(
                state.sample, {**state.found, opening_id: known}, state.remedied - again, state.overdue - again
            )
        case RemedyReported(opening_id=opening_id):
            return replace(state, remedied=state.remedied | {opening_id})
        case RemedyOverdue(opening_id=opening_id):
            return replace(state, overdue=state.overdue | {opening_id})
        case _:
            assert_never(known)


INSPECTION: Decider[Inspection, InspectionCommand] = Decider("inspection", Inspection(), decide, evolve)
