"""The chain both ways (rule K5): from a win to all that it brought, and from an opportunity back to the first win."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from flask import abort

from services.desk.web.api_client import Json
from services.desk.web.at_hand import desk
from services.desk.web.customer.page import parts
from services.desk.web.identities import Identity
from services.desk.web.reading import PAGE_SIZE, Names

MOST = 500
"""Of what a win brought, the API tells so many at once."""


def brought(lead_id: str, identity: Identity, number: int) -> dict[str, Any]:
    """For ``customer_win.html``; ``told`` is None where linkage is away."""
    found = parts(identity).read("linkage", f"leads/{quote(lead_id, safe='')}/brought", limit=MOST)
    if found.why in {"role", "nothing"}:
        abort(404)
    every = found.listed("opportunities")
    first = (number - 1) * PAGE_SIZE
    return {
        "lead_id": lead_id,
        "told": found.told,
        "every": every,
        "listed": every[first : first + PAGE_SIZE],
        "number": number,
        "more": len(every) > first + PAGE_SIZE,
        "names": _names(found.listed("chain"), every),
    }


def opportunity(opportunity_id: str, identity: Identity) -> dict[str, Any]:
    """For ``customer_opportunity.html``; ``told`` is None where linkage is away."""
    found = parts(identity).read("linkage", f"opportunities/{quote(opportunity_id, safe='')}")
    if found.why in {"role", "nothing"}:
        abort(404)
    return {"told": found.told, "names": _names(found.listed("chain"), [found.told] if found.told else [])}


def _names(chain: Iterable[Mapping[str, Any]], opportunities: Iterable[Json]) -> Names:
    customers, staff = {one["customer_id"] for one in chain}, {one["winner_id"] for one in chain}
    for one in opportunities:
        customers |= {one["from_id"], one["customer_id"], *one["ancestors"]}
        staff.add(one["winner_id"])
    return desk().names(customers=customers, staff=staff)
