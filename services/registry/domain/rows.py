"""One shape for every row of a feed: the newest fact of a business key, and what a further row adds to it (rule R1).

A holding is known by its number alone: where a row names another customer, who had it until then is told, and what it
stood at when months ended goes with it.
"""

from typing import assert_never

import msgspec

from services.registry.events import (
    ActivityRecorded,
    BalanceMoved,
    BalanceRecorded,
    CustomerRecorded,
    DayClosed,
    FeedLoaded,
    HoldingMoved,
    HoldingRecorded,
    RelationshipRecorded,
    SignInRecorded,
    StaffRecorded,
    TransferRecorded,
    UnitRecorded,
)
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken

Fact = (
    UnitRecorded
    | StaffRecorded
    | CustomerRecorded
    | HoldingRecorded
    | BalanceRecorded
    | ActivityRecorded
    | RelationshipRecorded
    | TransferRecorded
    | SignInRecorded
    | DayClosed
)
Moved = HoldingMoved | BalanceMoved
DATED = (ActivityRecorded, TransferRecorded, SignInRecorded, DayClosed)
"""Here the business date is what happened when. In the other facts it says as of when the rest was true."""


class RecordRow(Command, frozen=True):
    """``repeated``: the feed that holds the row was taken in before, under the same name and with the same content."""

    fact: Fact
    repeated: bool = False


class MoveBalance(Command, frozen=True):
    """The holding is another customer's, and so is what it stood at when the month ended."""

    from_customer_id: str
    to_customer_id: str


class NoteFeed(Command, frozen=True):
    loaded: FeedLoaded


class Known(msgspec.Struct, frozen=True):
    """The facts of one business key, oldest first."""

    facts: tuple[Fact, ...] = ()


class Owned(msgspec.Struct, frozen=True):
    """``holders``: the customers who take it for theirs, since nobody told them otherwise."""

    known: Known = Known()
    holders: frozenset[str] = frozenset()


class Taken(msgspec.Struct, frozen=True):
    """How a feed was taken in when it was last loaded."""

    newest: FeedLoaded | None = None


def decide_row(state: Known, command: RecordRow) -> list[Fact]:
    """A row that says the same as the newest fact adds nothing; nor does an old file that is handed over once more,
    though later files have corrected it. What is as of an earlier date than the newest fact cannot correct it.
    """
    match command, state.facts:
        case RecordRow(fact=fact), ():
            return [fact]
        case RecordRow(fact=fact), (*_, newest) if same_content(fact, newest):
            return []
        case RecordRow(fact=fact, repeated=True), facts if any(same_content(fact, known) for known in facts):
            return []
        case RecordRow(fact=fact), (*_, newest) if _is_older(fact, newest):
            raise RuleBroken(
                "older_than_known",
                f"the row is of {fact.business_date}, and one of {newest.business_date} is known already: "
                "send a correction with a business date of its own",
                rule="R1",
            )
        case RecordRow(fact=fact), _:
            return [fact]
        case _:
            assert_never(command)


def decide_transfer(state: Known, command: RecordRow) -> list[Fact]:
    """As any row; what moves to another holding says from which, so that who watches that one can let go of it."""
    return [_moved(fact, state) for fact in decide_row(state, command)]


def _moved(fact: Fact, state: Known) -> Fact:
    before = state.facts[-1] if state.facts else fact
    if isinstance(fact, TransferRecorded) and isinstance(before, TransferRecorded):
        moved_from = None if fact.holding_id == before.holding_id else before.holding_id
        return msgspec.structs.replace(fact, moved_from=moved_from)
    return fact


def evolve_row(state: Known, event: Fact) -> Known:
    return Known(facts=(*state.facts, event))


def decide_owned(state: Owned, command: RecordRow) -> list[Fact | Moved]:
    """Who was not told, since there was no such event yet, is told with the next row that says the same: what is known
    is recorded once more behind it, so that the newest fact stays the last of the stream.
    """
    made = decide_row(state.known, command)
    newest = [*state.known.facts, *made][-1]
    if not isinstance(newest, HoldingRecorded | BalanceRecorded) or not same_content(command.fact, newest):
        return [*made]  # an old file: what it says was corrected since
    moved = [_leaving(one, newest) for one in sorted(state.holders - {newest.customer_id})]
    return [*moved, newest] if moved else [*made]


def _leaving(customer_id: str, row: HoldingRecorded | BalanceRecorded) -> Moved:
    match row:
        case HoldingRecorded():
            return HoldingMoved(row.holding_id, customer_id, row.customer_id, row.business_date)
        case BalanceRecorded():
            return BalanceMoved(row.holding_id, row.month, customer_id, row.customer_id, row.business_date)
        case _:
            assert_never(row)


def decide_balance(state: Owned, command: RecordRow | MoveBalance) -> list[Fact | Moved]:
    """A sum stays as of the day of which the bank told it, whoever's it turns out to be."""
    match command, state.known.facts:
        case RecordRow() as row, _:
            return decide_owned(state, row)
        case MoveBalance(from_customer_id=one, to_customer_id=other), (*_, BalanceRecorded() as newest):
            if one not in state.holders:
                return []
            theirs = msgspec.structs.replace(newest, customer_id=other) if newest.customer_id == one else newest
            return decide_owned(state, RecordRow(theirs))
        case _:
            return []


def evolve_owned(state: Owned, event: Fact | Moved) -> Owned:
    match event:
        case HoldingMoved(from_customer_id=one) | BalanceMoved(from_customer_id=one):
            return msgspec.structs.replace(state, holders=state.holders - {one})
        case HoldingRecorded(customer_id=one) | BalanceRecorded(customer_id=one):
            return Owned(evolve_row(state.known, event), state.holders | {one})
        case _:
            return Owned(evolve_row(state.known, event), state.holders)


def decide_feed(state: Taken, command: NoteFeed) -> list[FeedLoaded]:
    """Loading a feed again is a fact only if it brought something new; nor is a load that was killed after its note."""
    match command:
        case NoteFeed(loaded=loaded) if loaded == state.newest:
            return []
        case NoteFeed(loaded=loaded):
            before = state.newest
            if before is not None and loaded.recorded == 0 and loaded.rejected == before.rejected:
                return []
            return [loaded]
        case _:
            assert_never(command)


def evolve_feed(state: Taken, event: FeedLoaded) -> Taken:
    match event:
        case FeedLoaded():
            return msgspec.structs.replace(state, newest=event)
        case _:
            assert_never(event)


def same_content(one: Fact, other: Fact) -> bool:
    """Whether two facts of one key say the same; the date as of which they say it does not count."""
    if isinstance(one, TransferRecorded) and isinstance(other, TransferRecorded):
        return msgspec.structs.replace(one, moved_from=other.moved_from) == other
    if isinstance(one, DATED) or type(one) is not type(other):
        return one == other
    return msgspec.structs.replace(one, business_date=other.business_date) == other


def _is_older(fact: Fact, newest: Fact) -> bool:
    return not isinstance(fact, DATED) and fact.business_date < newest.business_date


def _rows(category: str) -> Decider[Known, RecordRow]:
    return Decider(category=category, initial=Known(), decide=decide_row, evolve=evolve_row)


UNIT = _rows("unit")
HOLDING: Decider[Owned, RecordRow] = Decider("holding", Owned(), decide_owned, evolve_owned)
BALANCE: Decider[Owned, RecordRow | MoveBalance] = Decider("balance", Owned(), decide_balance, evolve_owned)
ACTIVITY = _rows("activity")
RELATIONSHIP = _rows("relationship")
TRANSFER: Decider[Known, RecordRow] = Decider("transfer", Known(), decide_transfer, evolve_row)
SIGN_IN = _rows("sign_in")
DAY = _rows("day")
FEED: Decider[Taken, NoteFeed] = Decider("feed", Taken(), decide_feed, evolve_feed)
