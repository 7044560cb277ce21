"""Compares two collections document by document, in the order of their ids, so that neither needs to fit in memory.

Documents are read as bytes; what has the same bytes is the same. Only what has not is looked into.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import bson
import msgspec
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from shared.runtime.codec import plain
from shared.runtime.mongo_store import JsonDocument

SHOWN = 20


class Tally:
    """Counts documents and hashes them, given in the order of their ids; the two tallies of one comparison have the
    same hash where nothing differs.
    """

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

    def __init__(self, collection: Collection[JsonDocument], session: ClientSession | None, tally: Tally) -> None:
        raw = collection.with_options(CodecOptions(document_class=RawBSONDocument))
        self._documents = iter(raw.find(session=session).sort("_id"))
        self._tally = tally
        self.step()

    def step(self) -> None:
        found = next(self._documents, None)
        self.key: str | None = None if found is None else found["_id"]
        self.raw = b"" if found is None else bytes(found.raw)

    def pass_by(self, content: bytes) -> None:
        """Count this document as ``content``, and go to the next."""
        if self.key is not None:
            self._tally.add(self.key, content)
        self.step()

    def read(self) -> JsonDocument:
        document: JsonDocument = bson.decode(self.raw)
        del document["_id"]
        return document


def compare(
    live: Collection[JsonDocument], rebuilt: Collection[JsonDocument], session: ClientSession | None = None
) -> Comparison:
    """``session`` is the one, with a snapshot, that sees the live collection at the moment of the comparison."""
    found = Comparison()
    old = _Side(live, session, found.live)
    new = _Side(rebuilt, None, found.rebuilt)
    while old.key is not None or new.key is not None:
        if old.key == new.key:
            _compare_one(old, new, found)
        elif new.key is None or (old.key is not None and old.key < new.key):
            found.note(f"{old.key} is shown, and the log knows nothing of it")
            old.pass_by(old.raw)
        else:
            found.note(f"{new.key} is missing from what is shown")
            new.pass_by(new.raw)
    return found


def _compare_one(old: _Side, new: _Side, found: Comparison) -> None:
    """Events of several sources may have come in another order, and made the same fields in another order."""
    before, now = old.raw, new.raw
    if before != now:
        one, other = old.read(), new.read()
        before, now = canonical(one), canonical(other)
        if before != now:
            found.note(f"{old.key} differs in {', '.join(_fields(one, other))}")
    old.pass_by(before)
    new.pass_by(now)


def canonical(document: Any) -> bytes:
    """The same bytes for the same document, whatever the order of its keys."""
    return msgspec.json.encode(document, order="deterministic", enc_hook=plain)


def _fields(old: JsonDocument, new: JsonDocument) -> list[str]:
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
