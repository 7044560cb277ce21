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


class _Side:
    """One collection as it passes by; ``key`` is None at its end."""

    def __init__(self, documents: Iterator[JsonDocument], tally: Tally) -> None:
        self._documents = documents
        self._tally = tally
        self.step()

    def step(self) -> None:
        self.document = next(self._documents, {})
        self.key: str | None = self.document.pop("_id", None)
        if self.key is not None:
            self.content = canonical(self.document)
            self._tally.add(self.key, self.content)


def compare(
    live: Collection[JsonDocument], rebuilt: Collection[JsonDocument], session: ClientSession | None = None
) -> Comparison:
    """``session`` is the one, with a snapshot, that sees the live collection at the moment of the comparison."""
    found = Comparison()
    old = _Side(live.find(session=session).sort("_id"), found.live)
    new = _Side(rebuilt.find().sort("_id"), found.rebuilt)
    while old.key is not None or new.key is not None:
        if old.key == new.key:
            if old.content != new.content:
                found.note(f"{old.key} differs in {', '.join(_fields(old.document, new.document))}")
            old.step()
            new.step()
        elif new.key is None or (old.key is not None and old.key < new.key):
            found.note(f"{old.key} is shown, and the log knows nothing of it")
            old.step()
        else:
            found.note(f"{new.key} is missing from what is shown")
            new.step()
    return found


def canonical(document: Any) -> bytes:
    """The same bytes for the same document, whatever the order of its keys."""
    return msgspec.json.encode(document, order="deterministic")


def _fields(old: JsonDocument, new: JsonDocument) -> list[str]:
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
