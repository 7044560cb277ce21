"""What a statement holds, byte for byte (rule I12): derived from the ledger and the seals alone, so that it comes out
the same on every pull for ever.

A line goes into the first statement that reaches both its place in the log and its period. The lines here are
documents of the ledger projection.
"""

import csv
import hashlib
import io
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import rfc8785

from services.incentives.domain.statements import StatementsState
from services.incentives.events import LogRange, StatementSealed
from services.incentives.rules import ActivePlan

Json = dict[str, Any]
LINE_FIELDS = (
    "line_id",
    "staff_id",
    "unit_id",
    "indicator",
    "entry",
    "points_milli",
    "of_period",
    "adjusts",
)


class Signer(Protocol):
    """A signing key by its thumbprint. ``public`` is the ``x`` of its JWK."""

    kid: str
    public: str

    def sign(self, message: bytes) -> bytes: ...


class Reach(msgspec.Struct, frozen=True):
    """How far statements have come: every line of a month up to ``period`` that stands up to ``known`` in the log."""

    period: str = ""
    known: Mapping[int, int] = {}

    def holds(self, line: Mapping[str, Any]) -> bool:
        in_log = line["position"] <= self.known.get(line["partition"], 0)
        return bool(in_log and line["of_period"] <= self.period)


def reach(seals: Iterable[StatementSealed]) -> Reach:
    """What the statements under these seals have covered together."""
    period = ""
    known: dict[int, int] = {}
    for seal in seals:
        period = max(period, seal.period)
        known |= {part.partition: part.last for part in seal.log}
    return Reach(period, known)


def lines_between(lines: Iterable[Mapping[str, Any]], before: Reach, now: Reach) -> list[Json]:
    """The lines that ``now`` reaches and ``before`` did not, as HR reads them, in the order of the log."""
    return [{field: line[field] for field in LINE_FIELDS} for line in reached(lines, before, now)]


def reached(lines: Iterable[Mapping[str, Any]], before: Reach, now: Reach) -> list[Mapping[str, Any]]:
    """The same lines with all that the ledger has of them.

    Only lines that change what is paid: a pending credit is no business of HR's yet.
    """
    found = [line for line in lines if line["points_milli"] and now.holds(line) and not before.holds(line)]
    return sorted(found, key=lambda line: (line["partition"], line["position"]))


def window(before: Reach, now: Reach, partitions: int) -> Json:
    """A query of the ledger for all lines that ``lines_between`` may take; it may find a few more."""
    start = min(before.known.get(partition, 0) for partition in range(partitions))
    return {
        "points_milli": {"$ne": 0},
        "of_period": {"$lte": now.period},
        "position": {"$lte": max(now.known.values(), default=0)},
        "$or": [{"of_period": {"$gt": before.period}}, {"position": {"$gt": start}}],
    }


def totals(lines: Sequence[Mapping[str, Any]]) -> Json:
    """Control totals over the lines of a statement."""
    by_staff: Counter[str] = Counter()
    for line in lines:
        by_staff[line["staff_id"]] += line["points_milli"]
    return {"lines": len(lines), "points_milli": sum(by_staff.values()), "by_staff": dict(by_staff)}


def content(seal: StatementSealed, lines: Sequence[Json]) -> Json:
    """A statement without ``hash``, ``kid`` and ``signature``: what the hash is of."""
    return {
        "seq": seal.seq,
        "kind": seal.kind,
        "period": seal.period,
        "plan": {"id": seal.plan_id, "version": seal.plan_version, "hash": seal.plan_hash},
        "log": [{"partition": part.partition, "first": part.first, "last": part.last} for part in seal.log],
        "lines": list(lines),
        "totals": totals(lines),
        "sealed_at": f"{seal.sealed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "prev_hash": seal.prev_hash,
    }


def canonical(value: Json) -> bytes:
    """RFC 8785: the one byte sequence of a JSON value."""
    encoded: bytes = rfc8785.dumps(value)
    return encoded


def digest(body: Json) -> bytes:
    """The 32 bytes that ``hash`` shows in hex and ``signature`` signs."""
    return hashlib.sha256(canonical(body)).digest()


class Close(msgspec.Struct, frozen=True):
    """What is closed: a month, under the plan of its last day, up to the ``heads`` of the log (by partition)."""

    period: str
    active: ActivePlan
    heads: Mapping[int, int]
    at: datetime


def seal(state: StatementsState, close: Close, lines: Iterable[Mapping[str, Any]], signer: Signer) -> StatementSealed:
    """The next seal of the chain, over every line that the close reaches."""
    unsigned = _unsigned(state, close, signer.kid)
    body = content(unsigned, lines_between(lines, reach(state.seals), reach((*state.seals, unsigned))))
    hashed = digest(body)
    return msgspec.structs.replace(
        unsigned,
        lines=body["totals"]["lines"],
        points_milli=body["totals"]["points_milli"],
        hash=hashed.hex(),
        signature=base64url(signer.sign(hashed)),
    )


def _unsigned(state: StatementsState, close: Close, kid: str) -> StatementSealed:
    known = state.known
    fresh = [(part, known.get(part, 0), head) for part, head in sorted(close.heads.items())]
    return StatementSealed(
        seq=len(state.seals) + 1,
        kind="period",
        period=close.period,
        plan_id=close.active.plan.plan_id,
        plan_version=close.active.plan.version,
        plan_hash=close.active.plan_hash,
        log=tuple(LogRange(part, last + 1, head) for part, last, head in fresh if head > last),
        lines=0,
        points_milli=0,
        sealed_at=close.at.replace(microsecond=0),
        prev_hash=state.head,
        hash="",
        kid=kid,
        signature="",
    )


def statement(seals: Sequence[StatementSealed], seq: int, lines: Iterable[Mapping[str, Any]]) -> Json:
    """Statement ``seq`` as it was sealed. ``lines`` are those of the ledger, at least all that it reaches."""
    sealed = seals[seq - 1]
    body = content(sealed, lines_between(lines, reach(seals[: seq - 1]), reach(seals[:seq])))
    return {**body, "hash": sealed.hash, "kid": sealed.kid, "signature": sealed.signature}


def intact(found: Json) -> bool:
    """Whether a statement still hashes to its seal."""
    body = {key: value for key, value in found.items() if key not in {"hash", "kid", "signature"}}
    return bool(digest(body).hex() == found["hash"])


def as_csv(found: Json) -> bytes:
    """The lines of a statement for people: UTF-8 with a byte order mark, as spreadsheets want it."""
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, LINE_FIELDS)
    table.writeheader()
    table.writerows(found["lines"])
    return out.getvalue().encode("utf-8-sig")


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
