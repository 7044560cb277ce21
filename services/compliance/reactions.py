"""What compliance does about the facts of others: it receives each opening, watches each transfer, draws samples."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from services.bundling.events import OpeningRequested
from services.compliance.domain.devices import DEVICE, DEVICES, NoteSignIn
from services.compliance.domain.inspection import INSPECTION, DrawSample, sample_id
from services.compliance.domain.opening import OPENING, ReceiveOpening
from services.compliance.domain.sales import SALES, LookAtMonth
from services.compliance.domain.telephones import TELEPHONE, NoteSharers
from services.compliance.domain.watch import WATCH, ForgetTransfer, NoteTransfer, NoteUse
from services.compliance.events import Evidence
from services.compliance.sampling import Cleared, Drawn, due_draws
from services.registry.events import ActivityRecorded, DayClosed, SignInRecorded, TelephoneShared, TransferRecorded
from shared.core.months import month_over
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

CLOSES = (DayClosed,)
TRANSFERS = (TransferRecorded,)
USES = (ActivityRecorded,)
SIGN_INS = (SignInRecorded,)
SHARERS = (TelephoneShared,)
Sold = Mapping[str, Sequence[tuple[str, date]]]
"""By seller, the openings of a month, each with the day on which it was asked for."""


def receive_opening(recorded: Recorded) -> list[Intent]:
    match recorded.event:
        case OpeningRequested() as asked:
            command = ReceiveOpening(
                opening_id=asked.opening_id,
                lead_id=asked.lead_id,
                product=asked.product,
                customer_id=asked.customer_id,
                customer_kind=asked.customer_kind,
                seller_id=asked.seller_id,
                sellers=asked.sellers,
                unit_id=asked.unit_id,
                evidence=Evidence(**msgspec.structs.asdict(asked.evidence)),
                on=asked.on,
            )
            return [Intent(OPENING, asked.opening_id, command)]
        case _:
            return []


def draw_samples(cleared: Callable[[str], Iterable[Cleared]], drawn_from: Drawn, seed: Callable[[], str]) -> Reaction:
    """A day closed → the samples of the months that are over, where they are not drawn yet. ``cleared`` are the
    openings that were cleared by the end of a month. A bank may close many days at once: neither ``cleared`` nor
    ``drawn_from`` knows of the draws of the same batch.
    """

    def draw(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case DayClosed(business_date=day):
                month = month_over(day)
                return [
                    Intent(INSPECTION, sample_id(unit, of), DrawSample(unit, of, tuple(openings), seed(), day))
                    for (unit, of), openings in due_draws(cleared(month), drawn_from, month).items()
                ]
        return []

    return draw


def watch_device(recorded: Recorded) -> list[Intent]:
    """A sign-in → the device's own record, and the customer's."""
    match recorded.event:
        case SignInRecorded() as row:
            command = NoteSignIn(
                device=row.device,
                customer_id=row.customer_id,
                holding_id=row.holding_id,
                opening_ref=row.opening_ref,
                opened_on=row.opened_on,
                registration=row.kind == "registration",
                on=row.business_date,
            )
            return [Intent(DEVICE, row.device, command), Intent(DEVICES, row.customer_id, command)]
    return []


def watch_telephones(sharing: Callable[[Recorded], Iterable[NoteSharers]]) -> Reaction:
    """Who shares a number, or opens something with a shared one → the watch over that number. ``sharing`` tells of each
    number that a fact is about, once all that it needs is known here.
    """
    return lambda recorded: [Intent(TELEPHONE, one.telephone, one) for one in sharing(recorded)]


def look_at_sales(sold: Callable[[str], Sold]) -> Reaction:
    """A day closed → what everybody sold in the newest month that is over: again each day, for what was noted late."""

    def look(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case DayClosed(business_date=day):
                month = month_over(day)
                return [
                    Intent(SALES, seller, LookAtMonth(seller, month, tuple(openings), day))
                    for seller, openings in sorted(sold(month).items())
                ]
        return []

    return look


def watch_use(recorded: Recorded) -> list[Intent]:
    match recorded.event:
        case ActivityRecorded(opening_ref=str(opening_ref)) as row:
            used = NoteUse(
                holding_id=row.holding_id,
                product=row.product,
                opening_ref=opening_ref,
                uses=row.uses,
                authenticated_uses=row.authenticated_uses,
                on=row.business_date,
            )
            return [Intent(WATCH, row.holding_id, used)]
    return []


def watch_transfer(recorded: Recorded) -> list[Intent]:
    match recorded.event:
        case TransferRecorded() as row:
            command = NoteTransfer(
                transfer_id=row.transfer_id,
                holding_id=row.holding_id,
                opening_ref=row.opening_ref,
                amount_minor=row.amount_minor,
                limit_minor=row.limit_minor,
                at=row.at,
                on=row.business_date,
                direction=row.direction,
                counterparty=row.counterparty,
            )
            noted = Intent(WATCH, row.holding_id, command)
            if row.moved_from is None:
                return [noted]
            return [noted, Intent(WATCH, row.moved_from, ForgetTransfer(row.transfer_id, row.moved_from))]
        case _:
            return []
