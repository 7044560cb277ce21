"""Takes a feed in: rows in batches, each checked, held against the log and recorded; the rest into the report.

Nothing here knows MongoDB or HTTP: ``Ports`` are what a load needs from outside, so that tests run it on memory.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Protocol

import msgspec
from marshmallow import ValidationError

from services.registry.domain.rows import FEED, NoteFeed, RecordRow
from services.registry.events import FeedLoaded
from services.registry.feed import Feed, Line
from services.registry.kinds import KINDS, Hiding, Row
from services.registry.places import Place, PlaceLog
from services.registry.references import Known, by_reference
from services.registry.rejects import Code, Reject, RejectLog, shown
from shared.core.days import later
from shared.core.errors import RuleBroken
from shared.core.event import Event
from shared.core.reaction import Intent
from shared.core.recorded import Commit, Meta

FIRST = 20
BATCH_ROWS = 1_000
AHEAD_DAYS = 3_653
"""So long after the day of loading no business date is meant; a rehearsal may play the coming months, or years."""
Work = Sequence[tuple[Intent, Meta]]
REFUSALS: Mapping[str, tuple[Code, str]] = {
    "older_than_known": ("older_than_known", "business_date"),
    "customer_erased": ("customer_erased", "customer_id"),
}
"""What a rule forbids of a row: the code and the column of its reject, by the rule's own code."""


class Noted(Protocol):
    """``events`` is empty where another command had noted it already."""

    @property
    def commit_id(self) -> str: ...

    @property
    def events(self) -> Sequence[Event]: ...


@dataclass(frozen=True)
class Ports:
    """``record`` decides commands with one read and one write, and answers how many events each made; ``note``
    decides one, and answers with what was made by it, now or before, and the commit after which its stream says so.
    ``today`` is the bank's day.
    """

    load_many: Callable[[Sequence[str]], Mapping[str, Sequence[Commit]]]
    record: Callable[[Work], Sequence[int]]
    note: Callable[[Intent, Meta], Noted]
    vault: Hiding
    rejects: RejectLog
    places: PlaceLog
    new_id: Callable[[], str]
    today: Callable[[], date]
    currencies: frozenset[str]


class Report(msgspec.Struct, frozen=True):
    """What became of a feed. ``first`` are the first of its rejects; the whole list is in the reject log.
    ``commit_id`` is the last of its commits.
    """

    loaded: FeedLoaded
    first: tuple[Reject, ...]
    commit_id: str


@dataclass
class _Load:
    """One feed on its way in."""

    ports: Ports
    feed: Feed
    meta: Meta
    place: Place
    repeated: bool
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    pending: list[Reject] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kind = KINDS[self.feed.kind]
        self.schema = self.kind.schema(self.ports.currencies, later(self.ports.today(), AHEAD_DAYS))
        self.known = Known(self.ports.load_many)
        self.counts = Counter(self.place.counts)

    def rows(self) -> Iterator[tuple[int, Row]]:
        """The rows that are sound in themselves, each key once, from where an earlier load stopped."""
        for line in self.feed.lines():
            if line.number <= self.place.line:
                self.recall(line)
                continue
            row = self.sound(line)
            if row is not None and self.is_new(line, row):
                yield line.number, row

    def recall(self, line: Line) -> None:
        """A row that an earlier load has dealt with: only a later one with the same key must find it."""
        if self.feed.may_repeat(line):
            with suppress(ValidationError):
                row: Row = self.schema.load(line.values)
                self.seen.setdefault(self.kind.key_of(row), (line.number, _content(row)))

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
        if not self.feed.may_repeat(line):
            return True
        key, content = self.kind.key_of(row), _content(row)
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
        rows = self.kind.prepared([row for _, row in batch], self.ports.vault)
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
                code, column = REFUSALS[broken.code]
                self.reject(work[0][0], code, [(column, broken.message)], {})

    def reject(self, line: int, code: Code, faults: Sequence[tuple[str, str]], values: Mapping[str, Any]) -> None:
        self.counts["rejected"] += 1
        for column, reason in faults:
            value = shown(values.get(column), secret=self.kind.secret)
            self.pending.append(Reject(line, column, code, reason, value))
        if len(self.pending) >= BATCH_ROWS:
            self.keep_rejects()

    def keep_rejects(self) -> None:
        self.ports.rejects.add(self.place.run, self.pending)
        self.pending.clear()

    def keep_place(self, line: int) -> None:
        """Every row up to ``line`` is dealt with. Short feeds, and those whose rows change places, begin anew."""
        if self.kind.parent is None and self.feed.figures.rows > BATCH_ROWS:
            self.keep_rejects()
            self.ports.places.keep(self.feed.feed_id, Place(self.place.run, line, dict(self.counts)))


def load(feed: Feed, ports: Ports, by: Meta, progress: Callable[[int], None] = lambda _rows: None) -> Report:
    """Take a feed in and note that it was; a load that was killed goes on where it stopped (rule R3).

    ``by`` is the meta of the note; ``progress`` hears how many rows have been dealt with.
    """
    stream = FEED.stream(feed.feed_id)
    meta = msgspec.structs.replace(by, command_id=f"feed/{feed.feed_id}", fingerprint=None)
    this = _Load(ports, feed, meta, _begin(feed, ports), repeated=bool(ports.load_many([stream])[stream]))
    rows = this.rows() if this.kind.parent is None else by_reference(this.kind, this.rows(), this.reject)
    while batch := list(islice(rows, BATCH_ROWS)):
        this.take(batch)
        this.keep_place(batch[-1][0])
        progress(this.counts.total())
    this.keep_rejects()
    progress(this.counts.total())
    ports.rejects.publish(feed.feed_id, this.place.run)
    noted = ports.note(Intent(FEED, feed.feed_id, NoteFeed(_loaded(feed, this.counts))), by)
    ports.places.forget(feed.feed_id)
    loaded = _told(noted) or _loaded(feed, this.counts)
    return Report(loaded, tuple(islice(ports.rejects.of(feed.feed_id), FIRST)), noted.commit_id)


def _told(noted: Noted) -> FeedLoaded | None:
    """What was told under the same command before: of two that load at once, as when the first one hangs and is sent
    again, the one that notes it last must not tell other figures.
    """
    return next((event for event in noted.events if isinstance(event, FeedLoaded)), None)


def _begin(feed: Feed, ports: Ports) -> Place:
    """Where an earlier load of this feed stopped, its later rejects dropped; or the beginning."""
    place = ports.places.find(feed.feed_id)
    if place is None:
        return Place(f"{feed.feed_id}/{ports.new_id()}", 0, {})
    ports.rejects.cut(place.run, place.line)
    return place


def _content(row: Row) -> bytes:
    """A digest of a row, eight bytes."""
    return hashlib.blake2b(msgspec.msgpack.encode(row), digest_size=8).digest()


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
