"""Customers as every reader may see them: masked (rule R5), with their value tier (rule R6). Pages name them by it, and
find them in it by name, unit and manager. An erased customer's name is gone. ``pairs`` are those of a company's name,
by which any part of it is found in an index.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from services.registry.events import ERASED_NAME, CustomerErased, CustomerRecorded, TierAssigned
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

RECORDED = (
    "customer_id",
    "display_name",
    "kind",
    "outlet_id",
    "manager_id",
    "consent_marketing",
    "corporate_customer",
)
RANKED = ("tier", "tier_month", "contribution_minor")
EVENTS = (CustomerRecorded, CustomerErased, TierAssigned)


def _keys(recorded: Recorded) -> Iterable[str]:
    event = recorded.event
    return [event.customer_id] if isinstance(event, EVENTS) else []


def _step(old: Document | None, recorded: Recorded) -> Document:
    """A customer and their tier stand on streams of their own: neither waits for the other."""
    told: dict[str, Any] = msgspec.to_builtins(recorded.event)
    number = told["customer_id"]
    new = {**dict.fromkeys((*RECORDED, *RANKED)), "customer_id": number, "display_name": number, "erased": False}
    new["pairs"] = []
    document = {**new, **(old or {})}
    match recorded.event:
        case CustomerErased():
            return {**document, "display_name": ERASED_NAME, "pairs": [], "consent_marketing": False, "erased": True}
        case TierAssigned(month=month):
            return {**document, "tier_month": month, **{field: told[field] for field in ("tier", "contribution_minor")}}
        case _:
            pairs = pairs_of(told["display_name"]) if told["kind"] == "company" else []
            return {**document, **{field: told[field] for field in RECORDED}, "pairs": pairs}


def pairs_of(name: str) -> list[str]:
    """Each two letters that follow on each other, in no case: ``华瑞纺织`` → ``华瑞``, ``瑞纺``, ``纺织``."""
    letters = name.casefold()
    return sorted({letters[at : at + 2] for at in range(len(letters) - 1)})


CUSTOMERS = Projection(
    name="customers",
    sources={"registry": EVENTS},
    keys=_keys,
    step=_step,
    indexes=(
        ("outlet_id", "-contribution_minor", "_id"),
        ("manager_id", "-contribution_minor", "_id"),
        ("-contribution_minor", "_id"),
        ("kind", "display_name"),
        ("display_name",),
        ("pairs",),
    ),
)
