"""A draft plan over the whole history, on every core there is (rule I8): ranges of deals, each added up by a process of
its own; the sums add up to the same whatever the ranges, and in whatever order they come.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any, NamedTuple

from pymongo import MongoClient

from services.incentives.events import Plan
from services.incentives.projections import DEALS, facts_of
from services.incentives.rules import ActivePlan
from services.incentives.what_if import NO_MONTHS, Months, Tally, WhatIf, table, tally
from shared.runtime.aliases import live
from shared.runtime.mongo_store import JsonDocument

SERVICE = "incentives"
RANGE_DEALS = 2_000
BATCH = 500


class Work(NamedTuple):
    """A range of deals by id: over ``first``, up to ``last``; None for an open end."""

    mongo_uri: str
    first: str
    last: str | None
    plans: tuple[ActivePlan, ...]
    draft: Plan


def over_history(
    client: MongoClient[JsonDocument],
    mongo_uri: str,
    plans: Sequence[ActivePlan],
    draft: Plan,
    progress: Callable[[int], None],
    months: Months = NO_MONTHS,
) -> WhatIf:
    """``progress`` hears how many deals are done."""
    found = Tally()
    work = [Work(mongo_uri, first, last, tuple(plans), draft) for first, last in _ranges(client)]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(add_up, one) for one in work]):
            found.add(done.result())
            progress(found.deals)
    return table(found, plans, draft, months)


def add_up(work: Work) -> Tally:
    """One range, in whatever process."""
    with MongoClient[JsonDocument](work.mongo_uri, tz_aware=True) as client:
        return tally((facts_of(deal) for deal in _deals(client, work)), work.plans, work.draft)


def deals_there_are(client: MongoClient[JsonDocument]) -> int:
    return live(client[SERVICE], DEALS).estimated_document_count()


def _ranges(client: MongoClient[JsonDocument]) -> list[tuple[str, str | None]]:
    """Cut by the ids themselves, so that each has about as many deals."""
    deals, after = live(client[SERVICE], DEALS), ""
    cuts = [""]
    while found := list(deals.find({"_id": {"$gt": after}}, {"_id": 1}).sort("_id").skip(RANGE_DEALS - 1).limit(1)):
        after = str(found[0]["_id"])
        cuts.append(after)
    return list(zip(cuts, [*cuts[1:], None], strict=True))


def _deals(client: MongoClient[JsonDocument], work: Work) -> Iterator[Any]:
    where = {"$gt": work.first} | ({"$lte": work.last} if work.last is not None else {})
    yield from live(client[SERVICE], DEALS).find({"_id": where}).batch_size(BATCH)
