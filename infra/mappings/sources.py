"""Reads the files of a foreign extract, each row with the line where it begins."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from infra.mappings.transforms import Value
from infra.stack.broken import Broken

Record = dict[str, Value]
Where = dict[str, list[str]]


def read_source(directory: Path, source: dict[str, Any]) -> Iterator[Record]:
    """The rows of one file by column; what is empty is None. Raises ``Broken`` with file and line."""
    columns: list[str] | None = source["columns"]
    for line, values in _lines(directory / source["file"], source):
        if columns is None:
            columns = values
        elif len(values) != len(columns):
            where = f"{directory / source['file']}, line {line}"
            raise Broken(f"{where}: has {len(values)} fields instead of {len(columns)}")
        else:
            yield {name: value or None for name, value in zip(columns, values, strict=True)}


def header(directory: Path, source: dict[str, Any]) -> list[str]:
    """The columns of a source."""
    if source["columns"] is not None:
        return list(source["columns"])
    return next((values for _, values in _lines(directory / source["file"], source)), [])


def _lines(path: Path, source: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """The fields of each line that has any, with the number of the line where they begin."""
    number = 0
    try:
        with path.open(encoding=source["encoding"], newline="") as file:
            reader = csv.reader(file, delimiter=source["delimiter"], quotechar=source["quote"], strict=True)
            for values in reader:
                begins, number = number + 1, reader.line_num
                if values:
                    yield begins, values
    except OSError as error:
        raise Broken(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise Broken(f"{path}, line {number + 1} or later: cannot be read ({error})") from None
    except LookupError:
        raise Broken(f"{path}: there is no encoding {source['encoding']!r}") from None


def holds(record: Record, where: Where) -> bool:
    """Whether each column has one of its values; an empty one is ``""``."""
    return all((record.get(column) or "") in values for column, values in where.items())


def index(records: Iterator[Record], columns: Sequence[str], where: Where) -> dict[tuple[Value, ...], Record]:
    """The first row for each key."""
    found: dict[tuple[Value, ...], Record] = {}
    for record in records:
        if holds(record, where):
            found.setdefault(tuple(record[column] for column in columns), record)
    return found
