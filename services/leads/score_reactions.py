"""What our own facts ask of scores: a lead is scored when it is opened, and again after a contact (rule L5)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from services.leads.domain.score import SCORE, ScoreLead
from services.leads.events import LeadOpened
from services.leads.score_events import Occasion
from services.leads.scorecard.card import Card
from services.leads.scorecard.facts import facts_of
from services.leads.work_events import ContactLogged
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

SCORED_FACTS = (LeadOpened, ContactLogged)
Document = Mapping[str, Any]
Found = Callable[[str], Document | None]
FoundBy = Callable[[str, Recorded], Document | None]
"""Once every fact before another is known."""


def score_leads(card: Callable[[], Card], customer: Found, lead: FoundBy) -> Reaction:
    """``card`` is the one in force; ``customer`` and ``lead`` find documents, None where there is none yet."""

    def react(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case LeadOpened(lead_id=lead_id, customer_id=customer_id, products=products, source=source, on=on):
                facts = facts_of(customer(customer_id), products, source, on)
                return [Intent(SCORE, lead_id, ScoreLead(lead_id, card(), facts, "opening", on))]
            case ContactLogged(lead_id=str() as lead_id, customer_id=customer_id, on=on):
                document = lead(lead_id, recorded)
                if document is None or document["customer_id"] != customer_id:
                    return []
                return [scored_again(document, _with_contact(customer(customer_id), on), card(), "contact", on)]
        return []

    return react


def scored_again(lead: Document, customer: Document | None, card: Card, why: Occasion, on: date) -> Intent:
    """A lead's score as it is now."""
    facts = facts_of(customer, lead["products"], lead["source"], on)
    return Intent(SCORE, lead["lead_id"], ScoreLead(lead["lead_id"], card, facts, why, on))


def _with_contact(customer: Document | None, on: date) -> Document:
    """The customers' list may not have heard of the contact yet."""
    known = customer or {}
    return {**known, "contacts": sorted({*known.get("contacts", ()), on.isoformat()})}
