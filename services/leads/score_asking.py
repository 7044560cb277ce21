"""The card in force, the leads that cards learn from and are judged by: what entrypoints of scores read."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from services.leads.projections import CUSTOMERS, LEADS, SCORECARDS
from services.leads.score_events import LeadScored, ScorecardSubmitted
from services.leads.scorecard.card import Card, card_hash, dump_card
from services.leads.scorecard.default import DEFAULT, SHIPPED
from services.leads.scorecard.loading import load_card
from services.leads.scorecard.score import score
from services.leads.scorecard.trial import Ended
from shared.core.errors import NotYetVisible
from shared.core.recorded import Recorded
from shared.runtime.app import App

KNOWN = ("known_at_opening", "status")
CARDS_AT_HAND = 16

loaded = lru_cache(maxsize=CARDS_AT_HAND)(load_card)
"""A card's file is read once, not for each lead."""


def in_force(app: App) -> Mapping[str, Any] | None:
    """The card that is in force, as the list of cards shows it; None for the one that Liandong ships."""
    found = app.documents(SCORECARDS, {"status": "in_force"}, limit=1)
    return found[0] if found else None


def card_in_force(app: App) -> Card:
    return _card(in_force(app))


def _card(found: Mapping[str, Any] | None) -> Card:
    return card_of(found["content"]) if found else DEFAULT


def shown_in_force(app: App) -> dict[str, Any]:
    found = in_force(app)
    card = _card(found)
    return {
        "number": found["number"] if found else None,
        "card": f"{card.name}@{card.version}",
        "card_hash": card_hash(card),
        "content": dump_card(card).decode(),
    }


def card_of(content: str) -> Card:
    """The card of a file that was checked when it was submitted."""
    return loaded(content.encode(), "the stored card")


def card_named(app: App, digest: str) -> Card | None:
    """A card by its hash: one that Liandong shipped, or one that was submitted."""
    if digest in SHIPPED:
        return SHIPPED[digest]
    found = app.documents(SCORECARDS, {"_id": digest}, limit=1)
    return card_of(found[0]["content"]) if found else None


def customer_of(app: App, customer_id: str) -> Mapping[str, Any] | None:
    return next(iter(app.documents(CUSTOMERS, {"_id": customer_id}, limit=1)), None)


def lead_of(app: App, lead_id: str, cause: Recorded) -> Mapping[str, Any] | None:
    """None for what is no lead. One that the list has not seen yet, though it was opened before the cause, is waited
    for.
    """
    where = {"_id": lead_id, "lead_id": lead_id}
    for found in app.documents(LEADS, where, limit=1, only=WANTED):
        return found
    if not app.caught_up(LEADS, cause):
        raise NotYetVisible("leads_behind", f"The list of leads has not seen {cause.id} yet.")
    return next(iter(app.documents(LEADS, where, limit=1, only=WANTED)), None)


WANTED = ("lead_id", "customer_id", "products", "source")
"""What of a lead's document a score needs."""


def ended(app: App, where: Mapping[str, Any], limit: int) -> list[Ended]:
    """The newest of the leads that were won or lost."""
    found = app.documents(LEADS, where, sort="-opened_on", limit=limit, only=KNOWN)
    return [Ended(one["known_at_opening"], one["status"] == "won") for one in found]


def reproduced(card: Card | None, told: LeadScored) -> bool:
    """Whether a past score comes out the same, computed again from its card and its facts."""
    if card is None:
        return False
    again = score(card, told.facts)
    return (again.card_hash, again.points, again.parts) == (told.card_hash, told.points, told.parts)


def cards_told(submitted: Sequence[ScorecardSubmitted]) -> dict[str, Card]:
    """Every card that the log knows, and every one that was shipped, by hash."""
    return {**SHIPPED, **{one.card_hash: card_of(one.content) for one in submitted}}
