"""What bundling does about the facts of others: the word on an opening, the life of a holding, and what a win sold."""

from collections.abc import Callable, Mapping
from datetime import date

from services.bundling.domain import OFFER, NoteCheck, NoteDayClosed, NoteHolding, NoteUse, TakeWon
from services.bundling.domain.composite import COMPOSITE, DropBalance, NoteBalance
from services.bundling.domain.contacts import CONTACTS, NoteDeclined
from services.bundling.domain.fees import BANK, FEE_RUN, StartFeeRun
from services.bundling.domain.references import lead_of
from services.bundling.events import ItemDeclined
from services.bundling.rules.bundles import Book
from services.bundling.rules.composite import counts
from services.compliance.events import OpeningCleared, OpeningRefused
from services.leads.events import LeadWon
from services.registry.events import ActivityRecorded, BalanceMoved, BalanceRecorded, DayClosed, HoldingRecorded
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

BANK_FACTS = (HoldingRecorded, ActivityRecorded, BalanceRecorded, BalanceMoved, DayClosed)

Due = Callable[[Recorded, date], Mapping[str, tuple[str, ...]]]
"""For the close of a day: by lead, the openings that may have fallen asleep by then."""


def offer_won_products(book_on: Callable[[date], Book]) -> Reaction:
    """A win, corporate or retail, names what was sold: it stands on the lead's offer as accepted."""

    def react(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case LeadWon(products=products) as won if products:
                book = book_on(won.on)
                command = TakeWon(
                    lead_id=won.lead_id,
                    customer_id=won.customer_id,
                    customer_kind=won.customer_kind,
                    products=products,
                    rules_version=book.rules.version,
                    active=book.rules.active,
                    sold=book.sold,
                    won_by=won.won_by,
                    unit_id=won.unit_id,
                    on=won.on,
                )
                return [Intent(OFFER, won.lead_id, command)]
            case _:
                return []

    return react


def note_check(recorded: Recorded) -> list[Intent]:
    match recorded.event:
        case OpeningCleared(opening_id=opening_id, lead_id=lead_id):
            return [Intent(OFFER, lead_id, NoteCheck(opening_id=opening_id, cleared=True))]
        case OpeningRefused(opening_id=opening_id, lead_id=lead_id, rule=rule, reason=reason):
            command = NoteCheck(opening_id=opening_id, cleared=False, rule=rule, reason=reason)
            return [Intent(OFFER, lead_id, command)]
        case _:
            return []


def note_declined(customer_of: Callable[[str], str]) -> Reaction:
    """A customer's no to an item of an offer holds for all their leads (rule B6). ``customer_of``: an offer's id → its
    customer.
    """

    def react(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case ItemDeclined(offer_id=offer_id, product=product, on=on):
                customer_id = customer_of(offer_id)
                return [Intent(CONTACTS, customer_id, NoteDeclined(customer_id, offer_id, product, on))]
            case _:
                return []

    return react


def note_bank_facts(due: Due) -> Reaction:
    """What the bank's core system says of balances and of holdings that our openings led to.

    What the close of a day brings out: openings that fell asleep, and the fees of months that are over.

    All in one subscription: when a day is closed, every fact before it has been noted.
    """

    def react(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case HoldingRecorded(opening_ref=str(opening_id)) as row if lead_id := lead_of(opening_id):
                return [Intent(OFFER, lead_id, NoteHolding(opening_id, row.holding_id, row.opened_on, row.closed_on))]
            case ActivityRecorded(opening_ref=str(opening_id)) as row if lead_id := lead_of(opening_id):
                return [Intent(OFFER, lead_id, NoteUse(opening_id, row.authenticated_uses, row.business_date))]
            case BalanceRecorded() as row:
                corrects = recorded.version > 1  # what is said of a month may have counted until now
                return [Intent(COMPOSITE, row.customer_id, _balance(row))] if corrects or counts(row.product) else []
            case BalanceMoved(from_customer_id=customer_id) as row:
                drop = DropBalance(customer_id, row.holding_id, row.month, row.business_date)
                return [Intent(COMPOSITE, customer_id, drop)]
            case DayClosed(business_date=day):
                asleep = due(recorded, day).items()
                return [
                    *(Intent(OFFER, lead_id, NoteDayClosed(openings, day)) for lead_id, openings in asleep),
                    Intent(FEE_RUN, BANK, StartFeeRun(day)),
                ]
            case _:
                return []

    return react


def _balance(row: BalanceRecorded) -> NoteBalance:
    return NoteBalance(
        customer_id=row.customer_id,
        holding_id=row.holding_id,
        product=row.product,
        month=row.month,
        balance_minor=row.balance_minor,
        currency=row.currency,
        on=row.business_date,
    )
