"""Compares two collections document by document, in the order of their ids, so that neither needs to fit in memory."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from shared.runtime.mongo_store import JsonDocument

SHOWN = 20


class Tally:
    """Counts documents and hashes them, given in the order of their ids."""

    def __init__(self) -> None:
        self.count = 0
        self._digest = hashlib.sha256()

    def add(self, key: str, content: bytes) -> None:
        self.count += 1
        self._digest.update(key.encode() + b"\0" + content + b"\n")

    @property
    def hash(self) -> str:
        return self._digest.hexdigest()


@dataclass
class Comparison:
    """``differences`` are the first of ``different``, in words that quote no document: it may hold personal data."""

    live: Tally = field(default_factory=Tally)
    rebuilt: Tally = field(default_factory=Tally)
    different: int = 0
    differences: list[str] = field(default_factory=list)

    def note(self, difference: str) -> None:
        self.different += 1
        if len(self.differences) < SHOWN:
            self.differences.append(difference)


def compare(
    live: Collection[JsonDocument], rebuilt: Collection[JsonDocument], session: ClientSession | None = None
) -> Comparison:
    """``session`` is the one, with a snapshot, that sees the live collection at the moment of the comparison."""
    found = Comparison()
    left, right = live.find(session=session).sort("_id"), rebuilt.find().sort("_id")
    old, new = next(left, None), next(right, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old["_id"] < new["_id"]):
            found.note(f"{old['_id']} is shown, and the log knows nothing of it")  # type: ignore[index] # not both None
            old = _counted(old, found.live, left)
        elif old is None or new["_id"] < old["_id"]:
            found.note(f"{new['_id']} is missing from what is shown")
            new = _counted(new, found.rebuilt, right)
        else:
            if canonical(old) != canonical(new):
                found.note(f"{old['_id']} differs in {', '.join(_fields(old, new))}")
            old, new = _counted(old, found.live, left), _counted(new, found.rebuilt, right)
    return found


def canonical(document: Any) -> bytes:
    """The same bytes for the same document, whatever the order of its keys."""
    return msgspec.json.encode(document, order="deterministic")


def _counted(document: Any, tally: Tally, rest: Iterator[JsonDocument]) -> JsonDocument | None:
    """Count a document; the one after it."""
    tally.add(document.pop("_id"), canonical(document))
    return next(rest, None)


def _fields(old: JsonDocument, new: JsonDocument) -> list[str]:
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
