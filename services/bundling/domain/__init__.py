"""The offer of one lead: what was proposed to its customer, said to it, checked, opened, used, and fell asleep."""

from services.bundling.domain.commands import (
    AcceptItem,
    DeclineItem,
    Hand,
    NoteCheck,
    NoteDayClosed,
    NoteHolding,
    NoteUse,
    OfferCommand,
    PresentOffer,
    ProposeOffer,
    RequestOpening,
    TakeWon,
)
from services.bundling.domain.decide import OFFER
from services.bundling.domain.state import Offer, OfferItem, Opening, evolve, status

__all__ = [
    "OFFER",
    "AcceptItem",
    "DeclineItem",
    "Hand",
    "NoteCheck",
    "NoteDayClosed",
    "NoteHolding",
    "NoteUse",
    "Offer",
    "OfferCommand",
    "OfferItem",
    "Opening",
    "PresentOffer",
    "ProposeOffer",
    "RequestOpening",
    "TakeWon",
    "evolve",
    "status",
]
