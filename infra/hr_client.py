"""An HR system's side of the feed of sealed score statements: one file to start from, with nothing of ours in it.

    python hr_client.py --url https://bank.example --token-file token --store hr.sqlite pull

It needs Python 3.11, ``httpx`` and ``cryptography``. It pulls what comes after the last statement that it has stored,
checks each one (signature, hash, chain, totals) *before* it stores it, stores it in one transaction, and only then
acknowledges. It can be killed between any two of these steps: the next run goes on where the store stands. A statement
that does not hold ends the run with one line and exit code 1; nothing of it is stored, and nothing after it is pulled.
"""

import argparse
import hashlib
import json
import sqlite3
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FEED = "/api/incentives/hr"
PAGE = 100
BEGINNING = "0" * 64
UNSIGNED = ("hash", "kid", "signature")
TIMEOUT_SECONDS = 30.0
BUSY_SECONDS = 10.0
TABLES = """
CREATE TABLE IF NOT EXISTS keys (kid TEXT PRIMARY KEY, x TEXT NOT NULL, first_seen TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS statements (
    seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, period TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
    stored_at TEXT NOT NULL, acknowledged_at TEXT
);
CREATE TABLE IF NOT EXISTS lines (
    line_id TEXT PRIMARY KEY, seq INTEGER NOT NULL REFERENCES statements (seq), staff_id TEXT NOT NULL,
    unit_id TEXT NOT NULL, indicator TEXT NOT NULL, entry TEXT NOT NULL, points_milli INTEGER NOT NULL,
    of_period TEXT NOT NULL, adjusts TEXT
);
"""
INSERT_LINE = """
INSERT INTO lines VALUES (
    :line_id, :seq, :staff_id, :unit_id, :indicator, :entry, :points_milli, :of_period, :adjusts
)
"""
Json = dict[str, Any]


class Refused(Exception):
    """A statement, a key or an answer does not hold. The message is for people."""


def canonical(value: Any) -> bytes:
    """RFC 8785 for what statements are made of: objects, lists, strings, integers, true, false and null.

    The RFC sorts keys by UTF-16 code units and writes the shortest escapes, which is what ``json.dumps`` writes.
    Numbers with a fraction would need more; the feed has none (points are thousandths), so one is refused.
    """
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return b"{" + b",".join(canonical(key) + b":" + canonical(value[key]) for key in keys) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, float):
        raise Refused(f"the number {value} has a fraction, and nothing in a statement has one")
    return json.dumps(value, ensure_ascii=False).encode()


def unbase64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def thumbprint(x: str) -> str:
    """RFC 7638: the ``kid`` that belongs to a key, so that no other key can take its name."""
    digest = hashlib.sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": x})).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def check(statement: Json, last_seq: int, last_hash: str, keys: dict[str, str]) -> None:
    """All that a statement must fulfil before it is stored. Raises ``Refused``."""
    try:
        _check_chain(statement, last_seq, last_hash)
        _check_seal(statement, keys)
        _check_totals(statement)
    except Refused as wrong:
        raise Refused(f"statement {statement.get('seq', '?')} is refused: {wrong}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        detail = f"{type(wrong).__name__}: {wrong}"
        raise Refused(f"a statement after {last_seq} is refused: it has not the agreed form ({detail})") from None


def _check_chain(statement: Json, last_seq: int, last_hash: str) -> None:
    if statement["seq"] != last_seq + 1:
        raise Refused(f"the chain has a hole: after {last_seq} comes {last_seq + 1}")
    if statement["prev_hash"] != last_hash:
        raise Refused("it does not follow the statement that is stored before it (prev_hash)")


def _check_seal(statement: Json, keys: dict[str, str]) -> None:
    body = {key: value for key, value in statement.items() if key not in UNSIGNED}
    digest = hashlib.sha256(canonical(body)).digest()
    if digest.hex() != statement["hash"]:
        raise Refused("its content does not have its hash: it was changed after it was sealed")
    x = keys.get(statement["kid"])
    if x is None:
        raise Refused(f"it is signed with the key {statement['kid']}, which is not published or not trusted")
    try:
        Ed25519PublicKey.from_public_bytes(unbase64url(x)).verify(unbase64url(statement["signature"]), digest)
    except (InvalidSignature, ValueError):
        raise Refused("its signature is not that of its key") from None


def _check_totals(statement: Json) -> None:
    by_staff: Counter[str] = Counter()
    for line in statement["lines"]:
        if not isinstance(line["points_milli"], int) or isinstance(line["points_milli"], bool):
            raise Refused(f"line {line['line_id']} has no whole number of points")
        by_staff[line["staff_id"]] += line["points_milli"]
    ids = {line["line_id"] for line in statement["lines"]}
    counted = {"lines": len(ids), "points_milli": sum(by_staff.values()), "by_staff": dict(by_staff)}
    if len(ids) != len(statement["lines"]) or counted != statement["totals"]:
        raise Refused("its control totals do not equal the sums of its lines")


class Store:
    """What HR keeps, in SQLite. Each statement with its lines is one transaction."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        self._db.executescript(f"PRAGMA synchronous = FULL; {TABLES}")

    def close(self) -> None:
        self._db.close()

    def last(self) -> tuple[int, str]:
        """Number and hash of the last stored statement."""
        found = self._db.execute("SELECT seq, hash FROM statements ORDER BY seq DESC LIMIT 1").fetchone()
        return (int(found[0]), str(found[1])) if found else (0, BEGINNING)

    def keys(self) -> dict[str, str]:
        return dict(self._db.execute("SELECT kid, x FROM keys"))

    def remember_key(self, kid: str, x: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", (kid, x, _now()))

    def keep(self, statement: Json) -> bool:
        """Store a checked statement whole; False where another run was faster. Raises ``Refused`` for a known line."""
        row = (statement["seq"], statement["hash"], statement["period"], statement["kind"])
        lines = [line | {"seq": statement["seq"]} for line in statement["lines"]]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if self.last() != (statement["seq"] - 1, statement["prev_hash"]):
                self._db.execute("ROLLBACK")
                return False
            body = canonical(statement).decode()
            self._db.execute("INSERT INTO statements VALUES (?, ?, ?, ?, ?, ?, NULL)", (*row, body, _now()))
            self._db.executemany(INSERT_LINE, lines)
            self._db.execute("COMMIT")
        except sqlite3.IntegrityError as wrong:
            self._db.execute("ROLLBACK")
            message = f"a line of it is stored from another statement already ({wrong})"
            raise Refused(f"statement {statement['seq']} is refused: {message}") from None
        return True

    def unacknowledged(self) -> list[tuple[int, str]]:
        found = self._db.execute("SELECT seq, hash FROM statements WHERE acknowledged_at IS NULL ORDER BY seq")
        return [(int(seq), str(digest)) for seq, digest in found]

    def acknowledged(self, seq: int) -> None:
        self._db.execute("UPDATE statements SET acknowledged_at = ? WHERE seq = ?", (_now(), seq))

    def totals(self) -> list[tuple[str, int]]:
        """Points in thousandths by person, over everything stored."""
        found = self._db.execute("SELECT staff_id, SUM(points_milli) FROM lines GROUP BY staff_id ORDER BY staff_id")
        return [(str(staff_id), int(points)) for staff_id, points in found]


class Feed:
    """The bank's side, by the public contract alone."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=url.rstrip("/") + FEED, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_SECONDS
        )

    def close(self) -> None:
        self._http.close()

    def published_keys(self) -> list[Json]:
        return self._list("keys", self._http.get("/keys"))

    def statements(self, after: int) -> list[Json]:
        """At most a page of the statements after a number, in order."""
        return self._list("statements", self._http.get("/statements", params={"after": after, "limit": PAGE}))

    def acknowledge(self, seq: int, digest: str) -> None:
        self._answer(self._http.post("/acks", json={"seq": seq, "hash": digest}))

    def _list(self, name: str, answer: httpx.Response) -> list[Json]:
        found = self._answer(answer)
        items = found.get(name) if isinstance(found, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Refused(f"{answer.request.url.path} was answered without a list of {name}")
        return items

    def _answer(self, answer: httpx.Response) -> Any:
        asked = f"{answer.request.method} {answer.request.url.path}"
        if not answer.is_success:
            raise Refused(f"{asked} was answered {answer.status_code}: {answer.text:.300}")
        try:
            return answer.json(parse_float=_no_fraction)
        except ValueError:
            raise Refused(f"{asked} was answered with something that is no JSON") from None


def _no_fraction(text: str) -> float:
    raise Refused(f"the number {text} has a fraction, and nothing in the feed has one")


def learn_keys(feed: Feed, store: Store, trusted: Sequence[str]) -> Iterator[str]:
    """Take in keys never seen before; a key's name is its thumbprint, so a known one cannot change unseen.

    With ``trusted``, only keys of these thumbprints count: agree them with the bank by another way than this feed.
    """
    known = store.keys()
    for key in feed.published_keys():
        kind = (key.get("kty"), key.get("crv"))
        if kind != ("OKP", "Ed25519") or key.get("kid") != thumbprint(str(key.get("x"))):
            raise Refused(f"the published key {key.get('kid')} is not the Ed25519 key that its name says")
        if key["kid"] not in known and (not trusted or key["kid"] in trusted):
            store.remember_key(key["kid"], key["x"])
            yield f"new signing key {key['kid']}: compare it with the bank's notice"


def pull(feed: Feed, store: Store, trusted: Sequence[str]) -> Iterator[str]:
    """Pull, check, store, acknowledge, until there is nothing more; says what it did."""
    yield from learn_keys(feed, store, trusted)
    keys = {kid: x for kid, x in store.keys().items() if not trusted or kid in trusted}
    yield from acknowledge(feed, store)
    count = 0
    last = store.last()
    while found := feed.statements(last[0]):
        for statement in found:
            check(statement, *last, keys)
            if not store.keep(statement):
                break  # another run was faster: go on from where the store stands now
            last = (statement["seq"], statement["hash"])
            count += 1
            yield describe(statement)
            yield from acknowledge(feed, store)
        last = store.last()
    yield from acknowledge(feed, store)
    seq, digest = store.last()
    yield f"{count} new statements; the last is {seq} ({digest[:12]}…), all acknowledged"


def acknowledge(feed: Feed, store: Store) -> Iterator[str]:
    """Acknowledge what is stored and was not yet, in order: also what an earlier run could not."""
    for seq, digest in store.unacknowledged():
        feed.acknowledge(seq, digest)
        store.acknowledged(seq)
        yield f"statement {seq} acknowledged"


def describe(statement: Json) -> str:
    total = statement["totals"]
    corrections = sum(1 for line in statement["lines"] if line["adjusts"] is not None)
    return (
        f"statement {statement['seq']} ({statement['kind']} {statement['period']}): signature, hash, chain and totals "
        f"hold; stored with {total['lines']} lines ({corrections} corrections), {points(total['points_milli'])} points"
    )


def points(milli: int) -> str:
    """Thousandths as people write them: 1500 → ``1.500``."""
    return f"{'-' if milli < 0 else ''}{abs(milli) // 1000:,}.{abs(milli) % 1000:03}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pull sealed score statements, check, store and acknowledge them.")
    parser.add_argument("--url", required=True, help="the bank's address, such as https://bank.example")
    parser.add_argument("--token-file", required=True, type=Path, help="a file that holds the bearer token")
    parser.add_argument("--store", required=True, type=Path, help="the SQLite file to keep statements in")
    parser.add_argument("--trust", action="append", default=[], metavar="KID", help="accept only this key; repeatable")
    parser.add_argument("command", choices=["pull"])
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """0 when everything that the bank has is stored and acknowledged, else 1 with one line that says why."""
    given = arguments(argv)
    try:
        token = given.token_file.read_text(encoding="utf-8").strip()
        with closing(Store(given.store)) as store, closing(Feed(given.url, token)) as feed:
            for said in pull(feed, store, given.trust):
                print(said)
            for staff_id, milli in store.totals():
                print(f"  {staff_id}: {points(milli)} points")
    except Refused as refused:
        print(f"hr: {refused}", file=sys.stderr)
        return 1
    except httpx.HTTPError as error:
        print(f"hr: the bank does not answer ({type(error).__name__}: {error}); run again later", file=sys.stderr)
        return 1
    except (OSError, sqlite3.Error) as error:
        print(f"hr: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
