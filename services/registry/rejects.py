"""The rejects report of a feed (rule R2): which row, which column, why; never a customer's personal data."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol

import msgspec

Code = Literal["bad_value", "unknown_reference", "duplicate_key", "older_than_known", "customer_erased"]
SHOWN = 40


class Reject(msgspec.Struct, frozen=True):
    """One thing that is wrong with a row. ``value`` is None where it could be personal data, or is missing."""

    line: int
    column: str
    code: Code
    reason: str
    value: str | None = None


COLUMNS = Reject.__struct_fields__


class RejectLog(Protocol):
    """Keeps the reports. A load writes under a ``run`` of its own, ``<feed id>/<ULID>``; at its end it publishes it."""

    def add(self, run: str, rejects: Sequence[Reject]) -> None:
        """Keep some of the rejects of a run."""

    def cut(self, run: str, line: int) -> None:
        """Drop those of a run after a line: they will be found again."""

    def publish(self, feed_id: str, run: str) -> None:
        """From now on this run is the feed's report; what earlier ones left is removed."""

    def of(self, feed_id: str, from_line: int = 1, limit: int = 0) -> Iterator[Reject]:
        """The feed's report, by line; at most ``limit`` of them, or all for 0."""


def shown(value: Any, *, secret: bool) -> str | None:
    """A value as a report may quote it."""
    return None if secret or value is None else str(value)[:SHOWN]


def as_csv(rejects: Iterable[Reject]) -> str:
    """For people: with a byte order mark for Excel, and without anything that a sheet would take for a formula."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for reject in rejects:
        writer.writerow([_harmless(getattr(reject, column)) for column in COLUMNS])
    return text.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")) else value
