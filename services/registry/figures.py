"""Reads what registry shows of units, customers, staff and days, for what follows from them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from services.registry.events import Rank
from services.registry.projections import BALANCES, CUSTOMERS, DAYS, POSTINGS, TIERS, UNITS, month_key, months_of
from shared.core.errors import NotYetVisible
from shared.core.projection import Projection
from shared.core.recorded import Recorded

PAGE = 1_000
EVERY = 0
NEEDED = (UNITS, CUSTOMERS, BALANCES, TIERS)


class Shown(Protocol):
    """What of ``shared.runtime.app.Reader`` is needed."""

    def documents(
        self, projection: Projection, query: Mapping[str, Any], *, sort: str = "_id", limit: int = 100
    ) -> list[dict[str, Any]]: ...

    def caught_up(self, projection: Projection, recorded: Recorded) -> bool: ...

    def level(self, projection: Projection) -> None: ...


class ShownFigures:
    """``reactions.Figures`` over the projections."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    def wait(self, closed: Recorded) -> None:
        _wait(self._shown, NEEDED, closed)

    def units(self) -> list[str]:
        every = [one["unit_id"] for one in self._shown.documents(UNITS, {}, limit=EVERY)]
        return [one for one in every if self._shown.documents(CUSTOMERS, {"outlet_id": one}, limit=1)]

    def computed(self, month: str) -> bool:
        return bool(self._shown.documents(TIERS, {"month": month}, limit=1))

    def balanced(self, month: str) -> bool:
        return bool(self._shown.documents(BALANCES, {"month": month}, limit=1))

    def contributions(self, unit_id: str, month: str, after: str = "", limit: int = EVERY) -> list[Rank]:
        return [rank for page in self._pages(unit_id, after, limit) for rank in self._ranks(page, month)]

    def _pages(self, unit_id: str, after: str, limit: int) -> Iterator[list[str]]:
        """The ids of a unit's customers that are not erased, in their order."""
        while True:
            size = min(limit, PAGE) if limit else PAGE
            query = {"outlet_id": unit_id, "erased_at": {"$exists": False}, "_id": {"$gt": after}}
            page = [str(one["customer_id"]) for one in self._shown.documents(CUSTOMERS, query, limit=size)]
            if page:
                yield page
            if len(page) < PAGE or limit:
                return
            after = page[-1]

    def _ranks(self, customer_ids: Sequence[str], month: str) -> Iterator[Rank]:
        wanted = [month_key(one, month) for one in customer_ids]
        found = self._shown.documents(BALANCES, {"_id": {"$in": wanted}}, limit=EVERY)
        worth = {one["customer_id"]: sum(max(0, held) for held in one["holdings"].values()) for one in found}
        return (Rank(one, worth.get(one, 0)) for one in customer_ids)


class ShownMonths:
    """``reactions.Months`` over the projection of balances."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    def balanced(self, customer_id: str, holding_id: str) -> list[str]:
        self._shown.level(BALANCES)
        found = self._shown.documents(BALANCES, months_of(customer_id), limit=EVERY)
        return [str(one["month"]) for one in found if holding_id in one["holdings"]]


class ShownPosts:
    """``reactions.Posts`` over the projections."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    def closed(self, recorded: Recorded, before: date | None = None) -> date | None:
        _wait(self._shown, (DAYS, POSTINGS), recorded)
        query = {"_id": {"$lt": before.isoformat()}} if before else {}
        found = self._shown.documents(DAYS, query, sort="-_id", limit=1)
        return date.fromisoformat(found[0]["business_date"]) if found else None

    def changing(self, after: date | None, upto: date) -> list[str]:
        window = {"$gt": after.isoformat() if after else "", "$lte": upto.isoformat()}
        query = {"$or": [{"postings": {"$elemMatch": {name: window}}} for name in ("since", "until")]}
        return [str(one["staff_id"]) for one in self._shown.documents(POSTINGS, query, limit=EVERY)]


def _wait(shown: Shown, projections: Sequence[Projection], recorded: Recorded) -> None:
    """Raises ``NotYetVisible`` where one is behind for long: the subscription waits, and asks again."""
    for projection in projections:
        if not shown.caught_up(projection, recorded):
            raise NotYetVisible("figures_behind", f"{projection.name} has not seen {recorded.id} yet.")
