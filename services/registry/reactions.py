"""What follows from registry's own facts: the tiers of a month when it is over, unit by unit, in bounded batches; that
somebody left or moved, when that day is over; and that a holding's balances go where it goes.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol

from services.registry.domain.rows import BALANCE, MoveBalance
from services.registry.domain.staff import STAFF, NoteDay
from services.registry.domain.telephones import TELEPHONE, NoteSharers
from services.registry.domain.tiers import CUSTOMER_TIER, UNIT_TIERS, AssignTier, ContinueTiers, NoteTiers, RequestTiers
from services.registry.events import (
    DayClosed,
    HoldingMoved,
    Rank,
    StaffRecorded,
    TierAssigned,
    TiersComputed,
    TiersContinued,
    TiersRequested,
)
from services.registry.rules.tiers import in_force, rank, tier_of
from shared.core.months import last_day
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

TIER_FACTS = (DayClosed, TiersRequested, TiersComputed, TiersContinued)
STAFF_FACTS = (DayClosed, StaffRecorded)
CLOSES = (DayClosed,)
MOVES = (HoldingMoved,)
TIER_BATCH = 200
"""How many customers one event gives their tiers: a batch of events stays a bounded piece of work."""


class Figures(Protocol):
    """What is known of units and their customers, as it is shown."""

    def wait(self, closed: Recorded) -> None:
        """Return once every fact before the close of a day is seen."""

    def units(self) -> Sequence[str]:
        """The units that have customers."""

    def computed(self, month: str) -> bool:
        """Whether a month's tiers were computed for any unit."""

    def balanced(self, month: str) -> bool:
        """Whether any balance of a month is known."""

    def contributions(self, unit_id: str, month: str, after: str = "", limit: int = 0) -> Sequence[Rank]:
        """What the unit's customers contribute, by id, from the first id over ``after``; all of them for limit 0."""


def follow_tiers(figures: Figures) -> Reaction:
    """A month is ranked when its last day closes; where that day never closed, or had no balances yet, when a later
    one does.
    """

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case DayClosed(business_date=day):
                figures.wait(recorded)
                return _of_the_close(figures, day)
            case TiersRequested(unit_id=unit_id, month=month):
                return [Intent(UNIT_TIERS, unit_id, NoteTiers(computed(figures, unit_id, month)))]
            case TiersComputed(assigns=True) as event:
                return _assign(figures, event, after="")
            case TiersContinued() as event:
                return _assign(figures, event, after=event.after)
            case _:
                return []

    return react


class Posts(Protocol):
    """What is known of the bank's days and of who serves where, as it is shown."""

    def closed(self, recorded: Recorded, before: date | None = None) -> date | None:
        """The newest closed day (before a day), once every fact up to an event is seen."""

    def changing(self, after: date | None, upto: date) -> Sequence[str]:
        """The staff of whom a posting begins or ends on a day over ``after``, up to ``upto``."""


def follow_staff(posts: Posts) -> Reaction:
    """The close of a day brings out who left or moved since the last one; a row that comes late does so at once."""

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case DayClosed(business_date=day):
                after = posts.closed(recorded, before=day)
                return [Intent(STAFF, staff_id, NoteDay(day)) for staff_id in posts.changing(after, day)]
            case StaffRecorded(staff_id=staff_id):
                closed = posts.closed(recorded)
                return [Intent(STAFF, staff_id, NoteDay(closed))] if closed else []
            case _:
                return []

    return react


class Months(Protocol):
    def balanced(self, customer_id: str, holding_id: str) -> Sequence[str]:
        """The months of which a holding's balance is known as the customer's, once all that is recorded is seen."""


def move_balances(months: Months) -> Reaction:
    """What a holding stood at when months ended is the customer's whose it turned out to be (rule R1)."""

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case HoldingMoved(holding_id=holding_id, from_customer_id=one, to_customer_id=other):
                known = months.balanced(one, holding_id)
                return [Intent(BALANCE, f"{holding_id}.{month}", MoveBalance(one, other)) for month in known]
            case _:
                return []

    return react


class Sharing(Protocol):
    def shared(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """By the id of a telephone number, the customers who have it."""


def note_telephones(telephones: Sharing, posts: Posts) -> Reaction:
    """Once a day, when it closes: who shares a number is of no hurry, and costs a look at all of them. Only the newest
    day is told of: who shares it now need not have shared it then.
    """

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case DayClosed(business_date=day) if day == posts.closed(recorded):
                return [
                    Intent(TELEPHONE, telephone, NoteSharers(telephone, customers, day))
                    for telephone, customers in telephones.shared()
                ]
            case _:
                return []

    return react


def requests(units: Iterable[str], month: str) -> list[Intent]:
    return [Intent(UNIT_TIERS, unit_id, RequestTiers(unit_id, month)) for unit_id in units]


def computed(figures: Figures, unit_id: str, month: str) -> TiersComputed:
    """The unit's cut points in a month, by the rules in force on its last day."""
    rules = in_force(last_day(month))
    found = rank(figures.contributions(unit_id, month), rules)
    return TiersComputed(
        unit_id=unit_id,
        month=month,
        customers=found.customers,
        key_customers=found.key_customers,
        level_1_customers=found.level_1_customers,
        contribution_minor=found.contribution_minor,
        key_contribution_minor=found.key_contribution_minor,
        key_share_bps=found.key_share_bps,
        key_last=found.key_last,
        level_1_last=found.level_1_last,
        rules_version=rules.version,
    )


def _of_the_close(figures: Figures, day: date) -> list[Intent]:
    month = f"{day:%Y-%m}"
    ends = day == last_day(month)
    over = month if ends else f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"
    due = figures.balanced(over) and (ends or not figures.computed(over))
    return requests(figures.units(), over) if due else []


def _assign(figures: Figures, event: TiersComputed | TiersContinued, after: str) -> list[Intent]:
    customers = figures.contributions(event.unit_id, event.month, after, TIER_BATCH)
    intents = [Intent(CUSTOMER_TIER, one.customer_id, AssignTier(_tier(event, one))) for one in customers]
    if len(customers) == TIER_BATCH:
        go_on = ContinueTiers(event.month, customers[-1].customer_id)
        intents.append(Intent(UNIT_TIERS, event.unit_id, go_on))
    return intents


def _tier(event: TiersComputed | TiersContinued, one: Rank) -> TierAssigned:
    return TierAssigned(
        customer_id=one.customer_id,
        unit_id=event.unit_id,
        month=event.month,
        tier=tier_of(one, event.key_last, event.level_1_last),
        contribution_minor=one.contribution_minor,
        rules_version=event.rules_version,
    )
