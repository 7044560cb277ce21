"""What of a line's leads a person may see, by list and filter, and what has to be known around them to show them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as text
from werkzeug.datastructures import MultiDict

from services.desk.projections.lead import UNFINISHED
from services.desk.web.identities import Identity
from services.desk.web.reading import Desk, Listed, Names
from shared.core.projection import Projection
from shared.runtime.mongo_store import JsonDocument

Query = dict[str, Any]
ORDERS: Mapping[str, tuple[Any, tuple[tuple[str, int], ...]]] = {
    "newest": (text("Newest first"), (("on", -1), ("_id", 1))),
    "oldest": (text("Oldest first"), (("on", 1), ("_id", 1))),
    "value": (text("Highest value first"), (("value_minor", -1), ("_id", 1))),
}
VIEWS: Mapping[str, tuple[Any, Callable[[str, str], Query]]] = {
    "open": (text("In progress"), lambda owner, _queue: {"owner_id": owner, "state": {"$in": UNFINISHED}}),
    "accept": (text("To accept"), lambda owner, _queue: {"owner_id": owner, "state": "proposed", "to_accept": True}),
    "queue": (text("To claim"), lambda _owner, queue: {"queue": queue, "state": {"$in": UNFINISHED}}),
    "won": (text("Won"), lambda owner, _queue: {"owner_id": owner, "state": "won"}),
    "ended": (
        text("Lost, expired or merged"),
        lambda owner, _queue: {"owner_id": owner, "state": {"$in": ["lost", "expired", "merged"]}},
    ),
}
"""The lists of a desk, by name: title, and the query for an owner and a queue."""
STATES = ("opened", "proposed", "active", "qualified")
"""The columns of the board, in the order of a lead's life."""
A_COLUMN = 25


@dataclass(frozen=True)
class Filter:
    """What a user narrows a list to; every part may be empty."""

    text: str = ""
    product: str = ""
    source: str = ""
    order: str = "newest"

    @classmethod
    def of(cls, arguments: MultiDict[str, str]) -> "Filter":
        order = arguments.get("order", "newest")
        return cls(
            arguments.get("q", "").strip()[:60],
            arguments.get("product", ""),
            arguments.get("source", ""),
            order if order in ORDERS else "newest",
        )

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.product or self.source)

    def arguments(self) -> dict[str, str]:
        """As they stand in an address, without what is empty."""
        told = {"q": self.text, "product": self.product, "source": self.source, "order": self.order}
        return {name: value for name, value in told.items() if value and value != "newest"}


@dataclass(frozen=True)
class Around:
    """Beside leads: the opportunities that they began as, what they brought, and names."""

    origins: Mapping[str, JsonDocument]
    brought: Mapping[str, int]
    names: Names


@dataclass(frozen=True)
class Leads:
    """One person's leads on one line's desk."""

    desk: Desk
    projection: Projection
    line: str
    person: Identity

    @property
    def queue(self) -> str:
        """The queue that the person may claim from."""
        return f"{self.line}:{self.person.unit_id}"

    def wait(self, after: str | None) -> None:
        self.desk.wait(self.projection, after)

    def page(self, view: str, number: int, asked: Filter = Filter(), size: int | None = None) -> Listed:
        query = self._narrowed(self._query(view), asked)
        return self.desk.listed(self.projection, query, ORDERS[asked.order][1], number, size)

    def column(self, state: str, asked: Filter) -> tuple[Sequence[JsonDocument], int]:
        """The first leads of one state, and how many there are."""
        query = self._narrowed({"owner_id": self.person.staff_id, "state": state}, asked)
        page = self.desk.listed(self.projection, query, ORDERS[asked.order][1], 1, A_COLUMN)
        return page.documents, self.desk.count(self.projection, query) if page.more else len(page.documents)

    def count(self, view: str) -> int:
        return self.desk.count(self.projection, self._query(view))

    def troubled(self, trouble: str, most: int) -> Listed:
        """The newest wins with a product that was refused, or that the customer does not use any more."""
        query = {"owner_id": self.person.staff_id, "troubles": trouble}
        return self.desk.listed(self.projection, query, ORDERS["newest"][1], 1, most)

    def about(self, customer_id: str) -> Sequence[JsonDocument]:
        """Leads on a customer that are not over, whoever's they are."""
        query = {"customer_id": customer_id, "state": {"$in": UNFINISHED}}
        return self.desk.listed(self.projection, query, ORDERS["newest"][1]).documents

    def may_read(self, lead: JsonDocument) -> bool:
        """One's own, or one that touches one's unit: as the API has it."""
        units = {lead["outlet_id"], *(side["unit_id"] for side in lead["sides"].values())}
        return lead["owner_id"] == self.person.staff_id or lead["queue"] == self.queue or self.person.unit_id in units

    def one(self, lead_id: str) -> JsonDocument | None:
        """A lead that is the person's own, or that waits where they may claim it."""
        lead = self.desk.one(self.projection, lead_id)
        if lead is None or (lead["owner_id"] != self.person.staff_id and lead["queue"] != self.queue):
            return None
        return lead

    def around(
        self,
        leads: Sequence[JsonDocument],
        *,
        staff: Sequence[str] = (),
        units: Sequence[str] = (),
        customers: Sequence[str] = (),
    ) -> Around:
        """``staff``, ``units`` and ``customers`` are named besides those of the leads."""
        origins = self.desk.origins(lead["origin"]["opportunity_id"] for lead in leads if lead["origin"])
        return Around(
            origins=origins,
            brought=self.desk.brought([lead["_id"] for lead in leads if lead["state"] == "won"]),
            names=self.desk.names(
                customers=[*customers, *(one for lead in leads for one in _customers(lead))],
                staff=[*staff, *(one for lead in leads for one in _staff(lead))],
                units=[*units, *(one for lead in leads for one in _units(lead))],
            ),
        )

    def _query(self, view: str) -> Query:
        return VIEWS[view][1](self.person.staff_id, self.queue)

    def _narrowed(self, query: Query, asked: Filter) -> Query:
        found = dict(query)
        if asked.text:
            theirs = self.desk.values(self.projection, "customer_id", query)
            found["customer_id"] = {"$in": self.desk.named_so(theirs, asked.text)}
        if asked.product:
            found["products"] = asked.product
        if asked.source:
            found["source"] = asked.source
        return found


def _customers(lead: JsonDocument) -> list[str]:
    return [lead["customer_id"], *(lead["origin"]["ancestors"] if lead["origin"] else ())]


def _staff(lead: JsonDocument) -> list[str]:
    owners = [side["owner_id"] for side in lead["sides"].values()]
    partners = [share["staff_id"] for share in lead["split"]["shares"]] if lead["split"] else []
    proposer = [lead["split"]["proposed_by"]] if lead["split"] else []
    ended = [(lead["result"] or {}).get("by"), lead.get("merged", {}).get("by")]
    contacts = [one["staff_id"] for one in lead.get("contacts", ())]
    merged = [staff_id for one in lead.get("absorbed", ()) for staff_id in one["owners"].values()]
    return [one for one in (*owners, *partners, *proposer, *ended, *merged, *contacts, lead["opened_by"]) if one]


def _units(lead: JsonDocument) -> list[str]:
    return [one for one in (lead["outlet_id"], *(side["unit_id"] for side in lead["sides"].values())) if one]
