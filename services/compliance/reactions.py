"""What compliance does about the facts of others: it receives each opening, and watches each transfer."""

import msgspec

from services.bundling.events import OpeningRequested
from services.compliance.domain.opening import OPENING, ReceiveOpening
from services.compliance.domain.watch import WATCH, NoteTransfer
from services.compliance.events import Evidence
from services.registry.events import TransferRecorded
from shared.core.reaction import Intent
from shared.core.recorded import Recorded


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
                unit_id=asked.unit_id,
                evidence=Evidence(**msgspec.structs.asdict(asked.evidence)),
                on=asked.on,
            )
            return [Intent(OPENING, asked.opening_id, command)]
        case _:
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
            )
            return [Intent(WATCH, row.holding_id, command)]
        case _:
            return []
