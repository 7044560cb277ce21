"""How the leads of some units stand: how many in each state, and which."""

from collections.abc import Mapping, Sequence

from services.desk.projections import CORPORATE_DESK
from services.desk.web.reading import Desk, Listed

STATES = ("opened", "proposed", "active", "qualified", "won", "lost", "expired", "merged")
"""In the order of a lead's life; the last three are how it may end without a win."""
MOST_LEADS = 25
NEWEST = (("on", -1), ("_id", 1))


def counted(desk: Desk, unit_ids: Sequence[str]) -> Mapping[str, int]:
    """The leads of customers of these outlets by state, each state named."""
    found = desk.counted(CORPORATE_DESK, {"outlet_id": {"$in": list(unit_ids)}}, "state")
    return {state: found.get(state, 0) for state in STATES}


def step_of(funnel: Mapping[str, int], state: str) -> int:
    """How many came at least as far as a state, for the width of its bar: those that ended count where they are."""
    if state not in STATES[:5]:
        return funnel[state]
    return sum(funnel[one] for one in STATES[STATES.index(state) : 5])


def leads_of(desk: Desk, unit_ids: Sequence[str], state: str, number: int, size: int) -> Listed:
    query = {"outlet_id": {"$in": list(unit_ids)}, "state": state}
    return desk.listed(CORPORATE_DESK, query, NEWEST, number, size)
