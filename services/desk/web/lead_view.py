"""What of a line's leads a person may see, by list, and what has to be known around them to show them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as text

from services.desk.projections.lead import UNFINISHED
from services.desk.web.identities import Identity
from services.desk.web.reading import Desk, Listed, Names
from shared.core.projection import Projection
from shared.runtime.mongo_store import JsonDocument

Query = dict[str, Any]
ORDER = (("on", -1), ("_id", 1))

VIEWS: Mapping[str, tuple[str, Callable[[str, str], Query]]] = {
    "open": (text("In progress"), lambda owner, _queue: {"owner_id": owner, "state": {"$in": UNFINISHED}}),
    "accept": (text("To accept"), lambda owner, _queue: {"owner_id": owner, "to_accept": True}),
    "queue": (text("To claim"), lambda _owner, queue: {"queue": queue, "state": {"$in": UNFINISHED}}),
    "won": (text("Won"), lambda owner, _queue: {"owner_id": owner, "state": "won"}),
    "ended": (
        text("Lost, expired or merged"),
        lambda owner, _queue: {"owner_id": owner, "state": {"$in": ["lost", "expired", "merged"]}},
    ),
}
"""The lists of a desk, by name: title, and the query for an owner and a queue."""


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

    def page(self, view: str, number: int) -> Listed:
        return self.desk.listed(self.projection, self._query(view), ORDER, number)

    def count(self, view: str) -> int:
        return self.desk.count(self.projection, self._query(view))

    def one(self, lead_id: str) -> JsonDocument | None:
        """A lead that is the person's own, or that waits where they may claim it."""
        lead = self.desk.one(self.projection, lead_id)
        if lead is None or (lead["owner_id"] != self.person.staff_id and lead["queue"] != self.queue):
            return None
        return lead

    def around(self, leads: Sequence[JsonDocument]) -> Around:
        origins = self.desk.origins(lead["origin"]["opportunity_id"] for lead in leads if lead["origin"])
        return Around(
            origins=origins,
            brought=self.desk.brought([lead["_id"] for lead in leads if lead["state"] == "won"]),
            names=self.desk.names(
                customers=[one for lead in leads for one in _customers(lead)],
                staff=[one for lead in leads for one in _staff(lead)],
                units=[one for lead in leads for one in _units(lead)],
            ),
        )

    def _query(self, view: str) -> Query:
        return VIEWS[view][1](self.person.staff_id, self.queue)


def _customers(lead: JsonDocument) -> list[str]:
    return [lead["customer_id"], *(lead["origin"]["ancestors"] if lead["origin"] else ())]


def _staff(lead: JsonDocument) -> list[str]:
    owners = [side["owner_id"] for side in lead["sides"].values()]
    partners = [share["staff_id"] for share in lead["split"]["shares"]] if lead["split"] else []
    proposer = [lead["split"]["proposed_by"]] if lead["split"] else []
    ended = [(lead["result"] or {}).get("by"), lead.get("merged", {}).get("by")]
    merged = [staff_id for one in lead.get("absorbed", ()) for staff_id in one["owners"].values()]
    return [one for one in (*owners, *partners, *proposer, *ended, *merged, lead["opened_by"]) if one]


def _units(lead: JsonDocument) -> list[str]:
    return [one for one in (lead["outlet_id"], *(side["unit_id"] for side in lead["sides"].values())) if one]
