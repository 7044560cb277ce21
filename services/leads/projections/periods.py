"""Periods as queries ask for them."""


def within(period: str) -> dict[str, str]:
    """Which ISO dates are of a year (``2026``) or a month (``2026-09``)."""
    return {"$gte": period, "$lt": f"{period}~"}
