"""Events as documents have them, and periods as queries ask for them."""

from typing import Any

import msgspec


def plain(thing: object) -> Any:
    """As JSON has it: lists and ISO dates."""
    return msgspec.json.decode(msgspec.json.encode(thing))


def within(period: str) -> dict[str, str]:
    """Which ISO dates are of a year (``2026``) or a month (``2026-09``)."""
    return {"$gte": period, "$lt": f"{period}~"}
