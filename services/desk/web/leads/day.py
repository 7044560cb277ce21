"""One's own day: what waits, what is late, what to look after. Each part is read by itself, and says so where it cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app

from services.desk.web.api_client import ApiClient, Json, Refused, Unanswered
from services.desk.web.leads.view import Around, Leads
from services.desk.web.reading import Listed
from services.desk.web.signed_in import me
from shared.runtime.mongo_store import JsonDocument

MOST = 10
"""Of each kind; the rest is in the lists."""


@dataclass(frozen=True)
class Day:
    """``overdue``, ``visits`` and ``work`` are None where leads did not answer."""

    overdue: Sequence[Json] | None
    visits: Sequence[Json] | None
    work: Json | None
    accept: Listed
    refused: Listed
    dormant: Listed
    shown: Around

    @property
    def quiet(self) -> bool:
        """Nothing waits."""
        mine = (self.accept.documents, self.refused.documents, self.dormant.documents)
        return not any(mine) and not self.overdue and not self.visits


def day_of(read: Leads) -> Day:
    overdue, visits = _read("overdue"), _read("visits")
    accept, refused, dormant = (
        read.page("accept", 1, size=MOST),
        read.troubled("refused", MOST),
        read.troubled("dormant", MOST),
    )
    late = [] if overdue is None else overdue["leads"]
    due = [] if visits is None else visits["visits"]
    leads: list[JsonDocument] = [one for part in (accept, refused, dormant) for one in part.documents]
    around = read.around(leads, customers=[one["customer_id"] for one in (*late, *due)])
    return Day(
        overdue=None if overdue is None else late,
        visits=None if visits is None else due,
        work=_read("contacts"),
        accept=accept,
        refused=refused,
        dormant=dormant,
        shown=around,
    )


def troubled_products(lead: Mapping[str, Any], trouble: str) -> list[str]:
    """Which products of a lead are in such a trouble."""
    return [product for product, item in lead["items"].items() if item["state"] == trouble and not item["closed"]]


def _read(path: str) -> Json | None:
    api: ApiClient = current_app.extensions["api"]
    try:
        return api.read(me(), f"/api/leads/{path}")
    except (Refused, Unanswered):
        return None
