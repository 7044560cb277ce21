"""Files as they are handed over: read line by line, refused whole where they are not what they should be.

A file is read twice: once to the end before any row counts, for its shape, its rows, its sum and its digest; then
again to load it. A row that is well shaped and wrong inside is not refused here: it goes to the rejects report.
"""

import csv
import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from services.registry.repeats import Repeats
from shared.core.errors import RuleBroken
from shared.core.ids import derived

LONGEST_LINE = 1 << 20
DISGUISES = {
    b"PK\x03\x04": "an Excel or zip file; save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save the sheet as CSV UTF-8",
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
}


class FeedRefused(RuleBroken):
    """The whole file is refused (rule R2), and nothing of it was recorded. ``line`` and ``column`` may be None."""

    def __init__(self, file: str, reason: str, *, line: int | None = None, column: str | None = None) -> None:
        places = [file, f"line {line}" if line else "", column or ""]
        where = ", ".join(place for place in places if place)
        super().__init__("feed_refused", f"{where}: {reason}. Nothing of this file was loaded.", rule="R2")
        self.file, self.line, self.column = file, line, column


class Line(NamedTuple):
    """One row with the number of the line where it begins (an HTTP batch counts its rows from 1)."""

    number: int
    values: Mapping[str, Any]


class Figures(NamedTuple):
    """What a control total is compared with. ``total`` sums the kind's sum column where it holds a whole number."""

    rows: int
    sha256: str
    total: int


@dataclass(frozen=True)
class Feed:
    """Rows of one kind, ready to load. Its id follows from kind, name and content: the same file is the same feed.

    ``repeats`` knows which business keys, the values of the columns ``key``, may come more than once.
    """

    kind: str
    name: str
    figures: Figures
    lines: Callable[[], Iterator[Line]]
    key: tuple[str, ...]
    repeats: Repeats

    def may_repeat(self, line: Line) -> bool:
        """Whether another row may have the same key."""
        return self.repeats.suspects(_key(line, self.key))

    @property
    def feed_id(self) -> str:
        return derived("feed", self.kind, self.name, self.figures.sha256)


class Shape(NamedTuple):
    """What of a kind is needed to read its files: its name, columns, business key, the column that is summed, and the
    columns that a file ``may_lack``.
    """

    kind: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    sum_column: str | None
    may_lack: tuple[str, ...] = ()


def file_feed(path: Path, shape: Shape) -> Feed:
    """Check a file from end to end. Raises ``FeedRefused`` with the first thing that is wrong with it."""

    def lines() -> Iterator[Line]:
        return read(path, shape.columns, shape.may_lack)

    digest = _digest(path)
    repeats = Repeats(path.stat().st_size)
    figures = _figures(lines(), shape, digest, repeats)
    return Feed(shape.kind, path.name, figures, lines, shape.key, repeats)


def batch_feed(shape: Shape, name: str, rows: list[dict[str, Any]]) -> Feed:
    """The rows of an HTTP batch."""
    lines = [Line(number, _emptied(row)) for number, row in enumerate(rows, 1)]
    content = msgspec.json.encode(rows, order="sorted")
    repeats = Repeats(len(content))
    figures = _figures(lines, shape, hashlib.sha256(content).hexdigest(), repeats)
    return Feed(shape.kind, name, figures, lambda: iter(lines), shape.key, repeats)


def read(path: Path, columns: tuple[str, ...], may_lack: tuple[str, ...] = ()) -> Iterator[Line]:
    """The rows of a CSV (``.csv``) or NDJSON (``.ndjson``, ``.jsonl``) file."""
    readers: dict[str, Callable[[], Iterator[Line]]] = {
        ".csv": lambda: _csv(path, columns, may_lack),
        ".ndjson": lambda: _ndjson(path),
        ".jsonl": lambda: _ndjson(path),
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise FeedRefused(path.name, f"a feed is a {', '.join(readers)} file")
    return reader()


def _csv(path: Path, columns: tuple[str, ...], may_lack: tuple[str, ...]) -> Iterator[Line]:
    number = 0
    try:
        with closing(_text(path)) as text:
            reader = csv.reader(text, strict=True)
            header = next(reader, [])
            _check_header(path.name, header, columns, may_lack)
            number = reader.line_num
            for values in reader:
                begins, number = number + 1, reader.line_num
                if not values:
                    continue
                if len(values) != len(header):
                    raise FeedRefused(path.name, f"has {len(values)} fields, the header {len(header)}", line=begins)
                yield Line(begins, {name: value or None for name, value in zip(header, values, strict=True)})
    except csv.Error as error:
        raise FeedRefused(path.name, f"is not well-formed CSV ({error})", line=number + 1) from None


def _ndjson(path: Path) -> Iterator[Line]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    with closing(_text(path)) as lines:
        for number, text in enumerate(lines, 1):
            if text.strip():
                try:
                    yield Line(number, _emptied(decoder.decode(text)))
                except msgspec.MsgspecError as error:
                    raise FeedRefused(path.name, f"is not one JSON object a line ({error})", line=number) from None


def _emptied(row: Mapping[str, Any]) -> dict[str, Any]:
    """An empty text means nothing, as it does in CSV."""
    return {name: None if value == "" else value for name, value in row.items()}


def _check_header(file: str, header: list[str], columns: tuple[str, ...], may_lack: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in header and name not in may_lack]
    unknown = [name for name in header if name not in columns]
    twice = [name for name in columns if header.count(name) > 1]
    said = [
        f"{label} {', '.join(repr(name[:40]) for name in names[:20])}"
        for label, names in (("lacks", missing), ("has the unknown", unknown), ("has twice", twice))
        if names
    ]
    if said:
        reason = f"the header {' and '.join(said)}; its columns are {','.join(columns)}"
        raise FeedRefused(file, reason, line=1, column=(missing + unknown + twice)[0][:40])


def _text(path: Path) -> Generator[str]:
    """Its lines, as strict UTF-8 with or without a byte order mark."""
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(LONGEST_LINE):
                number += 1
                yield _decoded(path.name, number, raw)
    except OSError as error:
        raise FeedRefused(path.name, f"cannot be read ({error.strerror})") from None
    if not number:
        raise FeedRefused(path.name, "is empty; hand over an empty day as a CSV with its header alone")


def _decoded(file: str, number: int, raw: bytes) -> str:
    if number == 1:
        for magic, what in DISGUISES.items():
            if raw.startswith(magic):
                raise FeedRefused(file, f"is {what}", line=1)
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in raw:
        raise FeedRefused(file, "holds a zero byte: it is not a text file", line=number)
    if len(raw) >= LONGEST_LINE:
        raise FeedRefused(file, f"is longer than {LONGEST_LINE} bytes: it is not a text file", line=number)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        reason = f"byte {error.start + 1} (0x{raw[error.start]:02x}) is not UTF-8; save the file as UTF-8"
        raise FeedRefused(file, reason, line=number) from None


def _figures(lines: Iterable[Line], shape: Shape, digest: str, repeats: Repeats) -> Figures:
    rows = total = 0
    for line in lines:
        rows += 1
        repeats.note(_key(line, shape.key))
        if shape.sum_column is not None:
            total += _whole(line.values.get(shape.sum_column))
    return Figures(rows, digest, total)


def _key(line: Line, columns: tuple[str, ...]) -> tuple[str, ...]:
    """As it is written: a sound key is written in one way only."""
    return tuple([str(line.values.get(column)) for column in columns])


def _whole(value: Any) -> int:
    """What it adds to the sum. One that is no whole number adds nothing: its row will be rejected."""
    try:
        return int(value) if isinstance(value, (int, str)) else 0
    except ValueError:
        return 0


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FeedRefused(path.name, f"cannot be read ({error.strerror})") from None
