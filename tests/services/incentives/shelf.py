"""A shelf in memory: the log of the memory store, and documents that are folded from it whenever they are asked for."""

from datetime import UTC, datetime

from services.incentives.shelf import SERVICE
from shared.core.event import type_of
from shared.core.memory_store import MemoryStore
from shared.core.recorded import Commit, Meta

AT = datetime(2026, 11, 1, 2, tzinfo=UTC)


class Log(MemoryStore):
    """Its own ``commits``, as far as incentives asks for the names of streams."""

    def __init__(self):
        super().__init__(SERVICE)
        self.commits = self

    def numbered(self, _upto):
        self.number()
        return True

    def distinct(self, _field, query):
        found = {commit.stream: commit for commit in self._commits.values()}
        kind = query.get("events.type")
        return [
            stream
            for stream, commit in found.items()
            if query["stream"]["$gte"] <= stream < query["stream"]["$lt"]
            and (kind is None or any(type_of(type(event)) == kind for event in commit.events))
        ]


class Shelf:
    """``keep`` appends to a stream, as a command does."""

    def __init__(self, log=Log):
        self.store = log()

    def keep(self, stream, *events):
        version = sum(len(commit.events) for commit in self.store.load(stream)) + 1
        meta = Meta(f"{stream}@{version}", "S1")
        self.store.append([Commit(SERVICE, stream, version, 0, events, meta, AT)])
        self.store.number()
        return self

    def documents(self, projection, query, *, limit):
        documents = {}
        projection.fold(documents, self.store.stream(0))
        return [one for one in documents.values() if matches(one, query)]

    def position(self, _projection, _source, partition):
        return self.store.head(partition)

    def reached(self, _subscription, _source, partition):
        return self.store.head(partition)

    def level(self, _projection):
        """It always is."""


WORDS = {"$ne": lambda a, b: a != b, "$lte": lambda a, b: a <= b, "$lt": lambda a, b: a < b, "$gt": lambda a, b: a > b}


def matches(document, query):
    """What MongoDB finds by the operators that incentives uses."""
    return all(
        any(matches(document, one) for one in wanted)
        if name == "$or"
        else all(WORDS[word](document[name], value) for word, value in wanted.items())
        if isinstance(wanted, dict)
        else document[name] == wanted
        for name, wanted in query.items()
    )
