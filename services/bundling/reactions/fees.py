"""Our own facts → the fees of months that are over, a round of customers at a time (rule B4).

A round that comes twice, or was cut off in the middle, charges nobody twice: each account knows what it was charged.
"""

from collections.abc import Callable, Sequence

from services.bundling.composite_events import FeeRunAdvanced, FeeRunEvent, FeeRunStarted
from services.bundling.domain.composite import COMPOSITE, FEE_RUN, AdvanceFeeRun, ChargeFees
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

FEE_RUN_FACTS = (FeeRunStarted, FeeRunAdvanced)
ROUND = 500
"""Customers in a round: a bounded piece of work, so that others who use the service do not wait for it."""

Turn = Callable[[Recorded, str, str], Sequence[str]]
"""Because of a fact, the customers whose fees up to a month are open, after an id; at most a round of them."""


def charge_fees(turn: Turn) -> Reaction:
    def charge(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case FeeRunStarted() as started:
                return _round(started, 1, "", turn(recorded, started.upto, ""))
            case FeeRunAdvanced(done=False) as last:
                return _round(last, last.round + 1, last.after, turn(recorded, last.upto, last.after))
        return []

    return charge


def _round(run: FeeRunEvent, number: int, after: str, customers: Sequence[str]) -> list[Intent]:
    charges = [Intent(COMPOSITE, one, ChargeFees(run.upto, run.day)) for one in customers]
    last = customers[-1] if customers else after
    advance = AdvanceFeeRun(number, last, len(customers), done=len(customers) < ROUND)
    return [*charges, Intent(FEE_RUN, run.day.isoformat(), advance)]
