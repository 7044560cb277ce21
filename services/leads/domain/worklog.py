"""One person's contacts of one month. Rule L10."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never

import msgspec

from services.leads import rules
from services.leads.calendar import working_days
from services.leads.rules import WorkNorm
from services.leads.work_events import ContactKind, ContactLogged, Standing, WorkMonthCounted
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event


class LogContact(Command, frozen=True):
    contact_id: str
    staff_id: str
    unit_id: str
    customer_id: str
    kind: ContactKind
    standing: Standing
    evidence: str
    note: str
    lead_id: str | None
    on: date


class CountMonth(Command, frozen=True):
    """The month is over; ``on`` is the day at whose close that is said, which is told of the first time alone."""

    month: str
    on: date


class Worklog(msgspec.Struct, frozen=True):
    """``contacts`` by id; ``counted`` and ``evidence`` say which contact they were used for. ``done`` counts by kind;
    ``month`` is what the month was last said to come to.
    """

    contacts: frozenset[str] = frozenset()
    counted: Mapping[tuple[str, str, date], str] = {}
    evidence: Mapping[str, ContactLogged] = {}
    done: Mapping[str, int] = {}
    newest: ContactLogged | None = None
    month: WorkMonthCounted | None = None


def decide(state: Worklog, command: LogContact | CountMonth) -> Sequence[ContactLogged | WorkMonthCounted]:
    match command:
        case LogContact():
            return _log(state, command)
        case CountMonth(month=month, on=on):
            first = on if state.month is None else state.month.on
            return [] if state.newest is None else _count(state, state.newest, month, first)
        case _:
            assert_never(command)


def _log(state: Worklog, c: LogContact) -> Sequence[ContactLogged | WorkMonthCounted]:
    """The same contact, that is the same customer in the same way on the same day, counts once for a person. A joint
    visit counts for each who took part: to go together is what it is all about. One that is logged after its month was
    counted has it counted anew.
    """
    if c.contact_id in state.contacts:
        return []
    if (used := state.evidence.get(c.evidence)) is not None:
        message = f"{c.evidence} proves the {used.kind} to {used.customer_id} on {used.on}: name this one's own."
        raise RuleBroken("evidence_used", message, rule="L10")
    twin = state.counted.get((c.customer_id, c.kind, c.on))
    logged = ContactLogged(**msgspec.structs.asdict(c), counted=twin is None, counted_as=twin)
    if state.month is None:
        return [logged]
    after = evolve(state, logged)
    return [logged, *_count(after, logged, state.month.month, state.month.on)]


def _count(state: Worklog, newest: ContactLogged, month: str, on: date) -> Sequence[WorkMonthCounted]:
    days = working_days(month)
    norm = {name: getattr(rules.WORK_NORM, name) * days for name in WorkNorm.__struct_fields__}
    done = {name: state.done.get(name, 0) for name in norm}
    met = sum(min(done[name], norm[name]) for name in norm)
    counted = WorkMonthCounted(
        staff_id=newest.staff_id,
        unit_id=newest.unit_id,
        month=month,
        working_days=days,
        **done,
        fulfilment_bps=rules.FULL_BPS * met // (sum(norm.values()) or 1),
        rules_version=rules.WORK_VERSION,
        on=on,
    )
    return [] if counted == state.month else [counted]


def evolve(state: Worklog, event: Event) -> Worklog:
    match event:
        case ContactLogged() as logged:
            counted, done = state.counted, state.done
            if logged.counted:
                counted = {**counted, (logged.customer_id, logged.kind, logged.on): logged.contact_id}
                name = kind_of(logged)
                done = {**done, name: done.get(name, 0) + 1}
            evidence = {**state.evidence, logged.evidence: logged}
            return Worklog(state.contacts | {logged.contact_id}, counted, evidence, done, logged, state.month)
        case WorkMonthCounted() as month:
            return msgspec.structs.replace(state, month=month)
    return state


def kind_of(contact: ContactLogged) -> str:
    """What a contact counts as: ``visits_new``, ``visits_existing`` or ``calls``."""
    return "calls" if contact.kind == "call" else f"visits_{contact.standing}"


def worklog_of(staff_id: str, on: date) -> str:
    """The key of the log that a day belongs to."""
    return month_of(staff_id, f"{on:%Y-%m}")


def month_of(staff_id: str, month: str) -> str:
    """The key of somebody's log of a month: ``S0021.2026-09``."""
    return f"{staff_id}.{month}"


WORKLOG: Decider[Worklog, LogContact | CountMonth] = Decider("worklog", Worklog(), decide, evolve)
