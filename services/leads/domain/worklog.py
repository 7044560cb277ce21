"""One person's contacts of one month. Rule L10."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

import msgspec

from services.leads.work_events import ContactKind, ContactLogged, Standing
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


class Worklog(msgspec.Struct, frozen=True):
    """``contacts`` by id; ``counted`` and ``evidence`` say which contact they were used for."""

    contacts: frozenset[str] = frozenset()
    counted: Mapping[tuple[str, str, date], str] = {}
    evidence: Mapping[str, ContactLogged] = {}


def decide(state: Worklog, c: LogContact) -> Sequence[ContactLogged]:
    """The same contact, that is the same customer in the same way on the same day, counts once for a person. A joint
    visit counts for each who took part: to go together is what it is all about.
    """
    if c.contact_id in state.contacts:
        return []
    if (used := state.evidence.get(c.evidence)) is not None:
        message = f"{c.evidence} proves the {used.kind} to {used.customer_id} on {used.on}: name this one's own."
        raise RuleBroken("evidence_used", message, rule="L10")
    twin = state.counted.get((c.customer_id, c.kind, c.on))
    return [ContactLogged(**msgspec.structs.asdict(c), counted=twin is None, counted_as=twin)]


def evolve(state: Worklog, event: Event) -> Worklog:
    logged = cast("ContactLogged", event)
    counted = state.counted
    if logged.counted:
        counted = {**counted, (logged.customer_id, logged.kind, logged.on): logged.contact_id}
    evidence = {**state.evidence, logged.evidence: logged}
    return Worklog(state.contacts | {logged.contact_id}, counted, evidence)


def worklog_of(staff_id: str, on: date) -> str:
    """The key of the log that a day belongs to: ``S0021.2026-09``."""
    return f"{staff_id}.{on:%Y-%m}"


WORKLOG: Decider[Worklog, LogContact] = Decider("worklog", Worklog(), decide, evolve)
