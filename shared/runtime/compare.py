"""Compares two collections of one projection, document by document in the order of their ids, in flat memory."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.core.projection import canonical
from shared.runtime.mongo_store import JsonDocument

SHOWN = 3


@dataclass(frozen=True)
class Comparison:
    """``differing`` documents are missing on one side or not equal; ``examples`` names the first few, in words."""

    live_count: int
    live_hash: str
    rebuilt_count: int
    rebuilt_hash: str
    differing: int
    examples: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return self.differing == 0 and self.live_hash == self.rebuilt_hash


class _Side:
    """One collection as it passes by: how many documents, and one hash over all of them."""

    def __init__(self, documents: Iterator[JsonDocument]) -> None:
        self._documents = documents
        self._digest = hashlib.sha256()
        self.count = 0
        self.step()

    def step(self) -> None:
        document = next(self._documents, None)
        self.key: str | None = None
        self.document: JsonDocument = {}
        self.bytes = b""
        if document is not None:
            self.key, self.document = document.pop("_id"), document
            self.bytes = canonical(document)
            self.count += 1
            self._digest.update(self.key.encode() + b"\0" + self.bytes + b"\n")

    @property
    def hash(self) -> str:
        return self._digest.hexdigest()


def compare(live: Iterator[JsonDocument], rebuilt: Iterator[JsonDocument]) -> Comparison:
    """Both must come sorted by ``_id``, a string."""
    left, right = _Side(live), _Side(rebuilt)
    differing = 0
    examples: list[str] = []
    while left.key is not None or right.key is not None:
        if left.key == right.key:
            said = "" if left.bytes == right.bytes else f"{left.key}: {_fields(left.document, right.document)}"
            left.step()
            right.step()
        elif right.key is None or (left.key is not None and left.key < right.key):
            said = f"{left.key} is live, and has no events behind it"
            left.step()
        else:
            said = f"{right.key} is missing in the live one"
            right.step()
        differing += bool(said)
        if said and len(examples) < SHOWN:
            examples.append(said)
    return Comparison(left.count, left.hash, right.count, right.hash, differing, tuple(examples))


def _fields(live: JsonDocument, rebuilt: JsonDocument) -> str:
    nothing = object()
    names = [
        name
        for name in sorted(live.keys() | rebuilt.keys())
        if canonical({name: live.get(name)}) != canonical({name: rebuilt.get(name)})
        or (live.get(name, nothing) is nothing) != (rebuilt.get(name, nothing) is nothing)
    ]
    return ", ".join(f"{name} is {_short(live, name)}, from the log {_short(rebuilt, name)}" for name in names[:SHOWN])


def _short(document: JsonDocument, name: str) -> Any:
    return f"{document[name]!r:.60}" if name in document else "nothing"
