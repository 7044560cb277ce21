"""Runs a mapping: the files of an extract become a directory of feed files with their manifest."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.mappings.groups import DAILY, MONTH_END, daily, month_end
from infra.mappings.sources import Record, header, holds, index, read_source
from infra.mappings.transforms import BadTransform, Value, constant, transform
from infra.stack.broken import Broken
from services.registry.kinds import KINDS

Made = Callable[[Record], Value]


def run_mapping(mapping: dict[str, Any], extract: Path, out: Path) -> dict[str, int]:
    """Write feed files into ``out``; the number of rows by kind. Raises ``Broken`` with the place in the mapping, or
    in the extract, where it cannot be run.
    """
    feeds = [
        (feed["kind"], _Feed(mapping, extract, number, feed).rows()) for number, feed in enumerate(mapping["feeds"])
    ]
    out.mkdir(parents=True, exist_ok=True)
    for old in [*out.glob("*.csv"), *out.glob("manifest.*")]:
        old.unlink()
    counts = _write(out, feeds)
    files = {f"{kind}.csv": {"kind": kind, "rows": rows, "sha256": _digest(out, kind)} for kind, rows in counts.items()}
    (out / "manifest.yaml").write_text(yaml.safe_dump({"files": files}, sort_keys=False), encoding="utf-8")
    return counts


def _write(out: Path, feeds: Iterable[tuple[str, Iterable[Record]]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    with ExitStack() as files:
        writers: dict[str, Any] = {}
        for kind, rows in feeds:
            columns = KINDS[kind].schema.columns()
            if kind not in writers:
                file = files.enter_context((out / f"{kind}.csv").open("w", encoding="utf-8", newline=""))
                writers[kind] = csv.writer(file, lineterminator="\n")
                writers[kind].writerow(columns)
                counts[kind] = 0
            for row in rows:
                writers[kind].writerow([row.get(column) for column in columns])
                counts[kind] += 1
    return counts


def _digest(out: Path, kind: str) -> str:
    return hashlib.sha256((out / f"{kind}.csv").read_bytes()).hexdigest()


@dataclass(frozen=True)
class _Feed:
    """One entry under ``feeds``; ``place`` in the mapping is for messages."""

    mapping: dict[str, Any]
    extract: Path
    place: int
    feed: dict[str, Any]

    def rows(self) -> Iterable[Record]:
        """What can be wrong with the mapping is found now; the rows are made when they are asked for."""
        if "rows" in self.feed:
            return [{name: constant(value) for name, value in row.items()} for row in self.feed["rows"]]
        self._check_columns()
        columns = {name: self._column(column) for name, column in self.feed["columns"].items()}
        grouped = self._grouping()
        return ({name: made(record) for name, made in columns.items()} for record in grouped(self._records()))

    def _records(self) -> Iterator[Record]:
        """The rows of the source with what is joined to them, those that are wanted."""
        joins = [
            (join, index(self._read(join["source"]), tuple(join["by"]), join["where"])) for join in self.feed["join"]
        ]
        where, unless = self.feed["where"], self.feed["unless"]
        for record in self._read(self.feed["source"]):
            for join, found in joins:
                match = found.get(tuple(record[column] for column in join["by"].values()), {})
                record |= {f"{join['source']}.{name}": value for name, value in match.items()}
            if holds(record, where) and not (unless and holds(record, unless)):
                yield record

    def _grouping(self) -> Callable[[Iterator[Record]], Iterable[Record]]:
        if "month_end" in self.feed:
            said = self.feed["month_end"]
            on = self._column(said["date"])
            return lambda records: month_end(records, said["by"], on, said["until"])
        if "daily" in self.feed:
            said = self.feed["daily"]
            on = self._column(said["date"])
            return lambda records: daily(records, said["by"], on, said["count"])
        return lambda records: records

    def _column(self, said: dict[str, Any]) -> Made:
        """How one column of the feed is made from a record."""
        if "constant" in said:
            fixed = constant(said["constant"])
            return lambda _record: fixed
        try:
            steps = [
                transform(name, argument, self.mapping["century"])
                for step in said["do"]
                for name, argument in step.items()
            ]
        except BadTransform as error:
            raise Broken(f"mapping {self.mapping['mapping']}, feed {self.place + 1}: {error}") from None

        def made(record: Record) -> Value:
            parts = [value for name in said["sources"] if (value := record.get(name)) is not None]
            value = said["joined"].join(parts) if parts else None
            for step in steps:
                value = step(value)
            return value

        return made

    def _check_columns(self) -> None:
        """Every column that is read is one of the extract's."""
        known = self._header(self.feed["source"])
        asked: list[str] = []
        for join in self.feed["join"]:
            asked += join["by"].values()
            self._all_in([*join["by"], *join["where"]], self._header(join["source"]), join["source"])
            known += [f"{join['source']}.{name}" for name in self._header(join["source"])]
        groups = [self.feed[name] for name in ("month_end", "daily") if name in self.feed]
        for group in groups:
            asked += [*group["by"], *group["date"].get("sources", [])]
            asked += [name for where in group.get("count", {}).values() for name in where]
            known += MONTH_END if "until" in group else [*DAILY, *(f"daily.{name}" for name in group["count"])]
        asked += [name for column in self.feed["columns"].values() for name in column.get("sources", [])]
        self._all_in([*asked, *self.feed["where"], *self.feed["unless"]], known, self.feed["source"])

    def _all_in(self, names: list[str], known: list[str], source: str) -> None:
        for name in names:
            if name not in known:
                where = f"mapping {self.mapping['mapping']}, feed {self.place + 1} ({self.feed['kind']})"
                raise Broken(f"{where}: {source} has no column {name!r}; it has {', '.join(known)}")

    def _read(self, source: str) -> Iterator[Record]:
        return read_source(self.extract, self.mapping["sources"][source])

    def _header(self, source: str) -> list[str]:
        return header(self.extract, self.mapping["sources"][source])
