"""The watch over devices (rule C3): one that several customers sign in from, and a registration from one never seen.

A device is known by an opaque mark that the bank's channel made.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never, cast

import msgspec
from msgspec.structs import replace

from services.compliance import rules
from services.compliance.domain.alerts import Alerts, Judge, dismissed, evolved, judged, opened
from services.compliance.events import AlertEvent, AlertOpened, CustomerSeen, DeviceSeen, Pattern
from shared.core.decider import Command, Decider
from shared.core.event import Event

SHARED: Pattern = "shared_device"
NEW_DEVICE: Pattern = "new_device_registration"


class NoteSignIn(Command, frozen=True):
    """``opened_on`` is the day on which the holding was opened; ``registration``: the customer registered for the
    channel by this sign-in.
    """

    device: str
    customer_id: str
    holding_id: str
    opening_ref: str | None
    opened_on: date
    registration: bool
    on: date


SignInCommand = NoteSignIn | Judge


class Device(msgspec.Struct, frozen=True):
    """``seen``: by customer, the openings that led to what they signed in to; ``alerted``: those in an alert."""

    seen: Mapping[str, frozenset[str]] = {}
    alerted: frozenset[str] = frozenset()
    alerts: Alerts = {}


def decide_device(state: Device, command: SignInCommand) -> Sequence[CustomerSeen | AlertEvent]:
    match command:
        case NoteSignIn():
            return _note_customer(state, command)
        case Judge():
            return judged(state.alerts, command)
        case _:
            assert_never(command)


def _note_customer(state: Device, c: NoteSignIn) -> Sequence[CustomerSeen | AlertEvent]:
    """From the customer on that makes it too many, each opening on the device is touched by an alert, once; until an
    officer says that many may use it, as with a tablet in a lobby.
    """
    if dismissed(state.alerts):
        return []
    known = state.seen.get(c.customer_id)
    if known is not None and (c.opening_ref is None or c.opening_ref in known):
        return []
    seen = CustomerSeen(c.device, c.customer_id, c.opening_ref, c.on)
    after = evolve_device(state, seen)
    ruled = rules.in_force(c.on)
    new = frozenset().union(*after.seen.values()) - state.alerted
    if len(after.seen) < ruled.device.customers or (state.alerts and not new):
        return [seen]
    alert = opened(
        state.alerts,
        SHARED,
        ("device", c.device),
        openings=new,
        evidence=sorted(after.seen if not state.alerts else {c.customer_id}),
        rules_version=ruled.version,
        on=c.on,
    )
    return [seen, alert]


def evolve_device(state: Device, event: Event) -> Device:
    match event:
        case CustomerSeen(customer_id=customer_id, opening_ref=opening_ref):
            openings = state.seen.get(customer_id, frozenset()) | ({opening_ref} if opening_ref else frozenset())
            return replace(state, seen={**state.seen, customer_id: openings})
        case AlertOpened(openings=openings):
            return replace(state, alerted=state.alerted | set(openings), alerts=evolved(state.alerts, event))
    return replace(state, alerts=evolved(state.alerts, cast("AlertEvent", event)))


DEVICE: Decider[Device, SignInCommand] = Decider("device", Device(), decide_device, evolve_device)


class Devices(msgspec.Struct, frozen=True):
    """A customer's devices, each with the first day on which it was seen; ``spoken``: the registrations that an alert
    speaks for.
    """

    seen: Mapping[str, date] = {}
    spoken: frozenset[str] = frozenset()
    alerts: Alerts = {}


def decide_devices(state: Devices, command: SignInCommand) -> Sequence[DeviceSeen | AlertEvent]:
    match command:
        case NoteSignIn():
            return _note_device(state, command)
        case Judge():
            return judged(state.alerts, command)
        case _:
            assert_never(command)


def _note_device(state: Devices, c: NoteSignIn) -> Sequence[DeviceSeen | AlertEvent]:
    """A registration counts by its own date, whenever it is told: the sign-ins that followed on it, from the same
    device, may be told before. An alert that a late fact takes the ground from stays for an officer.
    """
    known, evidence = state.seen.get(c.device), f"{c.holding_id}@{c.on}"
    seen = [] if known is not None and known <= c.on else [DeviceSeen(c.customer_id, c.device, c.on)]
    ruled = rules.in_force(c.on)
    soon = 0 <= (c.on - c.opened_on).days <= ruled.device.registration_days
    new = known is None or known >= c.on
    if not (c.registration and soon and new) or evidence in state.spoken:
        return seen
    alert = opened(
        state.alerts,
        NEW_DEVICE,
        ("customer", c.customer_id),
        openings=(c.opening_ref,) if c.opening_ref else (),
        evidence=(evidence,),
        rules_version=ruled.version,
        on=c.on,
    )
    return [*seen, alert]


def evolve_devices(state: Devices, event: Event) -> Devices:
    match event:
        case DeviceSeen(device=device, on=on):
            return replace(state, seen={**state.seen, device: on})
        case AlertOpened(evidence=evidence):
            return replace(state, spoken=state.spoken | set(evidence), alerts=evolved(state.alerts, event))
    return replace(state, alerts=evolved(state.alerts, cast("AlertEvent", event)))


DEVICES: Decider[Devices, SignInCommand] = Decider("devices", Devices(), decide_devices, evolve_devices)
