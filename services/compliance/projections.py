"""What officers work from: the queue of openings, the alerts, and who reports to whom."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from services.compliance.domain.independence import Reporting
from services.compliance.events import (
    AlertConfirmed,
    AlertDismissed,
    AlertOpened,
    OpeningCleared,
    OpeningReceived,
    OpeningRefused,
)
from services.compliance.inspection_events import SampleDrawn
from services.compliance.inspection_projection import SAMPLES
from services.registry.events import StaffRecorded, TelephoneShared, UnitRecorded
from shared.core.event import Event
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

UNDECIDED: Document = {
    "status": "waiting",
    "rule": None,
    "reason": None,
    "checks": [],
    "officer_id": None,
    "decided_on": None,
    "sample_id": None,
}


def _told(event: Event) -> dict[str, Any]:
    """What an event says, as plain JSON."""
    told: dict[str, Any] = plain(event)
    return {key: value for key, value in told.items() if key != "type"}


def _opening_keys(recorded: Recorded) -> list[str]:
    match recorded.event:
        case OpeningReceived(opening_id=key) | OpeningCleared(opening_id=key) | OpeningRefused(opening_id=key):
            return [key]
        case SampleDrawn(drawn_from=keys):
            return list(keys)
        case _:
            return []


def _opening_step(document: Document | None, recorded: Recorded) -> Document | None:
    match recorded.event:
        case OpeningReceived() as received:
            return {**UNDECIDED, **(document or {}), **_told(received)}
        case OpeningCleared() as cleared:
            told = _told(cleared)
            decided = {"status": "cleared", "decided_on": told.pop("on")}
            return {**(document or {}), **told, **decided}
        case OpeningRefused() as refused:
            told = _told(refused)
            decided = {"status": "refused", "decided_on": told.pop("on")}
            return {**(document or {}), **told, **decided}
        case SampleDrawn(sample_id=sample_id):
            return {**(document or {}), "sample_id": sample_id}
        case _:
            return document


OPENINGS = Projection(
    name="openings",
    sources={"compliance": (OpeningReceived, OpeningCleared, OpeningRefused, SampleDrawn)},
    keys=_opening_keys,
    step=_opening_step,
    indexes=(("status", "on"), ("lead_id",), ("customer_id",), ("status", "sample_id", "decided_on")),
)


def sellers_of(opening: Document) -> tuple[str, ...]:
    """All who sold it; of a document from before the team was told, and not rebuilt since, who asked."""
    return tuple(opening.get("sellers") or [opening["seller_id"]])


def _alert_keys(recorded: Recorded) -> list[str]:
    match recorded.event:
        case AlertOpened(alert_id=key) | AlertConfirmed(alert_id=key) | AlertDismissed(alert_id=key):
            return [key]
        case _:
            return []


def _alert_step(document: Document | None, recorded: Recorded) -> Document | None:
    match recorded.event:
        case AlertOpened() as opened:
            return {**_told(opened), "status": "open", "officer_id": None, "reason": None, "decided_on": None}
        case AlertConfirmed(officer_id=officer_id, reason=reason, on=on):
            return _decided(document, "confirmed", officer_id, reason, on.isoformat())
        case AlertDismissed(officer_id=officer_id, reason=reason, on=on):
            return _decided(document, "dismissed", officer_id, reason, on.isoformat())
        case _:
            return document


def _decided(document: Document | None, status: str, officer_id: str, reason: str, on: str) -> Document:
    return {**(document or {}), "status": status, "officer_id": officer_id, "reason": reason, "decided_on": on}


ALERTS = Projection(
    name="alerts",
    sources={"compliance": (AlertOpened, AlertConfirmed, AlertDismissed)},
    keys=_alert_keys,
    step=_alert_step,
    indexes=(("status", "on"), ("subject_id",)),
)


def _staff_keys(recorded: Recorded) -> list[str]:
    return [recorded.event.staff_id] if isinstance(recorded.event, StaffRecorded) else []


def _staff_step(document: Document | None, recorded: Recorded) -> Document | None:
    match recorded.event:
        case StaffRecorded(staff_id=staff_id, unit_id=unit_id, role=role, manager_id=manager_id):
            return {"staff_id": staff_id, "unit_id": unit_id, "role": role, "manager_id": manager_id}
        case _:
            return document


STAFF = Projection(name="staff", sources={"registry": (StaffRecorded,)}, keys=_staff_keys, step=_staff_step)


def _unit_step(document: Document | None, recorded: Recorded) -> Document | None:
    match recorded.event:
        case UnitRecorded(unit_id=unit_id, parent_id=parent_id):
            return {"unit_id": unit_id, "parent_id": parent_id}
        case _:
            return document


UNITS = Projection(
    name="units",
    sources={"registry": (UnitRecorded,)},
    keys=lambda recorded: [cast("UnitRecorded", recorded.event).unit_id],
    step=_unit_step,
)


def _telephone_step(document: Document | None, recorded: Recorded) -> Document | None:
    match recorded.event:
        case TelephoneShared(telephone=telephone, customers=customers, business_date=on):
            return {"telephone": telephone, "customers": list(customers), "on": on.isoformat()}
        case _:
            return document


TELEPHONES = Projection(
    name="telephones",
    sources={"registry": (TelephoneShared,)},
    keys=lambda recorded: [cast("TelephoneShared", recorded.event).telephone],
    step=_telephone_step,
    indexes=(("customers",),),
)


def sharers_in(recorded: Recorded) -> tuple[Document, date]:
    """The query for the numbers that a fact is about, and its day."""
    match recorded.event:
        case TelephoneShared(telephone=telephone, business_date=on):
            return {"_id": telephone}, on
        case OpeningReceived(customer_id=customer_id, on=on):
            return {"customers": customer_id}, on
        case other:
            raise TypeError(f"{type(other).__name__} is about no telephone number")


PROJECTIONS = (OPENINGS, ALERTS, STAFF, UNITS, SAMPLES, TELEPHONES)


def reporting(staff_id: str, look_up: Callable[[str], Document | None]) -> Reporting:
    """Whom a person reports to, all the way up; a ring in the register is walked once."""
    superiors: list[str] = []
    row = look_up(staff_id)
    known = row is not None
    while row is not None and (manager := row["manager_id"]) and manager not in superiors:
        superiors.append(manager)
        row = look_up(manager)
    return Reporting(staff_id=staff_id, known=known, superiors=tuple(superiors))
