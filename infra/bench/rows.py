"""The rows of the table of budgets that are measured so far."""

import statistics
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

import httpx
from bson.codec_options import CodecOptions
from pymongo import MongoClient

from infra.bench.measure import Row, in_turn, spread
from services.catalogue import EVENTS, UPCASTS
from services.leads.events import LeadOpened
from shared.core.recorded import Commit, Meta
from shared.runtime.codec import Codec
from shared.runtime.mongo_store import KEPT, JsonDocument, MongoStore

APPENDS = 300
COMMANDS = 300


def append(client: MongoClient[JsonDocument]) -> Row:
    """A commit through the store, beside the same document by bare pymongo with the same concern and indexes."""
    bare, kept = client.bench_bare, client.bench_kept
    codec = Codec("leads", EVENTS["leads"], UPCASTS["leads"])
    store, twin = MongoStore(kept, codec), MongoStore(bare, codec)
    store.prepare()
    twin.prepare()
    collection = bare.get_collection("commits", CodecOptions(tz_aware=True), write_concern=KEPT)

    def ours() -> int:
        for commit in _commits():
            store.append([commit])
        return APPENDS

    def base() -> int:
        for document in [codec.to_document(commit) for commit in _commits()]:
            collection.insert_one(document)
        return APPENDS

    rates, bare_rates = in_turn(ours, base)
    client.drop_database(bare)
    client.drop_database(kept)
    return Row(
        "append", statistics.median(rates), statistics.median(bare_rates), "commits/s", spread(rates), at_least=0.8
    )


def _commits() -> Iterator[Commit]:
    now = datetime.now(UTC)
    for _ in range(APPENDS):
        lead_id = uuid.uuid4().hex
        opened = LeadOpened(
            lead_id, "C000001", "company", "payroll", ("payroll",), "branch", "S0001", "corporate", "O01", "O01",
            1_000_000, date(2026, 9, 1),
        )  # fmt: skip
        yield Commit("leads", f"lead-{lead_id}", 1, 0, (opened,), Meta(lead_id, "S0001", "corporate", "O01"), now)


def visible(url: str, token: str) -> Iterator[Row]:
    """From sending a command to reading its effect in the projection, over HTTP through the front door."""
    waits = []
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
        for _ in range(COMMANDS):
            begun = time.perf_counter()
            answer = http.post("/api/leads", json=_lead())
            answer.raise_for_status()
            made = answer.json()
            http.get(f"/api/leads/{made['id']}", params={"after": made["position"]}).raise_for_status()
            waits.append((time.perf_counter() - begun) * 1000)
    cuts = statistics.quantiles(waits[20:], n=100)
    yield Row("visible_p50_ms", cuts[49], None, "ms", spread(waits[20:]), at_most=50)
    yield Row("visible_p99_ms", cuts[98], None, "ms", spread(waits[20:]), at_most=250)


def _lead() -> dict[str, object]:
    return {
        "customer_id": f"C{uuid.uuid4().hex[:10]}",
        "customer_kind": "company",
        "need": "payroll",
        "products": ["payroll"],
        "source": "branch",
        "outlet_id": "O01",
        "value_minor": 1_000_000,
        "on": "2026-09-01",
    }
