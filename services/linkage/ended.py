"""What a timer brings to a party of whose edges some have ended: the days up to then are over for it (rule K4)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.linkage.domain.commands import EndLinks

BATCH = 100
"""How many parties one look takes at most; the next look goes on."""


def to_end(closed: str) -> dict[str, Any]:
    """Which parties to look for: those with a win, one of whose edges has its last day by the latest day that is over.
    Where nothing was won, nothing hangs on an edge.
    """
    return {"winning": True, "ends.on": {"$lte": closed}}


def wish(closed: str, customer_id: str) -> EndLinks:
    return EndLinks(customer_id, date.fromisoformat(closed))


def command_id(closed: str, customer_id: str, party: Mapping[str, Any]) -> str:
    """The same until the party is shown with another edge to end, so that two timers, or one that restarted, do it
    once.
    """
    return f"K4/EndLinks/{customer_id}@{party['ends']['version']}/{closed}"
