"""What incentives says by code."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

WORDS: Mapping[str, Mapping[str, Any]] = {
    "dispute": {"open": text("Open"), "accepted": text("Upheld"), "refused": text("Not upheld")},
    "seal": {
        "content": text("The content is what was sealed"),
        "chain": text("It follows the statement before it"),
        "signature": text("It is signed with a published key"),
        "totals": text("The totals are the sums of the lines"),
    },
    "statement": {
        "period": text("Month's close"),
        "adjustment": text("Adjustment"),
        "contest": text("Contest"),
    },
    "entry": {
        "pending": text("Pending"),
        "vested": text("Vested"),
        "reversed": text("Reversed"),
        "held": text("Held"),
        "released": text("Released"),
        "adjusted": text("Adjusted"),
        "awarded": text("Awarded"),
        "penalised": text("Penalised"),
    },
    "indicator": {
        "payroll_active": text("Payroll service in use"),
        "corporate_ebank_active": text("Corporate e-banking in use"),
        "reconciliation_active": text("Online reconciliation in use"),
        "settlement_active": text("Settlement account in use"),
        "mobile_active": text("Mobile banking in use"),
        "online_active": text("Online banking in use"),
        "telephone_active": text("Telephone banking in use"),
        "work_log": text("Work log"),
        "award": text("Award or penalty"),
    },
}
