"""What becomes of a product that was sold."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

WORDS: Mapping[str, Mapping[str, Any]] = {
    "item": {
        "requested": text("Opening requested"),
        "cleared": text("Cleared by compliance"),
        "refused": text("Refused by compliance"),
        "opened": text("Account opened"),
        "activated": text("Activated"),
        "active": text("In active use"),
        "dormant": text("Dormant"),
        "closed": text("Closed"),
    },
}
