"""Takes a feed in: rows in batches, each checked, held against the log and recorded; the rest into the report.

Nothing here knows MongoDB or HTTP: ``Ports`` are what a load needs from outside, so that tests run it on memory.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec
from marshmallow import ValidationError

from services.registry import domain
from services.registry.domain import NoteFeed, RecordRow
from services.registry.events import FeedLoaded
from services.registry.feed import Feed, Line
from services.registry.kinds import KINDS, Row, Seal
from services.registry.references import Known, by_reference
from services.registry.rejects import Code, Reject, RejectLog, shown
from services.registry.schemas import BATCH_ROWS
from shared.core.errors import RuleBroken
from shared.core.reaction import Intent
from shared.core.recorded import Commit, Meta

FIRST = 20
Work = Sequence[tuple[Intent, Meta]]


@dataclass(frozen=True)
class Ports:
    """``record`` decides commands with one read and one write, and answers how many events each made."""

    load_many: Callable[[Sequence[str]], Mapping[str, Sequence[Commit]]]
    record: Callable[[Work], Sequence[int]]
    seal: Seal
    rejects: RejectLog
    new_id: Callable[[], str]
    currencies: frozenset[str]


class Report(msgspec.Struct, frozen=True):
    """What became of a feed. ``first`` are the first of its rejects; the whole list is in the reject log."""

    loaded: FeedLoaded
    first: tuple[Reject, ...]


@dataclass
class _Load:
    """One feed on its way in."""

    ports: Ports
    feed: Feed
    meta: Meta
    run: str
    repeated: bool
    counts: Counter[str] = field(default_factory=Counter)
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    first: list[Reject] = field(default_factory=list)
    pending: list[Reject] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kind = KINDS[self.feed.kind]
        self.schema = self.kind.schema(self.ports.currencies)
        self.known = Known(self.ports.load_many)

    def rows(self) -> Iterator[tuple[int, Row]]:
        """The rows that are sound in themselves, each key once."""
        for line in self.feed.lines():
            row = self.sound(line)
            if row is not None and self.is_new(line, row):
                yield line.number, row

    def sound(self, line: Line) -> Row | None:
        try:
            row: Row = self.schema.load(line.values)
        except ValidationError as error:
            messages: dict[str, Any] = dict(error.messages_dict)
            faults = [(column, str(reasons[0])) for column, reasons in messages.items()]
            self.reject(line.number, "bad_value", faults, line.values)
            return None
        return row

    def is_new(self, line: Line, row: Row) -> bool:
        key, content = self.kind.key_of(row), hash(tuple(row.values()))
        begun, known = self.seen.setdefault(key, (line.number, content))
        if begun == line.number:
            return True
        if known == content:
            self.counts["unchanged"] += 1
        else:
            reason = f"line {begun} has the same {' and '.join(self.kind.key)} with other content"
            self.reject(line.number, "duplicate_key", [(self.kind.key[0], reason)], line.values)
        return False

    def take(self, batch: Sequence[tuple[int, Row]]) -> None:
        """Hold a batch against the log, and record what can be."""
        rows = self.kind.prepared([row for _, row in batch], self.ports.seal)
        self.known.fetch(self.kind, rows)
        work: list[tuple[int, Intent]] = []
        for (number, _), row in zip(batch, rows, strict=True):
            refs, faults = self.known.resolve(self.kind, row)
            if faults:
                self.reject(number, "unknown_reference", faults, row)
                continue
            fact = self.kind.fact(row, refs)
            intent = Intent(self.kind.decider, self.kind.key_of(row), RecordRow(fact, self.repeated))
            if self.kind.parent is not None:
                self.known.note(intent.stream, fact)
            work.append((number, intent))
        self.record(work)
        self.ports.rejects.add(self.run, self.pending)
        self.pending.clear()

    def record(self, work: Sequence[tuple[int, Intent]]) -> None:
        """Record a batch; where a rule forbids one of its rows, halve it until that row is alone."""
        if not work:
            return
        try:
            for made in self.ports.record([(intent, self.meta) for _, intent in work]):
                self.counts["recorded" if made else "unchanged"] += 1
        except RuleBroken as broken:
            if len(work) > 1:
                middle = len(work) // 2
                self.record(work[:middle])
                self.record(work[middle:])
            else:
                self.reject(work[0][0], "older_than_known", [("business_date", broken.message)], {})

    def reject(self, line: int, code: Code, faults: Sequence[tuple[str, str]], values: Mapping[str, Any]) -> None:
        self.counts["rejected"] += 1
        for column, reason in faults:
            value = shown(values.get(column), secret=self.kind.secret)
            self.pending.append(Reject(line, column, code, reason, value))
        self.first += self.pending[-len(faults) :][: FIRST - len(self.first)]


def load(feed: Feed, ports: Ports, by: Meta, progress: Callable[[int], None] = lambda _rows: None) -> Report:
    """Take a feed in and note that it was. Rows recorded before a crash are found done when it is loaded again.

    ``progress`` hears how many rows have been dealt with.
    """
    feed_stream = domain.FEED.stream(feed.feed_id)
    earlier = len(ports.load_many([feed_stream])[feed_stream])
    meta = msgspec.structs.replace(by, command_id=f"feed/{feed.feed_id}")
    this = _Load(ports, feed, meta, run=ports.new_id(), repeated=earlier > 0)
    rows = this.rows() if this.kind.parent is None else by_reference(this.kind, this.rows(), this.reject)
    while batch := list(islice(rows, BATCH_ROWS)):
        this.take(batch)
        progress(this.counts.total())
    this.take([])
    progress(this.counts.total())
    ports.rejects.publish(feed.feed_id, this.run)
    report = Report(_loaded(feed, this.counts), tuple(this.first))
    noted = msgspec.structs.replace(by, command_id=f"feed/{feed.feed_id}/{earlier + 1}")
    ports.record([(Intent(domain.FEED, feed.feed_id, NoteFeed(report.loaded)), noted)])
    return report


def _loaded(feed: Feed, counts: Counter[str]) -> FeedLoaded:
    return FeedLoaded(
        feed_id=feed.feed_id,
        kind=feed.kind,
        name=feed.name,
        digest=feed.figures.sha256,
        rows=counts.total(),
        recorded=counts["recorded"],
        unchanged=counts["unchanged"],
        rejected=counts["rejected"],
    )
