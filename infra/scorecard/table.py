"""A CSV file of records and their outcome, as columns of text."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from infra.stack.broken import Broken
from services.leads.scorecard.score import as_number

YES = ("yes", "true", "1", "won", "y")
"""What counts as the positive outcome where nobody says it, in lower case."""


class Table(msgspec.Struct, frozen=True):
    """``columns`` by name, without the target; ``outcomes`` and ``positive`` are the target's."""

    name: str
    sha256: str
    columns: Mapping[str, Sequence[str]]
    outcomes: Sequence[bool]
    target: str
    positive: str

    def rows(self) -> Iterator[dict[str, str]]:
        for values in zip(*self.columns.values(), strict=True):
            yield dict(zip(self.columns, values, strict=True))


def read_table(path: Path, target: str, positive: str | None) -> Table:
    """Raises ``Broken``: where, what, what to do."""
    try:
        content = path.read_bytes()
        header, rows = _parsed(path, content.decode("utf-8-sig"))
    except OSError as error:
        raise Broken(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise Broken(f"{path}: not UTF-8 text (byte {error.start}): save it as CSV in UTF-8") from None
    if target not in header:
        raise Broken(f"{path}: has no column {target!r}, only {', '.join(header)}: name the outcome's with --target")
    columns = {name: [row[at] for row in rows] for at, name in enumerate(header)}
    outcomes = columns.pop(target)
    if "" in outcomes:
        line = outcomes.index("") + 2
        raise Broken(f"{path}: record {line - 1} has no {target}: leave records without an outcome out")
    chosen = _positive(path, target, sorted(set(outcomes)), positive)
    digest = hashlib.sha256(content).hexdigest()
    return Table(path.name, digest, columns, [outcome == chosen for outcome in outcomes], target, chosen)


def _parsed(path: Path, text: str) -> tuple[list[str], list[list[str]]]:
    lines = text.splitlines()
    if not lines:
        raise Broken(f"{path}: is empty: give a CSV file with a header line")
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows = []
    try:
        header = [name.strip() for name in next(reader)]
        for row in reader:
            if row and len(row) != len(header):
                raise Broken(
                    f"{path}: line {reader.line_num}: {len(row)} values for {len(header)} columns: mend the line"
                )
            if row:
                rows.append([value.strip() for value in row])
    except csv.Error as error:
        raise Broken(f"{path}: line {reader.line_num}: no CSV ({error}): mend the line") from None
    if len(set(header)) < len(header):
        raise Broken(f"{path}: line 1: a column's name stands twice: rename one")
    if not rows:
        raise Broken(f"{path}: has a header and no records")
    return header, rows


def _positive(path: Path, target: str, values: list[str], wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in values:
            raise Broken(f"{path}: {target} is never {wanted!r}, only {_few(values)}: choose another --positive")
        return wanted
    found = [value for value in values if value.lower() in YES]
    if len(found) != 1:
        raise Broken(f"{path}: which {target} is the good one of {_few(values)}? Say it with --positive")
    return found[0]


def _few(values: Sequence[str]) -> str:
    return ", ".join(values[:6]) + (", …" if len(values) > 6 else "")


def is_numeric(values: Sequence[str]) -> bool:
    """Every value that is there is a number, and there are more than two different ones."""
    there = {value for value in values if value}
    return len(there) > 2 and all(as_number(value) is not None for value in there)
