"""Bins of a scorecard in the user's language: the API's ``contacts_90_days 1 to below 3`` is *1 to below 3* beside the
attribute's own name.
"""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as text

from services.desk.web.labels import label
from services.desk.web.product.cards import VALUES

FORMS: Sequence[tuple[re.Pattern[str], Any]] = (
    (re.compile(r"below (?P<high>\S+)"), text("below %(high)s")),
    (re.compile(r"(?P<low>\S+) to below (?P<high>\S+)"), text("from %(low)s, below %(high)s")),
    (re.compile(r"(?P<low>\S+) or more"), text("%(low)s and more")),
    (re.compile(r"missing"), text("not known")),
    (re.compile(r"other"), text("another value")),
)
EVERY = "every record"


def in_words(told: str) -> str:
    """A bin of one attribute without its name, one of several with their names; nothing for what every record has."""
    if told == EVERY:
        return ""
    parts = [part.partition(" ") for part in told.split(", ")]
    if len(parts) == 1:
        return _said(parts[0][0], parts[0][2] or parts[0][0])
    return "; ".join(f"{label('card_attribute', name)} {_said(name, rest)}" for name, _, rest in parts)


def _said(attribute: str, told: str) -> str:
    for form, words in FORMS:
        if found := form.fullmatch(told):
            return str(words) % found.groupdict()
    kind = VALUES.get(attribute)
    return ", ".join(label(kind, one) if kind else one for one in told.split(" or "))
