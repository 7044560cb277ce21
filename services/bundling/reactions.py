"""What bundling does about the facts of others: the word on an opening, the life of a holding, and what a win sold."""

from services.bundling.domain import OFFER, NoteCheck, NoteHolding, NoteUse, TakeWon
from services.compliance.events import OpeningCleared, OpeningRefused
from services.leads.events import LeadWon
from services.registry.events import ActivityRecorded, HoldingRecorded
from shared.core.reaction import Intent
from shared.core.recorded import Recorded


def offer_won_products(recorded: Recorded) -> list[Intent]:
    """A win, corporate or retail, names what was sold: it stands on the lead's offer as accepted."""
    match recorded.event:
        case LeadWon(products=products) as won if products:
            command = TakeWon(
                lead_id=won.lead_id,
                customer_id=won.customer_id,
                customer_kind=won.customer_kind,
                products=products,
                won_by=won.won_by,
                unit_id=won.unit_id,
                on=won.on,
            )
            return [Intent(OFFER, won.lead_id, command)]
        case _:
            return []


def note_check(recorded: Recorded) -> list[Intent]:
    match recorded.event:
        case OpeningCleared(opening_id=opening_id, lead_id=lead_id):
            return [Intent(OFFER, lead_id, NoteCheck(opening_id=opening_id, cleared=True))]
        case OpeningRefused(opening_id=opening_id, lead_id=lead_id, rule=rule, reason=reason):
            command = NoteCheck(opening_id=opening_id, cleared=False, rule=rule, reason=reason)
            return [Intent(OFFER, lead_id, command)]
        case _:
            return []


def note_bank_fact(recorded: Recorded) -> list[Intent]:
    """What the bank's core system says of a holding that one of our openings led to."""
    match recorded.event:
        case HoldingRecorded(opening_ref=str(opening_id)) as row if lead_id := lead_of(opening_id):
            holding = NoteHolding(
                opening_id=opening_id,
                holding_id=row.holding_id,
                opened_on=row.opened_on,
                closed_on=row.closed_on,
            )
            return [Intent(OFFER, lead_id, holding)]
        case ActivityRecorded(opening_ref=str(opening_id)) as row if lead_id := lead_of(opening_id):
            use = NoteUse(
                opening_id=opening_id,
                authenticated_uses=row.authenticated_uses,
                on=row.business_date,
            )
            return [Intent(OFFER, lead_id, use)]
        case _:
            return []


def lead_of(opening_ref: str) -> str | None:
    """The lead in ``<lead id>.<product>.<attempt>``; None for a reference that is not of this form, so not ours."""
    parts = opening_ref.rsplit(".", 2)
    return parts[0] if len(parts) == 3 and all(parts) and parts[2].isdecimal() else None
