"""Our own facts → the fees of months that are over, a round of customers at a time (rule B4).

A round that comes twice charges nobody twice: what it charged is one commit, on the round's own stream.
"""

from collections.abc import Callable, Iterable, Sequence

from services.bundling.composite_events import FeeRunAdvanced, FeeRunStarted, RunTotal
from services.bundling.domain.fees import BANK, FEE_RUN, FEES, ChargeRound, Charges, EndFeeRun
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

FEE_RUN_FACTS = (FeeRunStarted, FeeRunAdvanced)
ROUND = 400
"""Customers in a round: a bounded piece of work, so that others who use the service do not wait for it."""
MOST_COUNTED = 1_500
"""Balances in a round: it is one commit, and that has an end."""

Turn = Callable[[Recorded, str, str], Sequence[Charges]]
"""Because of a fact, the accounts with fees due up to a month, after an id, in order of it; at most a round of them."""


def charge_fees(turn: Turn) -> Reaction:
    def charge(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case FeeRunStarted(day=day, upto=upto):
                begin = FeeRunAdvanced(day, upto, round=0, after="", customers=0, done=False, total=RunTotal())
                return [_next(begin, turn(recorded, upto, ""))]
            case FeeRunAdvanced(done=False) as last:
                return [_next(last, turn(recorded, last.upto, last.after))]
            case FeeRunAdvanced() as last:
                return [Intent(FEE_RUN, BANK, EndFeeRun(last.day, last.round, last.total))]
        return []

    return charge


def _next(last: FeeRunAdvanced, found: Sequence[Charges]) -> Intent:
    """The round after ``last``. One without anybody ends the run: whether it was done is seen on its own stream."""
    accounts = tuple(_fitting(found))
    number = last.round + 1
    charge = ChargeRound(
        day=last.day,
        upto=last.upto,
        round=number,
        accounts=accounts,
        after=accounts[-1].customer_id if accounts else last.after,
        before=last.total,
        done=len(found) < ROUND and len(accounts) == len(found),
    )
    return Intent(FEES, f"{last.day}.{number}", charge)


def _fitting(accounts: Iterable[Charges]) -> Iterable[Charges]:
    """As many as one commit holds, and one at least."""
    counted = 0
    for account in accounts:
        size = sum(1 + len(month.balances) for month in account.months.values())
        if counted and counted + size > MOST_COUNTED:
            return
        counted += size
        yield account
