"""What the figures of a branch are called."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

WORDS: Mapping[str, Mapping[str, Any]] = {
    "figure": {
        "staff": text("Staff in post"),
        "marketers": text("Marketers"),
        "customer_managers": text("Customer managers"),
        "norm": text("Needed by the norm"),
        "short": text("Short"),
        "customers": text("Customers"),
        "key_customers": text("Key customers"),
    },
    "used": {
        "opened": text("Opened products"),
        "activated": text("Activated products"),
        "active": text("Products in use"),
        "dormant": text("Dormant products"),
    },
    "level": {"staff": text("People"), "outlet": text("Outlets"), "branch": text("Branches")},
}
