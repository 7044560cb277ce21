"""What incentives' books are read from: the service's own log and its documents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from services.incentives.domain.plan import PLAN
from services.incentives.projections import LEDGER
from services.incentives.rules import ActivePlan
from shared.core.decider import Decider
from shared.core.event import Event, type_of
from shared.core.projection import Projection
from shared.core.store import CommitStore

SERVICE = "incentives"
ALL = 0
S = TypeVar("S")
Json = dict[str, Any]


class Log(CommitStore, Protocol):
    """A commit store that can name its streams, and say whether all up to a moment has its place."""

    commits: Any

    def numbered(self, upto: datetime) -> bool: ...


class Shelf(Protocol):
    """What of the running service the books need."""

    @property
    def store(self) -> Log: ...

    def document(self, projection: Projection, key: str) -> Json: ...

    def documents(self, projection: Projection, query: Mapping[str, Any], *, limit: int) -> list[Json]: ...

    def position(self, projection: Projection, source: str, partition: int) -> int: ...

    def reached(self, subscription: str, source: str, partition: int) -> int: ...

    def level(self, projection: Projection) -> None: ...


class Stock:
    """One reader of the log and the documents on a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._log = shelf.store

    def plans(self) -> tuple[ActivePlan, ...]:
        """Every active plan, straight from the log: a command must not miss the newest."""
        states = [self._fold(PLAN, stream.removeprefix("plan-")) for stream in self._streams("plan")]
        return tuple(ActivePlan(s.plan, s.plan_hash) for s in states if s.status == "active" and s.plan is not None)

    def _fold(self, decider: Decider[S, Any], key: str) -> S:
        commits = self._log.load(decider.stream(key))
        return decider.fold(event for commit in commits for event in commit.events)

    def _streams(self, category: str, holding: type[Event] | None = None) -> list[str]:
        """Of a category; with ``holding``, those that hold an event of that type."""
        query: Json = {"stream": {"$gte": f"{category}-", "$lt": f"{category}."}}  # "." follows "-"
        query |= {"events.type": type_of(holding)} if holding else {}
        return sorted(self._log.commits.distinct("stream", query))

    def _pay_lines(self, query: Mapping[str, Any]) -> list[Json]:
        return self._shelf.documents(LEDGER, {"points_milli": {"$ne": 0}, **query}, limit=ALL)
