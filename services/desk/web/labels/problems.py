"""What may be wrong with a field, in the words of the API's schemas, and what users are told instead."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

WORDS: Mapping[str, Mapping[str, Any]] = {
    "problem": {
        "Missing data for required field.": text("Fill this in."),
        "Field may not be null.": text("Fill this in."),
        "Shorter than minimum length 1.": text("Fill this in."),
        "Not a valid integer.": text("Give a whole number."),
        "Not a valid date.": text("Give a date, such as 2026-09-30."),
        "Not a valid string.": text("Give this in words."),
        "Length must be between 1 and 500.": text("Say it in 1 to 500 letters."),
        "Length must be between 1 and 200.": text("Say it in 1 to 200 letters."),
        "Longer than maximum length 500.": text("Say it in at most 500 letters."),
        "Must be 1 to 64 letters, digits, dots, colons, hyphens or underscores.": text(
            "Give a number as the bank writes it: letters, digits, dots and hyphens."
        ),
    },
    "refusal": {"invalid": text("Some fields are not as they must be.")},
    "field": {
        "customer_id": text("Customer"),
        "need": text("Need"),
        "products": text("Products"),
        "source": text("Comes from"),
        "outlet_id": text("Customer's outlet"),
        "value_minor": text("Estimated value"),
        "despite": text("Why another lead is needed"),
        "on": text("Date"),
        "staff_id": text("Staff number"),
        "reason": text("Reason"),
        "text": text("In your own words"),
        "evidence": text("What proves it"),
        "note": text("Note"),
        "reopen_reason": text("Why?"),
        "unmerge_reason": text("Why?"),
        "contact_on": text("Date"),
        "bid_on": text("Day of the bid, for the stage bid alone"),
        "kind": text("Kind"),
    },
}
