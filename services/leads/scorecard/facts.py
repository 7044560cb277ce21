"""What a card may look at: what is known of a lead and its customer on a day, before anybody spoke with them (L5)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from services.leads.score_events import Fact

ACTIVITY_DAYS = 90
ATTRIBUTES = ("fit", "value_tier", "contacts_90_days", "days_since_contact", "source", "products_held")
"""``fit``: how many of the lead's products the customer lacks: all (high), some (middle) or none (low).
``contacts_90_days`` and ``days_since_contact`` count contacts up to the day, in calendar days; ``products_held`` are
different products.
"""


def facts_of(customer: Mapping[str, Any] | None, products: Sequence[str], source: str, on: date) -> dict[str, Fact]:
    """``customer`` is their document, None for one who is not known."""
    known = customer or {}
    held = _held(known.get("holdings", ()), on)
    days = sorted(day for day in known.get("contacts", ()) if day <= on.isoformat())
    since = (on - timedelta(days=ACTIVITY_DAYS)).isoformat()
    return {
        "fit": _fit(set(products), held),
        "value_tier": known.get("tier"),
        "contacts_90_days": sum(day > since for day in days),
        "days_since_contact": (on - date.fromisoformat(days[-1])).days if days else None,
        "source": source,
        "products_held": len(held),
    }


def _held(holdings: Sequence[Mapping[str, Any]], on: date) -> set[str]:
    day = on.isoformat()
    opened = (one for one in holdings if one["opened_on"] <= day)
    return {one["product"] for one in opened if one["closed_on"] is None or day < one["closed_on"]}


def _fit(wanted: set[str], held: set[str]) -> str | None:
    if not wanted:
        return None
    lacking = wanted - held
    return "high" if lacking == wanted else "middle" if lacking else "low"
