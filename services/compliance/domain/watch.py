"""The watch over one holding (rules C3, C4): transfers near their limit, the bursts they make, and who used it
first.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace

from services.compliance import rules
from services.compliance.domain.alerts import Alerts, Judge, alert_id, evolved, judged
from services.compliance.events import (
    AlertConfirmed,
    AlertDismissed,
    AlertEvent,
    AlertOpened,
    FirstUseSeen,
    Pattern,
    TransferSeen,
)
from services.compliance.rules import BurstRules
from shared.core.decider import Command, Decider

BURST: Pattern = "burst"
UNAUTHENTICATED: Pattern = "unauthenticated_activation"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class NoteTransfer(Command, frozen=True):
    transfer_id: str
    holding_id: str
    opening_ref: str | None
    amount_minor: int
    limit_minor: int
    at: datetime
    on: date


class NoteUse(Command, frozen=True):
    """A day's uses of an electronic channel that an opening of ours led to."""

    holding_id: str
    product: str
    opening_ref: str
    uses: int
    authenticated_uses: int
    on: date


WatchCommand = NoteTransfer | NoteUse | Judge
WatchEvent = TransferSeen | FirstUseSeen | AlertEvent


class Watch(msgspec.Struct, frozen=True):
    """``seen`` are the transfers near their limit that are still remembered, by id; ``bursts`` the moments at which
    those that an alert speaks for began; ``first_use`` the first day of use, and whether the customer used it then.
    """

    seen: dict[str, TransferSeen] = {}
    bursts: tuple[datetime, ...] = ()
    first_use: tuple[date, bool] | None = None
    alerts: Alerts = {}


def decide(watch: Watch, command: WatchCommand) -> Sequence[WatchEvent]:
    match command:
        case NoteTransfer():
            return _note(watch, command)
        case NoteUse():
            return _note_use(watch, command)
        case Judge():
            return judged(watch.alerts, command)
        case _:
            assert_never(command)


def evolve(watch: Watch, event: WatchEvent) -> Watch:
    match event:
        case TransferSeen():
            return replace(watch, seen=_remember(watch, event))
        case FirstUseSeen(authenticated=authenticated, on=on):
            return replace(watch, first_use=(on, authenticated))
        case AlertOpened(evidence=evidence, pattern=pattern):
            began = min((watch.seen[one].at for one in evidence if one in watch.seen), default=LONG_AGO)
            bursts = (*watch.bursts, began) if pattern == BURST else watch.bursts
            return replace(watch, bursts=bursts, alerts=evolved(watch.alerts, event))
        case AlertConfirmed() | AlertDismissed():
            return replace(watch, alerts=evolved(watch.alerts, event))
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
    refs = {one.opening_ref for one in burst if one.opening_ref}
    return [seen, _alert(watch, command, BURST, refs, [one.transfer_id for one in burst])]


def _note_use(watch: Watch, command: NoteUse) -> list[WatchEvent]:
    """Somebody used it before the customer did: an account that is opened and put to use without them. What comes late
    counts by its own day, so that the order in which days are told does not matter.
    """
    ruled = rules.in_force(command.on)
    if command.uses == 0 or command.product not in ruled.opening.electronic:
        return []
    first = watch.first_use
    if first is not None and first[0] <= command.on:
        return []
    authenticated = command.authenticated_uses > 0
    used = FirstUseSeen(command.holding_id, command.opening_ref, authenticated, command.on)
    if authenticated or any(one.pattern == UNAUTHENTICATED for one in watch.alerts.values()):
        return [used]
    evidence = [f"{command.holding_id}@{command.on}"]
    return [used, _alert(watch, command, UNAUTHENTICATED, {command.opening_ref}, evidence)]


def _alert(
    watch: Watch, command: NoteTransfer | NoteUse, pattern: Pattern, openings: set[str], evidence: Sequence[str]
) -> AlertOpened:
    number = 1 + sum(alert.pattern == pattern for alert in watch.alerts.values())
    return AlertOpened(
        alert_id=alert_id(command.holding_id, pattern, str(number)),
        pattern=pattern,
        subject_kind="holding",
        subject_id=command.holding_id,
        openings=tuple(sorted(openings)),
        evidence=tuple(evidence),
        rules_version=rules.in_force(command.on).version,
        on=command.on,
    )


def _new_burst(watch: Watch, burst: BurstRules, newest: TransferSeen) -> Sequence[TransferSeen]:
    """A window full of near-limit transfers around the newest. An alert speaks for all within a window of its first,
    on either side, so that it is one alert in whatever order the transfers come.
    """
    free = [
        one
        for one in watch.seen.values()
        if burst.near(one.amount_minor, one.limit_minor)
        and not any(abs(one.at - began) <= burst.window for began in watch.bursts)
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
