"""The watch over one holding (rules C3, C4): transfers near their limit and the bursts they make, how money comes and
goes on, and who used it first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import assert_never

import msgspec
from msgspec.structs import replace

from services.compliance import rules
from services.compliance.domain.alerts import Alerts, Judge, evolved, judged, opened
from services.compliance.events import (
    AlertConfirmed,
    AlertDismissed,
    AlertEvent,
    AlertOpened,
    Direction,
    FirstUseSeen,
    Pattern,
    TransferForgotten,
    TransferSeen,
    UseTakenBack,
)
from services.compliance.flows import in_order, pass_through, round_trip
from services.compliance.rules import BurstRules, RuleSet
from shared.core.decider import Command, Decider

BURST: Pattern = "burst"
ROUND_TRIP: Pattern = "round_trip"
PASS_THROUGH: Pattern = "pass_through"  # noqa: S105 -- it is money that passes
UNAUTHENTICATED: Pattern = "unauthenticated_activation"
FIRST_DAYS = 3
"""So many days of use are remembered: where the first is corrected away, the next are the first."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class NoteTransfer(Command, frozen=True):
    transfer_id: str
    holding_id: str
    opening_ref: str | None
    amount_minor: int
    limit_minor: int
    at: datetime
    on: date
    direction: Direction = "out"
    counterparty: str | None = None


class ForgetTransfer(Command, frozen=True):
    """It turned out to be of another holding."""

    transfer_id: str
    holding_id: str


class NoteUse(Command, frozen=True):
    """A day's uses of an electronic channel that an opening of ours led to."""

    holding_id: str
    product: str
    opening_ref: str
    uses: int
    authenticated_uses: int
    on: date


WatchCommand = NoteTransfer | ForgetTransfer | NoteUse | Judge
WatchEvent = TransferSeen | TransferForgotten | FirstUseSeen | UseTakenBack | AlertEvent


class Watch(msgspec.Struct, frozen=True):
    """``seen`` are the transfers that are still remembered, by id; ``spoken``: by pattern, the moments at which those
    that an alert speaks for began; ``first_in`` the first money in; ``uses`` the first days of use, and whether the
    customer used it then.
    """

    seen: dict[str, TransferSeen] = {}
    spoken: Mapping[str, tuple[datetime, ...]] = {}
    first_in: TransferSeen | None = None
    uses: Mapping[date, bool] = {}
    alerts: Alerts = {}


def decide(watch: Watch, command: WatchCommand) -> Sequence[WatchEvent]:
    match command:
        case NoteTransfer():
            return _note(watch, command)
        case ForgetTransfer(transfer_id=transfer_id, holding_id=holding_id):
            forgotten = TransferForgotten(transfer_id, holding_id)
            return [] if evolve(watch, forgotten) == watch else [forgotten]
        case NoteUse():
            return _note_use(watch, command)
        case Judge():
            return judged(watch.alerts, command)
        case _:
            assert_never(command)


def evolve(watch: Watch, event: WatchEvent) -> Watch:
    match event:
        case TransferSeen():
            return replace(watch, seen=_remember(watch, event), first_in=_first_in(watch, event))
        case TransferForgotten(transfer_id=transfer_id):
            seen = {key: one for key, one in watch.seen.items() if key != transfer_id}
            is_first = watch.first_in is not None and watch.first_in.transfer_id == transfer_id
            return replace(watch, seen=seen, first_in=_earliest_in(seen) if is_first else watch.first_in)
        case FirstUseSeen(authenticated=authenticated, on=on):
            uses = sorted({**watch.uses, on: authenticated}.items())
            return replace(watch, uses=dict(uses[:FIRST_DAYS]))
        case UseTakenBack(on=on):
            return replace(watch, uses={day: known for day, known in watch.uses.items() if day != on})
        case AlertOpened(evidence=evidence, pattern=pattern):
            began = min((watch.seen[one].at for one in evidence if one in watch.seen), default=LONG_AGO)
            spoken = {**watch.spoken, pattern: (*watch.spoken.get(pattern, ()), began)}
            return replace(watch, spoken=spoken, alerts=evolved(watch.alerts, event))
        case AlertConfirmed() | AlertDismissed():
            return replace(watch, alerts=evolved(watch.alerts, event))
        case _:
            assert_never(event)


WATCH: Decider[Watch, WatchCommand] = Decider("watch", Watch(), decide, evolve)


def alerts_in(commands: Iterable[NoteTransfer | NoteUse]) -> Iterator[AlertOpened]:
    """The alerts that a stream of facts makes, as the facts come; each holding is watched by itself."""
    watches: dict[str, Watch] = {}
    for command in commands:
        watch = watches.get(command.holding_id, WATCH.initial)
        if events := decide(watch, command):
            watches[command.holding_id] = WATCH.fold(events, watch)
            yield from (event for event in events if isinstance(event, AlertOpened))


def _note(watch: Watch, command: NoteTransfer) -> list[WatchEvent]:
    """Keep what a pattern may be made of, and what was kept but is corrected; raise an alert for each pattern that is
    complete by now.
    """
    ruled = rules.in_force(command.on)
    seen = TransferSeen(**{name: getattr(command, name) for name in TransferSeen.__struct_fields__})
    known = watch.seen.get(command.transfer_id)
    if seen == known or (known is None and not _matters(watch, seen, ruled)):
        return []
    after = evolve(watch, seen)
    if after == watch:  # too old to be remembered
        return []
    found = {BURST: _new_burst(after, ruled.burst, seen), **_flows(after, ruled)}
    return [seen, *(_alert_on(watch, command, pattern, moves) for pattern, moves in found.items() if moves)]


def _matters(watch: Watch, seen: TransferSeen, ruled: RuleSet) -> bool:
    """What is kept is bounded, whatever an account does: how money flows is watched where a credit hangs on it, for a
    while, and not on an account that is busy.
    """
    if seen.direction == "out" and ruled.burst.near(seen.amount_minor, seen.limit_minor):
        return True
    if seen.opening_ref is None or len(watch.seen) >= ruled.pass_through.busy:
        return False
    trip, through, first = ruled.round_trip, ruled.pass_through, watch.first_in
    since = timedelta() if first is None else seen.at - first.at
    may_trip = seen.amount_minor >= trip.least_minor and since <= trip.window
    return may_trip or (seen.amount_minor >= through.least_minor and since <= through.watch)


def _flows(watch: Watch, ruled: RuleSet) -> dict[Pattern, Sequence[TransferSeen]]:
    """The patterns in how money came and went, each with the transfers behind it."""
    passed = pass_through(watch.seen.values(), watch.spoken.get(PASS_THROUGH, ()), ruled.pass_through)
    found: dict[Pattern, Sequence[TransferSeen]] = {PASS_THROUGH: [move for pair in passed for move in pair]}
    if watch.first_in is not None and watch.first_in.opening_ref is not None and ROUND_TRIP not in watch.spoken:
        found[ROUND_TRIP] = round_trip(watch.first_in, watch.seen.values(), ruled.round_trip)
    return found


def _alert_on(watch: Watch, command: NoteTransfer, pattern: Pattern, moves: Sequence[TransferSeen]) -> AlertOpened:
    openings = {one.opening_ref for one in moves if one.opening_ref}
    return _alert(watch, command, pattern, openings, [one.transfer_id for one in moves])


def _note_use(watch: Watch, command: NoteUse) -> list[WatchEvent]:
    """Somebody used it before the customer did: an account that is opened and put to use without them. A day that is
    told late, or corrected, counts by its own date. An alert that it takes the ground from stays for an officer.
    """
    ruled = rules.in_force(command.on)
    said = _use(command)
    after = evolve(watch, said)
    if after == watch or command.product not in ruled.opening.electronic:
        return []
    first = min(after.uses, default=None)
    if first is None or after.uses[first] or any(one.pattern == UNAUTHENTICATED for one in watch.alerts.values()):
        return [said]
    evidence = [f"{command.holding_id}@{first}"]
    return [said, _alert(watch, replace(command, on=first), UNAUTHENTICATED, {command.opening_ref}, evidence)]


def _use(command: NoteUse) -> FirstUseSeen | UseTakenBack:
    if command.uses == 0:
        return UseTakenBack(command.holding_id, command.opening_ref, command.on)
    return FirstUseSeen(command.holding_id, command.opening_ref, command.authenticated_uses > 0, command.on)


def _alert(
    watch: Watch, command: NoteTransfer | NoteUse, pattern: Pattern, openings: set[str], evidence: Sequence[str]
) -> AlertOpened:
    return opened(
        watch.alerts,
        pattern,
        ("holding", command.holding_id),
        openings=openings,
        evidence=evidence,
        rules_version=rules.in_force(command.on).version,
        on=command.on,
    )


def _first_in(watch: Watch, event: TransferSeen) -> TransferSeen | None:
    """The first money in, as known by now: a correction of it is looked at anew among what is still remembered."""
    first = watch.first_in
    if first is not None and first.transfer_id == event.transfer_id:
        return _earliest_in({**watch.seen, event.transfer_id: event})
    earlier = event.direction == "in" and (first is None or event.at < first.at)
    return event if earlier else first


def _earliest_in(seen: Mapping[str, TransferSeen]) -> TransferSeen | None:
    return next((one for one in in_order(seen.values()) if one.direction == "in"), None)


def _new_burst(watch: Watch, burst: BurstRules, newest: TransferSeen) -> Sequence[TransferSeen]:
    """A window full of near-limit transfers around the newest. An alert speaks for all within a window of its first,
    on either side, so that it is one alert in whatever order the transfers come.
    """
    free = [
        one
        for one in watch.seen.values()
        if one.direction == "out"
        and burst.near(one.amount_minor, one.limit_minor)
        and not any(abs(one.at - began) <= burst.window for began in watch.spoken.get(BURST, ()))
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
