"""The bank's rules by themselves, as many as one core decides: bundles for customers, alerts on a stream of transfers.
Nothing is read or kept: what that costs stands in the rows of the log and the projections.
"""

import random
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from infra.bench.ground import Ground
from infra.bench.measure import Row, in_turn, per_core_second, spread
from services.bundling.rules import bundles
from services.bundling.rules.facts import Facts, Held
from services.compliance.domain.watch import NoteTransfer, alerts_in

SEED = 20260915
CUSTOMERS, TRANSFERS, HOLDINGS = 20_000, 200_000, 20_000
ON = date(2026, 9, 15)
PRODUCTS = ("now", "mmda", "debit_card", "online", "mobile", "telephone", "mortgage", "settlement")


def rules(ground: Ground) -> list[Row]:
    dice = random.Random(SEED)  # noqa: S311 -- the same customers for everybody
    customers = [_customer(n, dice) for n in range(CUSTOMERS)]
    transfers = [_transfer(n, dice) for n in range(TRANSFERS)]
    ways: Sequence[Callable[[], float]] = (
        lambda: per_core_second(CUSTOMERS, lambda: _evaluate(customers)),
        lambda: per_core_second(TRANSFERS, lambda: list(alerts_in(transfers))),
    )
    names = (("rule_evaluation", "customers/s"), ("alert_stream", "transfers/s"))
    rates = in_turn(ground.seen, *ways)
    return [
        Row(name, statistics.median(found), None, unit, spread(found))
        for (name, unit), found in zip(names, rates, strict=True)
    ]


def _evaluate(customers: Sequence[Facts]) -> None:
    """Each rule's yes or no for each customer, with its reasons."""
    for facts in customers:
        bundles.evaluate(bundles.in_force(ON), facts, ON)


def _customer(number: int, dice: random.Random) -> Facts:
    held = tuple(
        Held(
            holding_id=f"H{number}.{product}",
            product=product,
            opened_on=ON - timedelta(days=dice.randrange(2_000)),
            as_of=ON,
            uses={ON - timedelta(days=day): 1 for day in dice.sample(range(90), dice.randrange(12))},
        )
        for product in dice.sample(PRODUCTS, dice.randrange(1, 5))
    )
    return Facts(f"P{number}", dice.choice(("person", "company")), dice.randrange(1940, 2008), ON, held)


def _transfer(number: int, dice: random.Random) -> NoteTransfer:
    """Now and then one near its limit, or of a sum that a pattern may be made of."""
    at = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(seconds=number * 10)
    limit = 5_000_000
    amount = int(limit * min(1.0, dice.expovariate(12)))
    holding = f"H{dice.randrange(HOLDINGS)}"
    return NoteTransfer(
        *(f"T{number}", holding, None, max(1, amount), limit, at, at.date()),
        *(dice.choice(("in", "out")), f"X{dice.randrange(HOLDINGS)}"),
    )
