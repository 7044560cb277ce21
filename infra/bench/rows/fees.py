"""A month's end for many composite accounts, as the service does it: accounts read from the list, tier and fee decided,
each round recorded in the log.
"""

import random
import statistics
from datetime import UTC, date, datetime
from functools import partial

from infra.bench.ground import Ground
from infra.bench.measure import Row, in_turn, per_core_second, spread
from services.bundling.composite_events import FeeRunStarted
from services.bundling.composite_service import next_accounts
from services.bundling.projections import COMPOSITES
from services.bundling.reactions import charge_fees
from services.catalogue import EVENTS, UPCASTS
from shared.core.event import Event
from shared.core.recorded import Meta, Recorded
from shared.runtime.aliases import make_indexes
from shared.runtime.app import App
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.wiring import Logs

SEED = 20260831
ACCOUNTS = 50_000
CLOSE, MONTH = date(2026, 8, 31), "2026-08"


def tier_run(ground: Ground) -> list[Row]:
    dice = random.Random(SEED)  # noqa: S311 -- the same accounts for everybody
    with ground.database("bundling"):
        logs = Logs(ground.client, {"bundling": EVENTS["bundling"]}, UPCASTS, partitions=1)
        app = App("bundling", ground.client, logs, lambda: datetime.now(UTC))
        app.store.prepare()
        shown = app.live(COMPOSITES)
        make_indexes(shown, COMPOSITES)
        shown.insert_many([_account(number, dice) for number in range(ACCOUNTS)])

        def once() -> float:
            app.store.commits.delete_many({})
            return per_core_second(ACCOUNTS, lambda: _run(app))

        (rates,) = in_turn(ground.seen, once)
    return [Row("tier_run", statistics.median(rates), None, "accounts/s", spread(rates))]


def _run(app: App) -> None:
    """Round after round. The list is not brought up to date meanwhile: no account comes up twice all the same."""
    react, version = charge_fees(partial(next_accounts, app)), 1
    event: Event = FeeRunStarted(CLOSE, MONTH)
    while intents := list(react(_recorded(event, version))):
        version += 1
        (intent,) = intents
        done = app.executor.execute(intent, Meta(command_id=f"round-{version}", actor="bench"))
        if not done.events:
            return
        event = done.events[-1]


def _recorded(event: Event, version: int) -> Recorded:
    return Recorded(
        service="bundling",
        stream="fee_run-bank",
        version=version,
        position=version,
        partition=0,
        event=event,
        meta=Meta(command_id=f"told-{version}", actor="bench"),
        recorded_at=datetime.now(UTC),
    )


def _account(number: int, dice: random.Random) -> JsonDocument:
    """With the balances of a month that nobody was charged for."""
    customer_id = f"P{number:07}"
    balances = [
        {
            "holding_id": f"H{number}.{product}",
            "product": product,
            "balance_minor": dice.randrange(3_000_000),
            "on": CLOSE.isoformat(),
        }
        for product in ("now", dice.choice(("mmda", "term_deposit")))
    ]
    months = {MONTH: {"balances": balances, "fee": None, "adjustments": []}}
    return {"_id": customer_id, "customer_id": customer_id, "months": months, "open": MONTH}
