"""Whether a statement holds, by the public contract of the HR feed alone: what any HR system would check, shown."""

import hashlib
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.desk.web.api_client import Json

UNSIGNED = ("hash", "kid", "signature")
BEGINNING = "0" * 64


@dataclass(frozen=True)
class Checks:
    """Each is True where it holds, False where not, None where it could not be looked at."""

    content: bool
    chain: bool | None
    signature: bool | None
    totals: bool

    @property
    def holds(self) -> bool:
        return all(one is not False for one in (self.content, self.chain, self.signature, self.totals))

    def all(self) -> Mapping[str, bool | None]:
        return {"content": self.content, "chain": self.chain, "signature": self.signature, "totals": self.totals}


def checked(statement: Json, sealed_hash: str, before: str | None, keys: Mapping[str, str] | None) -> Checks:
    """``sealed_hash`` is what was recorded when it was sealed, ``before`` the hash of the statement before it,
    ``keys`` the published ones: kid → x; None where they could not be read.
    """
    body = {name: value for name, value in statement.items() if name not in UNSIGNED}
    digest = hashlib.sha256(rfc8785.dumps(body)).digest()
    return Checks(
        content=digest.hex() == statement["hash"] == sealed_hash,
        chain=None if before is None else statement["prev_hash"] == before,
        signature=None if keys is None else _signed(digest, statement, keys),
        totals=_totals(statement["lines"]) == statement["totals"],
    )


def corrections(statement: Json) -> list[tuple[str, str, int]]:
    """What it changes of months before its own, person by person: period, staff number, points in thousandths."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in statement["lines"]:
        if line["of_period"] != statement["period"] or line["adjusts"]:
            sums[line["of_period"], line["staff_id"]] += line["points_milli"]
    return [(period, staff_id, milli) for (period, staff_id), milli in sorted(sums.items())]


def _signed(digest: bytes, statement: Json, keys: Mapping[str, str]) -> bool:
    public = keys.get(statement["kid"])
    if public is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(public)).verify(_bytes(statement["signature"]), digest)
    except (InvalidSignature, ValueError):
        return False
    return True


def _totals(lines: Sequence[Json]) -> Json:
    by_staff: Counter[str] = Counter()
    for line in lines:
        by_staff[line["staff_id"]] += line["points_milli"]
    return {"lines": len(lines), "points_milli": sum(by_staff.values()), "by_staff": dict(by_staff)}


def _bytes(base64url: str) -> bytes:
    return urlsafe_b64decode(base64url + "=" * (-len(base64url) % 4))
