"""What becomes of an alert, whatever it is about: open, then confirmed or dismissed by an officer (rule C4)."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec
from msgspec.structs import replace

from services.compliance.domain.independence import Reporting, require_independent
from services.compliance.events import AlertConfirmed, AlertDismissed, AlertOpened, Pattern
from shared.core.decider import Command
from shared.core.errors import NotFound, RuleBroken

Status = Literal["open", "confirmed", "dismissed"]


class Judge(Command, frozen=True):
    """``sellers`` are those who sold what the alert touches, where that is known."""

    alert_id: str
    verdict: Literal["confirmed", "dismissed"]
    officer: Reporting
    sellers: tuple[str, ...]
    reason: str
    on: date


class Alert(msgspec.Struct, frozen=True):
    pattern: Pattern
    openings: tuple[str, ...]
    status: Status = "open"


Alerts = Mapping[str, Alert]


def alert_id(subject: str, pattern: Pattern, number: str) -> str:
    """``<subject>.<pattern>.<number>``; a number may be a period."""
    return f"{subject}.{pattern}.{number}"


def subject_of(alert: str) -> tuple[str, str]:
    """The subject and the pattern of an alert, from its id."""
    subject, _, rest = alert.rpartition(".")[0].rpartition(".")
    return subject, rest


def judged(alerts: Alerts, command: Judge) -> list[AlertConfirmed | AlertDismissed]:
    """The officer's word. Nothing where it stands already; raises where it was decided otherwise, or by one who may
    not.
    """
    alert = alerts.get(command.alert_id)
    if alert is None:
        raise NotFound("not_found", f"There is no alert {command.alert_id}.")
    if alert.status == command.verdict:
        return []
    if alert.status != "open":
        message = f"Alert {command.alert_id} was {alert.status} already; that stands"
        raise RuleBroken(f"already_{alert.status}", message, rule="C4")
    require_independent(command.officer, None)
    for seller in command.sellers:
        require_independent(command.officer, seller)
    said = AlertConfirmed if command.verdict == "confirmed" else AlertDismissed
    return [said(command.alert_id, alert.openings, command.officer.staff_id, command.reason, command.on)]


def evolved(alerts: Alerts, event: AlertOpened | AlertConfirmed | AlertDismissed) -> Alerts:
    match event:
        case AlertOpened(alert_id=alert, pattern=pattern, openings=openings):
            return {**alerts, alert: Alert(pattern, openings)}
        case AlertConfirmed(alert_id=alert):
            return {**alerts, alert: replace(alerts[alert], status="confirmed")}
        case AlertDismissed(alert_id=alert):
            return {**alerts, alert: replace(alerts[alert], status="dismissed")}
