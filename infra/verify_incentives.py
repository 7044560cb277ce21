"""What of incentives is computed again: the ledger by its second opinion, the statements' hashes, chain, signatures."""

import base64
from collections.abc import Iterator

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymongo import MongoClient

from infra.verify import Check
from services.incentives import reference, sealing
from services.incentives.books import Books
from services.incentives.domain.statements import GENESIS
from services.incentives.projections import LEDGER
from shared.runtime.app import App
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.wiring import Logs, now

PAGE = 100


def incentive_checks(client: MongoClient[JsonDocument], logs: Logs) -> dict[str, Check]:
    app = App("incentives", client, logs, now)
    return {
        "incentives: scores equal a recomputation": lambda: scores_hold(app),
        "incentives: statements' hashes, chain and signatures": lambda: statements_hold(Books(app)),
    }


def scores_hold(app: App) -> Iterator[str]:
    """The ledger, up to where it has come, sums to what the facts up to there are worth by the second opinion."""
    upto = {partition: app.position(LEDGER, "incentives", partition) for partition in range(app.store.partitions)}
    events = (r.event for partition, last in upto.items() for r in app.store.stream(partition, 0, last))
    recomputed = reference.recompute(events)
    lines = [d for d in app.database[LEDGER.name].find() if d["position"] <= upto[d["partition"]]]
    yield from reference.differences(recomputed, lines)


def statements_hold(books: Books) -> Iterator[str]:
    keys = {key.kid: key.x for key in books.chain().keys}
    before, seq = GENESIS, 0
    while found := books.statements(seq, PAGE)[0]:
        for body in found:
            statement = msgspec.json.decode(body)
            seq += 1
            if statement["seq"] != seq:
                yield f"statement {seq} calls itself {statement['seq']}"
            if statement["prev_hash"] != before:
                yield f"statement {seq} follows {statement['prev_hash'][:12]}…, the one before it is {before[:12]}…"
            if not sealing.intact(statement):
                yield f"statement {seq} does not hash to its seal"
            if not _signed(statement, keys):
                yield f"statement {seq} is not signed by a published key"
            before = statement["hash"]


def _signed(statement: JsonDocument, keys: dict[str, str]) -> bool:
    key = keys.get(statement["kid"])
    if key is None:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key + "=="))
        public.verify(base64.urlsafe_b64decode(statement["signature"] + "=="), bytes.fromhex(statement["hash"]))
    except InvalidSignature:
        return False
    return True
