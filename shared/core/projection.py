"""A projection folds events into documents that somebody reads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.core.event import Event, type_of
from shared.core.recorded import Recorded

Document = Mapping[str, Any]
"""A JSON-like document without its ``_id``; a step answers with a new one and leaves the old one untouched."""


@dataclass(frozen=True)
class Projection:
    """One collection, shaped for one reader.

    ``sources`` names, per service, the event types it folds. ``keys`` says which documents an event touches and
    ``step`` makes the new document from the old one, or None to remove it. There is no order between services: each
    field is owned by one source, so that any interleaving of the sources gives the same documents.
    """

    name: str
    sources: Mapping[str, tuple[type[Event], ...]]
    keys: Callable[[Recorded], Iterable[str]]
    step: Callable[[Document | None, Recorded], Document | None]
    indexes: tuple[tuple[str, ...], ...] = ()

    def handles(self, service: str) -> frozenset[str]:
        """The stored names of the events that it folds from a service."""
        return frozenset(type_of(event) for event in self.sources[service])

    def fold(self, documents: dict[str, Document], events: Iterable[Recorded]) -> set[str]:
        """Apply events in order to ``documents`` in place; the ids of the documents they touched."""
        touched: set[str] = set()
        for recorded in events:
            if not isinstance(recorded.event, self.sources.get(recorded.service, ())):
                continue
            for key in self.keys(recorded):
                changed = self.step(documents.get(key), recorded)
                if changed is None:
                    documents.pop(key, None)
                else:
                    documents[key] = changed
                touched.add(key)
        return touched
