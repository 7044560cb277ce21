"""The watch over one holding (rules C3, C4): transfers near their limit, the bursts they make, and what became of
each alert.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, assert_never

import msgspec
from msgspec.structs import replace

from services.compliance import rules
from services.compliance.domain.independence import Reporting, require_independent
from services.compliance.events import AlertConfirmed, AlertDismissed, AlertOpened, TransferSeen
from services.compliance.rules import BurstRules
from shared.core.decider import Command, Decider
from shared.core.errors import NotFound, RuleBroken

BURST = "burst"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class NoteTransfer(Command, frozen=True):
    transfer_id: str
    holding_id: str
    opening_ref: str | None
    amount_minor: int
    limit_minor: int
    at: datetime
    on: date


class ConfirmAlert(Command, frozen=True):
    """``seller_id`` is who sold the holding, where that is known."""

    alert_id: str
    officer: Reporting
    seller_id: str | None
    reason: str
    on: date


class DismissAlert(Command, frozen=True):
    alert_id: str
    officer: Reporting
    seller_id: str | None
    reason: str
    on: date


WatchCommand = NoteTransfer | ConfirmAlert | DismissAlert
WatchEvent = TransferSeen | AlertOpened | AlertConfirmed | AlertDismissed


class Alert(msgspec.Struct, frozen=True):
    """``began`` is the moment of the first transfer of its burst."""

    opening_ref: str | None
    began: datetime
    status: Literal["open", "confirmed", "dismissed"] = "open"


class Watch(msgspec.Struct, frozen=True):
    """``seen`` are the transfers near their limit that are still remembered, by id."""

    seen: dict[str, TransferSeen] = {}
    alerts: dict[str, Alert] = {}


def alert_id(holding_id: str, pattern: str, number: int) -> str:
    return f"{holding_id}.{pattern}.{number}"


def holding_of(alert: str) -> str:
    """The holding that an alert is about, from the alert's id."""
    return alert.rsplit(".", 2)[0]


def decide(watch: Watch, command: WatchCommand) -> list[WatchEvent]:
    match command:
        case NoteTransfer():
            return _note(watch, command)
        case ConfirmAlert():
            if not _open_for(watch, command, "confirmed"):
                return []
            return [AlertConfirmed(**_decision(watch, command))]
        case DismissAlert():
            if not _open_for(watch, command, "dismissed"):
                return []
            return [AlertDismissed(**_decision(watch, command))]
        case _:
            assert_never(command)


def evolve(watch: Watch, event: WatchEvent) -> Watch:
    match event:
        case TransferSeen():
            return replace(watch, seen=_remember(watch, event))
        case AlertOpened(alert_id=alert, opening_ref=opening_ref, evidence=evidence):
            began = min((watch.seen[one].at for one in evidence if one in watch.seen), default=LONG_AGO)
            return replace(watch, alerts={**watch.alerts, alert: Alert(opening_ref, began)})
        case AlertConfirmed(alert_id=alert):
            return _with_status(watch, alert, "confirmed")
        case AlertDismissed(alert_id=alert):
            return _with_status(watch, alert, "dismissed")
        case _:
            assert_never(event)


WATCH: Decider[Watch, WatchCommand] = Decider("watch", Watch(), decide, evolve)


def _note(watch: Watch, command: NoteTransfer) -> list[WatchEvent]:
    """Keep what is near its limit, and what was but is corrected; raise an alert where a burst is now complete."""
    ruled = rules.in_force(command.on)
    seen = TransferSeen(
        transfer_id=command.transfer_id,
        holding_id=command.holding_id,
        opening_ref=command.opening_ref,
        amount_minor=command.amount_minor,
        limit_minor=command.limit_minor,
        at=command.at,
    )
    known = watch.seen.get(command.transfer_id)
    if seen == known or (known is None and not ruled.burst.near(seen.amount_minor, seen.limit_minor)):
        return []
    after = evolve(watch, seen)
    if after == watch:  # too old to be remembered
        return []
    burst = _new_burst(after, ruled.burst, seen)
    if not burst:
        return [seen]
    opened = AlertOpened(
        alert_id=alert_id(command.holding_id, BURST, len(watch.alerts) + 1),
        pattern=BURST,
        holding_id=command.holding_id,
        opening_ref=next((one.opening_ref for one in burst if one.opening_ref), None),
        evidence=tuple(one.transfer_id for one in burst),
        rules_version=ruled.version,
        on=command.on,
    )
    return [seen, opened]


def _new_burst(watch: Watch, burst: BurstRules, newest: TransferSeen) -> Sequence[TransferSeen]:
    """A window full of near-limit transfers around the newest. An alert speaks for all within a window of its first,
    on either side, so that it is one alert in whatever order the transfers come.
    """
    free = [
        one
        for one in watch.seen.values()
        if burst.near(one.amount_minor, one.limit_minor)
        and not any(abs(one.at - alert.began) <= burst.window for alert in watch.alerts.values())
    ]
    ordered = sorted(free, key=lambda one: (one.at, one.transfer_id))
    for first in ordered:
        within = [one for one in ordered if first.at <= one.at <= first.at + burst.window]
        if newest in within and len(within) >= burst.transfers:
            return within
    return ()


def _remember(watch: Watch, event: TransferSeen) -> dict[str, TransferSeen]:
    seen = {**watch.seen, event.transfer_id: event}
    horizon = max(one.at for one in seen.values()) - rules.in_force(event.at.date()).burst.memory
    return {key: one for key, one in seen.items() if one.at >= horizon}


def _with_status(watch: Watch, alert: str, status: Literal["confirmed", "dismissed"]) -> Watch:
    return replace(watch, alerts={**watch.alerts, alert: replace(watch.alerts[alert], status=status)})


def _open_for(watch: Watch, command: ConfirmAlert | DismissAlert, wish: str) -> bool:
    """Whether there is something left to decide. Raises where it was decided otherwise, or by one who may not."""
    alert = watch.alerts.get(command.alert_id)
    if alert is None:
        raise NotFound("not_found", f"There is no alert {command.alert_id}.")
    if alert.status == wish:
        return False
    if alert.status != "open":
        message = f"Alert {command.alert_id} was {alert.status} already; that stands"
        raise RuleBroken(f"already_{alert.status}", message, rule="C4")
    require_independent(command.officer, command.seller_id)
    return True


def _decision(watch: Watch, command: ConfirmAlert | DismissAlert) -> dict[str, Any]:
    return {
        "alert_id": command.alert_id,
        "opening_ref": watch.alerts[command.alert_id].opening_ref,
        "officer_id": command.officer.staff_id,
        "reason": command.reason,
        "on": command.on,
    }
