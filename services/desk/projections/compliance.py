"""What compliance works from: the queue of openings, the alerts with the transfers behind them, the samples.

A document comes from one stream. All that is said of one opening or alert stays with compliance; ``position`` is the
newest commit of the stream that the public API can be asked to have seen before it tells of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.compliance import events as compliance
from services.compliance import inspection_events as inspections
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

OPENING_EVENTS = (compliance.OpeningReceived, compliance.OpeningCleared, compliance.OpeningRefused)
ALERT_EVENTS = (compliance.AlertOpened, compliance.AlertConfirmed, compliance.AlertDismissed)
SAMPLE_EVENTS = (
    inspections.SampleDrawn,
    inspections.OpeningInspected,
    inspections.RemedyReported,
    inspections.RemedyOverdue,
)
ASKED = ("opening_id", "lead_id", "product", "customer_id", "customer_kind", "seller_id", "sellers", "unit_id", "on")
RAISED = ("alert_id", "pattern", "subject_kind", "subject_id", "openings", "on")
DRAWN = ("sample_id", "unit_id", "month")
SETTLED = ("in_order", "remedied")
UNDECIDED: Mapping[str, Any] = dict.fromkeys(("officer_id", "reason", "decided_on", "position"))


def _opening_keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.event.opening_id] if isinstance(recorded.event, OPENING_EVENTS) else []


def _opening_step(old: Document | None, recorded: Recorded) -> Document:
    told: dict[str, Any] = plain(recorded.event)
    document = {**dict.fromkeys(ASKED), **UNDECIDED, "state": "waiting", "rule": None, **(old or {})}
    match recorded.event:
        case compliance.OpeningReceived():
            return document | {name: told[name] for name in ASKED} | {"position": recorded.id}
        case compliance.OpeningRefused(officer_id=None, rule=rule, reason=reason):
            # The papers alone decided, in the commit that received it.
            return document | {"state": "refused", "rule": rule, "reason": reason, "decided_on": told["on"]}
        case compliance.OpeningRefused(rule=rule):
            return document | _decided("refused", told, recorded) | {"rule": rule}
        case _:
            return document | _decided("cleared", told, recorded)


def _alert_keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.event.alert_id] if isinstance(recorded.event, ALERT_EVENTS) else []


def _alert_step(old: Document | None, recorded: Recorded) -> Document:
    told: dict[str, Any] = plain(recorded.event)
    document = {**dict.fromkeys(RAISED), **UNDECIDED, "state": "open", **(old or {})}
    match recorded.event:
        case compliance.AlertOpened():
            return document | {name: told[name] for name in RAISED}
        case compliance.AlertConfirmed():
            return document | _decided("confirmed", told, recorded)
        case _:
            return document | _decided("dismissed", told, recorded)


def _decided(state: str, told: Mapping[str, Any], recorded: Recorded) -> dict[str, Any]:
    """An officer's word, which is a commit of its own."""
    return {
        "state": state,
        "officer_id": told["officer_id"],
        "reason": told.get("reason"),
        "decided_on": told["on"],
        "position": recorded.id,
    }


def _transfer_step(_: Document | None, recorded: Recorded) -> Document:
    """The newest that is known of it: a transfer may be told again, corrected."""
    told: dict[str, Any] = plain(recorded.event)
    return {name: value for name, value in told.items() if name != "type"}


def transfer_key(holding_id: str, transfer_id: str) -> str:
    return f"{holding_id}/{transfer_id}"


def _transfer_keys(recorded: Recorded) -> Iterable[str]:
    match recorded.event:
        case compliance.TransferSeen(holding_id=holding_id, transfer_id=transfer_id):
            return [transfer_key(holding_id, transfer_id)]
        case _:
            return []


def _sample_keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.event.sample_id] if isinstance(recorded.event, SAMPLE_EVENTS) else []


def _sample_step(old: Document | None, recorded: Recorded) -> Document:
    document: dict[str, Any] = {**dict.fromkeys(DRAWN), "openings_total": 0, "openings": [], **(old or {})}
    match recorded.event:
        case inspections.SampleDrawn() as drawn:
            items = [{"opening_id": one, "state": "to_inspect", "overdue": False} for one in drawn.openings]
            document |= {name: getattr(drawn, name) for name in DRAWN} | {"openings_total": len(drawn.drawn_from)}
        case event:
            items = [_item_after(one, event) for one in document["openings"]]
    return document | _counts(items) | {"openings": items, "position": recorded.id}


def _item_after(item: dict[str, Any], event: Any) -> dict[str, Any]:
    if item["opening_id"] != event.opening_id:
        return item
    match event:
        case inspections.OpeningInspected(finding=finding):
            return {**item, "state": "in_order" if finding is None else "to_remedy", "overdue": False}
        case inspections.RemedyReported():
            return {**item, "state": "remedied", "overdue": False}
        case _:
            return {**item, "overdue": True}


def _counts(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many of the drawn openings wait for what; ``unsettled`` are those that wait for anything."""
    states = Counter(one["state"] for one in items)
    return {
        "to_inspect": states["to_inspect"],
        "to_remedy": states["to_remedy"],
        "overdue": sum(one["overdue"] for one in items),
        "unsettled": sum(one["state"] not in SETTLED for one in items),
    }


COMPLIANCE_DESK = Projection(
    name="compliance_desk",
    sources={"compliance": OPENING_EVENTS},
    keys=_opening_keys,
    step=_opening_step,
    indexes=(
        ("on", "_id"),
        *((field, "on", "_id") for field in ("state", "unit_id", "product", "customer_id", "seller_id")),
    ),
)
COMPLIANCE_ALERTS = Projection(
    name="compliance_alerts",
    sources={"compliance": ALERT_EVENTS},
    keys=_alert_keys,
    step=_alert_step,
    indexes=(("on", "_id"), ("state", "on", "_id"), ("pattern", "on", "_id"), ("subject_id",), ("openings",)),
)
COMPLIANCE_TRANSFERS = Projection(
    name="compliance_transfers",
    sources={"compliance": (compliance.TransferSeen,)},
    keys=_transfer_keys,
    step=_transfer_step,
)
COMPLIANCE_SAMPLES = Projection(
    name="compliance_samples",
    sources={"compliance": SAMPLE_EVENTS},
    keys=_sample_keys,
    step=_sample_step,
    indexes=(("unit_id", "-month"), ("-month", "unit_id"), ("unsettled",), ("openings.opening_id",)),
)
