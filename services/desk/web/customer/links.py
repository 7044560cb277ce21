"""Who a customer is linked with, from where the customer stands: an edge reads differently from each of its ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.desk.projections import RELATIONSHIPS
from services.desk.projections.relationships import ORDER
from services.desk.web.labels import label
from services.desk.web.reading import Desk, Names
from shared.runtime.mongo_store import JsonDocument

A_PAGE = 24
"""So many links are drawn at once; a company of thousands is paged through."""
BY_PLACE = (("place", 1), ("_id", 1))
FIRMS = ("supplier", "buyer")


@dataclass(frozen=True)
class Link:
    """``relationship`` is what the neighbour is to the customer, in the user's language; ``state`` is ``valid``,
    ``ended`` or ``to_come``; both days of the validity are included, and ``valid_to`` is None for no end.
    """

    customer_id: str
    name: str
    kind: str
    relationship: str
    valid_from: str
    valid_to: str | None
    state: str
    consent: bool
    source: str
    confidence_bps: int


@dataclass(frozen=True)
class Links:
    """One page of a customer's links, ``number`` from 1, of all kinds or of one; ``kinds`` counts them all."""

    edges: Sequence[JsonDocument]
    kinds: Mapping[str, int]
    kind: str
    number: int
    more: bool

    @property
    def count(self) -> int:
        return sum(self.kinds.values())

    def others(self, customer_id: str) -> list[str]:
        return [_other(edge, customer_id) for edge in self.edges]


def links_of(desk: Desk, customer_id: str, kind: str = "", number: int = 1, most: int = A_PAGE) -> Links:
    """The legal representative first, employees last. A kind that there is none of is all of them."""
    every = {"parties": customer_id}
    counted = desk.counted(RELATIONSHIPS, every, "kind")
    chosen = kind if kind in counted else ""
    query = every | ({"place": ORDER.index(chosen)} if chosen else {})
    found = desk.listed(RELATIONSHIPS, query, BY_PLACE, number, most)
    kinds = {one: counted[one] for one in ORDER if one in counted}
    return Links(found.documents, kinds, chosen, number, found.more)


def told(edges: Iterable[JsonDocument], customer_id: str, names: Names, today: str) -> list[Link]:
    """The edges as links; ``today`` is an ISO date."""
    return [_link(edge, customer_id, names, today) for edge in edges]


def _link(edge: JsonDocument, customer_id: str, names: Names, today: str) -> Link:
    other, leads_away = _other(edge, customer_id), edge["from_id"] == customer_id
    is_firm = not leads_away or edge["kind"] in FIRMS
    known: Mapping[str, Any] = names.customers.get(other, {})
    return Link(
        customer_id=other,
        name=names.customer(other),
        kind=known.get("kind") or ("company" if is_firm else "person"),
        relationship=label("relationship" if leads_away else "neighbour", edge["kind"]),
        valid_from=edge["valid_from"],
        valid_to=edge["valid_to"],
        state=_state(edge, today),
        consent=edge["consent"],
        source=edge["source"],
        confidence_bps=edge["confidence_bps"],
    )


def _other(edge: JsonDocument, customer_id: str) -> str:
    return str(edge["to_id"] if edge["from_id"] == customer_id else edge["from_id"])


def _state(edge: JsonDocument, today: str) -> str:
    if edge["valid_to"] is not None and edge["valid_to"] < today:
        return "ended"
    return "to_come" if edge["valid_from"] > today else "valid"
