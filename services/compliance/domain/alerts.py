"""What becomes of an alert, whatever it is about: open, then confirmed or dismissed by an officer (rule C4)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import msgspec
from msgspec.structs import replace

from services.compliance.domain.independence import Reporting, require_independent
from services.compliance.events import AlertConfirmed, AlertDismissed, AlertOpened, Pattern, SubjectKind
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
Subject = tuple[SubjectKind, str]
"""What an alert is about: its kind, and its id."""


def alert_id(subject: str, pattern: Pattern, number: str) -> str:
    """``<subject>.<pattern>.<number>``; a number may be a period."""
    return f"{subject}.{pattern}.{number}"


def subject_of(alert: str) -> tuple[str, str]:
    """The subject and the pattern of an alert, from its id."""
    subject, _, rest = alert.rpartition(".")[0].rpartition(".")
    return subject, rest


def opened(
    alerts: Alerts,
    pattern: Pattern,
    subject: Subject,
    *,
    openings: Iterable[str],
    evidence: Iterable[str],
    rules_version: int,
    on: date,
    number: str = "",
) -> AlertOpened:
    """A new alert, the next of its pattern on the stream where no ``number`` is named."""
    kind, subject_id = subject
    following = 1 + sum(alert.pattern == pattern for alert in alerts.values())
    return AlertOpened(
        alert_id=alert_id(subject_id, pattern, number or str(following)),
        pattern=pattern,
        subject_kind=kind,
        subject_id=subject_id,
        openings=tuple(sorted(openings)),
        evidence=tuple(evidence),
        rules_version=rules_version,
        on=on,
    )


def dismissed(alerts: Alerts) -> bool:
    """Whether an officer said of any of these that there is nothing in it."""
    return any(alert.status == "dismissed" for alert in alerts.values())


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
    require_independent(command.officer, command.sellers)
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
