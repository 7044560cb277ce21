"""One's own day: what waits, what is late, what to look after. Each part is read alone and says if it cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.desk.web.api_client import Json
from services.desk.web.at_hand import api
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
        return not any(mine) and self.overdue == [] and self.visits == []


def day_of(read: Leads) -> Day:
    told = api().read_all(me(), **{name: (f"/api/leads/{name}", {}) for name in ("overdue", "visits", "contacts")})
    overdue, visits = told["overdue"], told["visits"]
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
        work=told["contacts"],
        accept=accept,
        refused=refused,
        dormant=dormant,
        shown=around,
    )
