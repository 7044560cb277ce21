"""What pages of alerts show, as files."""

from decimal import Decimal

from werkzeug.wrappers import Response

from services.desk.web.compliance.behind import Behind
from services.desk.web.labels import label
from services.desk.web.tables import as_csv
from services.desk.web.words import text
from shared.runtime.mongo_store import JsonDocument


def alerts_as_csv(found: list[JsonDocument]) -> Response:
    head = (
        text("Alert"),
        text("Pattern"),
        text("About"),
        text("Its number"),
        text("Openings it touches"),
        text("Raised on"),
        text("Status"),
        text("Reason"),
        text("Decided by"),
        text("Decided on"),
    )
    rows = (
        (
            one["alert_id"],
            label("pattern", one["pattern"]),
            label("subject", one["subject_kind"]),
            one["subject_id"],
            " ".join(one["openings"]),
            one["on"],
            label("alert_state", one["state"]),
            one["reason"],
            one["officer_id"],
            one["decided_on"],
        )
        for one in found
    )
    return as_csv("alerts", head, rows)


def behind_as_csv(shown: Behind) -> Response:
    """The transfers behind an alert, or the days of a month's sales."""
    return _sales(shown) if shown.kind == "sales" else _transfers(shown)


def _transfers(shown: Behind) -> Response:
    head = (
        text("Transfer"),
        text("Moment"),
        text("Direction"),
        text("Amount"),
        text("Limit of one"),
        text("Other account"),
        text("Together so far"),
    )
    rows = (
        (
            one.transfer["transfer_id"],
            one.transfer["at"],
            label("direction", one.transfer["direction"]),
            _yuan(one.transfer["amount_minor"]),
            _yuan(one.transfer["limit_minor"]),
            one.transfer["counterparty"],
            _yuan(one.together_minor),
        )
        for one in (shown.picture.moves if shown.picture else ())
    )
    return as_csv("alert-transfers", head, rows)


def _sales(shown: Behind) -> Response:
    head = (text("Asked for on"), text("Openings"), text("In the alert"))
    rows = ((one.day, one.count, text("yes") if one.rushed else text("no")) for one in shown.sales)
    return as_csv("alert-sales", head, rows)


def _yuan(minor: int) -> Decimal:
    return (Decimal(minor) / 100).quantize(Decimal("0.01"))
