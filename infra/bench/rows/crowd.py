"""A bank of a million customers, laid into the documents that pages search and list, by the projections' own steps.

The logs do not know them. How long pages take among so many is measured here; what recording, carrying and folding them
takes, other rows tell.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from pymongo import InsertOne, MongoClient, ReplaceOne

from infra.bench.measure import Seen
from infra.projector import projections
from services.leads.events import LeadOpened, LeadRouted, OwnerLine
from services.registry.events import CustomerKind, CustomerRecorded
from shared.core.event import Event
from shared.core.projection import Document, Projection
from shared.core.recorded import Meta, Recorded
from shared.runtime.aliases import live
from shared.runtime.mongo_store import JsonDocument

CUSTOMERS, LEADS = 1_000_000, 100_000
CHUNK = 10_000
OWNERS = ("desk", "registry")
"""Whose documents pages search and list; all others are asked for one by one, by key."""
COMPANY = 10
"""One customer of so many is a company."""
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
DAY = date(2026, 9, 1)
AT = datetime(2026, 9, 1, tzinfo=UTC)


def lay(client: MongoClient[JsonDocument], seen: Seen) -> None:
    """Customers and leads beside those that there are, spread over the bank's outlets and managers."""
    outlets = sorted(client.registry.units.distinct("_id", {"kind": "outlet"}))
    lines: tuple[OwnerLine, ...] = ("corporate", "retail")
    managers = {
        line: [
            (one["_id"], one["unit_id"]) for one in client.registry.staff.find({"role": line, "line": line}).sort("_id")
        ]
        for line in lines
    }
    laid = 0
    for service, events, each in (
        ("registry", _customers(outlets, managers["retail"]), 1),
        ("leads", _leads(outlets, managers), 2),
    ):
        while chunk := list(islice(events, CHUNK)):
            recorded = [_recorded(service, event) for event in chunk]
            for owner in OWNERS:
                for projection in projections()[owner]:
                    if service in projection.sources:
                        _fold(client, owner, projection, recorded)
            laid += len(chunk) // each
            seen(laid, CUSTOMERS + LEADS)


def _customers(outlets: list[str], managers: list[tuple[str, str]]) -> Iterator[Event]:
    for n in range(CUSTOMERS):
        kind, outlet = _kind(n), outlets[n % len(outlets)]
        name = f"联动样本{n}有限公司" if kind == "company" else f"{SURNAMES[n % len(SURNAMES)]}*"
        manager = None if kind == "company" or n % 3 else managers[n % len(managers)][0]
        yield CustomerRecorded(f"Q{n:07}", kind, name, "", 1980, outlet, manager, True, False, DAY)


def _leads(outlets: list[str], managers: dict[OwnerLine, list[tuple[str, str]]]) -> Iterator[Event]:
    for n in range(LEADS):
        kind, outlet, lead_id = _kind(n), outlets[n % len(outlets)], f"crowd-{n:06}"
        line: OwnerLine = "corporate" if kind == "company" else "retail"
        sold = ("payroll",) if kind == "company" else ("mobile",)
        owner, unit = managers[line][n // COMPANY % len(managers[line])]
        yield LeadOpened(lead_id, f"Q{n:07}", kind, sold[0], sold, "branch", owner, line, unit, outlet, 1_000_000, DAY)
        yield LeadRouted(lead_id, line, owner, unit, None, "the bench", "L3.opener", 1, DAY)


def _kind(n: int) -> CustomerKind:
    return "company" if n % COMPANY == 0 else "person"


def _recorded(service: str, event: Event) -> Recorded:
    return Recorded(service, "crowd", 1, 0, 1, AT, event, Meta("crowd", "bench"))


def _fold(client: MongoClient[JsonDocument], owner: str, projection: Projection, chunk: list[Recorded]) -> None:
    collection = live(client[owner], projection)
    keys = {
        key
        for recorded in chunk
        if isinstance(recorded.event, projection.sources[recorded.service])
        for key in projection.keys(recorded)
    }
    documents: dict[str, Document] = {
        found.pop("_id"): found for found in collection.find({"_id": {"$in": list(keys)}})
    }
    before = set(documents)
    touched = projection.fold(documents, chunk)
    writes: list[Any] = [
        ReplaceOne({"_id": key}, documents[key]) if key in before else InsertOne({"_id": key, **documents[key]})
        for key in touched
        if key in documents
    ]
    if writes:
        collection.bulk_write(writes, ordered=False)
