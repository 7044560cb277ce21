"""What pages read: documents of the desk's projections, a page at a time, with the names that belong to them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale

from services.desk.projections import CUSTOMERS, OPPORTUNITIES, PLAN_DESK, STAFF, UNITS
from shared.core.projection import Projection
from shared.runtime.app import Reader
from shared.runtime.mongo_store import JsonDocument

PAGE_SIZE = 25
LAST_PAGE = 10_000
"""Nobody turns further; MongoDB would refuse to skip what an address may name."""


@dataclass(frozen=True)
class Position:
    """Where the reader's own write stands; the page waits until it can be seen."""

    after: str | None


@dataclass(frozen=True)
class Listed:
    """One page of a list. ``number`` counts from 1."""

    documents: Sequence[JsonDocument]
    number: int
    more: bool


class Desk:
    """The desk's database, for its pages."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def close(self) -> None:
        self._reader.client.close()

    def wait(self, projection: Projection, after: str | None) -> None:
        """Raises ``NotYetVisible`` where one's own write takes long, ``BadToken`` where it is none."""
        self._reader.wait(projection, Position(after))

    def listed(
        self,
        projection: Projection,
        query: Mapping[str, Any],
        sort: Sequence[tuple[str, int]],
        number: int = 1,
        size: int | None = None,
    ) -> Listed:
        size, number = size or PAGE_SIZE, min(number, LAST_PAGE)
        found = self._reader.live(projection).find(query).sort(list(sort))
        documents = list(found.skip((number - 1) * size).limit(size + 1))
        return Listed(documents[:size], number, len(documents) > size)

    def found(
        self, projection: Projection, query: Mapping[str, Any], sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[JsonDocument]:
        """All documents that match, or the first ``limit`` of them."""
        found = self._reader.live(projection).find(query).limit(limit)
        return list(found.sort(list(sort)) if sort else found)

    def values(self, projection: Projection, field: str, query: Mapping[str, Any] | None = None) -> list[str]:
        """What stands in a field of any document that matches, in order."""
        return sorted(one for one in self._reader.live(projection).distinct(field, query) if one is not None)

    def named_so(self, ids: Sequence[str], words: str) -> list[str]:
        """Those of some customers whose name or number begins so."""
        found = self._by_id(CUSTOMERS, ids)
        return [
            one for one in ids if one.startswith(words) or found.get(one, {}).get("display_name", "").startswith(words)
        ]

    def count(self, projection: Projection, query: Mapping[str, Any]) -> int:
        return self._reader.live(projection).count_documents(query)

    def counted(self, projection: Projection, query: Mapping[str, Any], field: str) -> dict[str, int]:
        """How many documents have each value of a field."""
        groups = [{"$match": dict(query)}, {"$group": {"_id": f"${field}", "count": {"$sum": 1}}}]
        return {group["_id"]: group["count"] for group in self._reader.live(projection).aggregate(groups)}

    def one(self, projection: Projection, key: str) -> JsonDocument | None:
        return self._reader.live(projection).find_one({"_id": key})

    def customers(self, ids: Iterable[str]) -> list[JsonDocument]:
        return list(self._by_id(CUSTOMERS, ids).values())

    def customers_named(self, words: str, most: int) -> list[JsonDocument]:
        """Customers whose name (a person's is masked) or number begins so."""
        begins = {"$regex": f"^{re.escape(words)}"}
        where = {"$or": [{"_id": begins}, {"display_name": begins}]}
        return list(self._reader.live(CUSTOMERS).find(where).limit(most))

    def origins(self, opportunity_ids: Iterable[str]) -> dict[str, JsonDocument]:
        """Opportunities by id."""
        return self._by_id(OPPORTUNITIES, opportunity_ids)

    def steps(self, streams: Iterable[str]) -> dict[str, JsonDocument]:
        """What happened to plans, awards and disputes, by stream."""
        return self._by_id(PLAN_DESK, streams)

    def brought(self, lead_ids: Sequence[str]) -> dict[str, int]:
        """How many opportunities each of these wins has brought and that still stand."""
        counted = self._reader.live(OPPORTUNITIES).aggregate(
            [
                {"$match": {"parent_lead_id": {"$in": list(lead_ids)}, "withdrawn": False}},
                {"$group": {"_id": "$parent_lead_id", "count": {"$sum": 1}}},
            ]
        )
        return {group["_id"]: group["count"] for group in counted}

    def brought_by(self, lead_id: str, number: int = 1) -> Listed:
        """The opportunities that a win has brought and that still stand."""
        query = {"parent_lead_id": lead_id, "withdrawn": False}
        return self.listed(OPPORTUNITIES, query, [("_id", 1)], number)

    def names(self, *, customers: Iterable[str] = (), staff: Iterable[str] = (), units: Iterable[str] = ()) -> "Names":
        return Names(self._by_id(CUSTOMERS, customers), self._by_id(STAFF, staff), self._by_id(UNITS, units))

    def _by_id(self, projection: Projection, ids: Iterable[str]) -> dict[str, JsonDocument]:
        wanted = {one for one in ids if one}
        if not wanted:
            return {}
        found = self._reader.live(projection).find({"_id": {"$in": sorted(wanted)}})
        return {document["_id"]: document for document in found}


@dataclass(frozen=True)
class Names:
    """Names for numbers; a number whose name is not known yet stands for itself."""

    customers: Mapping[str, JsonDocument]
    staff_members: Mapping[str, JsonDocument]
    units: Mapping[str, JsonDocument]

    def customer(self, customer_id: str) -> str:
        return str(self.customers.get(customer_id, {}).get("display_name", customer_id))

    def staff(self, staff_id: str) -> str:
        """Empty for who is not on the staff, such as a rule."""
        return str(self.staff_members.get(staff_id, {}).get("name", ""))

    def unit(self, unit_id: str) -> str:
        field = "name" if str(get_locale()).startswith("zh") else "name_en"
        return str(self.units.get(unit_id, {}).get(field, unit_id))
