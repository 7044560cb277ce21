"""All that is known of one customer, gathered: each part from the service that knows it, names and links from what the
desk itself has.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from flask import abort

from services.desk.projections import CORPORATE_DESK, CUSTOMERS
from services.desk.web.api_client import Json
from services.desk.web.at_hand import api, bank_day, desk
from services.desk.web.customer import links
from services.desk.web.customer.asking import ASKERS
from services.desk.web.customer.graph import drawn
from services.desk.web.customer.parts import Part, Parts
from services.desk.web.identities import Identity
from services.desk.web.reading import Desk, Listed
from services.desk.web.tables import MOST_ROWS, wanted_as_csv
from shared.runtime.mongo_store import JsonDocument

SOME = 50
"""So many opportunities are shown of all that reach a customer."""
NEWEST_FIRST = (("on", -1), ("_id", 1))
LINES = ("corporate", "retail")


def shown(customer_id: str, identity: Identity) -> dict[str, Any]:
    """For ``customer.html``. 404 for who is not there; where registry is ``away``, the card is what the desk itself
    knows.
    """
    reader, read = desk(), parts(identity)
    path = f"customers/{quote(customer_id, safe='')}"
    card, known = read.read("registry", path), reader.one(CUSTOMERS, customer_id)
    if card.why in {"nothing", "role"}:
        abort(404)
    told: dict[str, Part] = {
        name: read.read("bundling", f"{path}/{name}") for name in ("ledger", "composite", "answers", "contacts")
    }
    party = read.read("linkage", f"parties/{quote(customer_id, safe='')}", limit=SOME)
    won = leads_on(reader, customer_id, identity, MOST_ROWS if wanted_as_csv() else None)
    leads = won.documents
    around = links.links_of(reader, customer_id)
    names = reader.names(
        customers={customer_id, *around.others(customer_id), *_customers_of(party)},
        staff={(card.told or known or {}).get("manager_id") or "", *(one for lead in leads for one in _staff_of(lead))},
        units=_units_of(card.told or known or {}, told["ledger"]),
    )
    neighbours = links.told(around.edges, customer_id, names, bank_day().isoformat())
    customer = {**(known or {"customer_id": customer_id}), **(card.told or {})}
    return {
        "customer": customer,
        "card": card,
        **told,
        "party": party,
        "leads": leads,
        "more_leads": won.more,
        "brought": reader.brought([lead["_id"] for lead in leads if lead["state"] == "won"]),
        "links": around,
        "neighbours": neighbours,
        "graph": drawn(names.customer(customer_id), customer.get("kind") or "", neighbours),
        "names": names,
        "may_ask": bool(set(ASKERS) & set(identity.roles)),
        "may_sell": [line for line in LINES if line in identity.roles],
    }


def leads_on(desk: Desk, customer_id: str, identity: Identity, size: int | None) -> Listed:
    """What was won with the customer, by whomever, as linkage tells everybody who asks for the win; and the reader's
    own leads. ``size`` of them, else a page.
    """
    mine = [{f"sides.{line}.owner_id": identity.staff_id} for line in LINES]
    query = {"customer_id": customer_id, "$or": [{"state": "won"}, *mine]}
    return desk.listed(CORPORATE_DESK, query, NEWEST_FIRST, 1, size)


def parts(identity: Identity) -> Parts:
    return Parts(api(), identity)


def _customers_of(party: Part) -> Iterator[str]:
    for one in party.listed("opportunities"):
        yield one["from_id"]
        yield from one["ancestors"]


def _staff_of(lead: JsonDocument) -> list[str]:
    owners = [side["owner_id"] for side in lead["sides"].values()]
    return [one for one in (*owners, (lead["result"] or {}).get("by")) if one]


def _units_of(customer: Mapping[str, Any], ledger: Part) -> set[str]:
    held: list[Json] = [*ledger.listed("holdings"), *customer.get("holdings", ())]
    return {customer.get("outlet_id") or "", *(one["unit_id"] for one in held)}
