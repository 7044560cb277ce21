"""What leads publishes of scores, and of the cards that they are made with. Rule L5.

Streams: ``score-<lead id>``, beside the lead's own so that a new score is no new version of the lead; and
``scorecards-bank``, all cards that anybody proposed.
"""

from datetime import date
from typing import Literal

import msgspec

from shared.core.event import Event

Fact = str | int | None
"""What was known of an attribute; None where nothing was."""


Occasion = Literal["opening", "contact", "card"]
"""Why a lead is scored: it was opened; somebody spoke with the customer; another card came in force."""


class Part(msgspec.Struct, frozen=True):
    """What one term of a card gave: the bin that matched, its points and the reason in words."""

    attribute: str
    bin: str
    points: int
    reason: str


class LeadScored(Event, frozen=True, tag="lead_scored"):
    """``parts`` add up to ``points``. With the card of that hash and the ``facts``, anyone computes the score again.

    ``card`` is the card's name and version, for people. ``facts`` are by attribute.
    """

    lead_id: str
    card: str
    card_hash: str
    points: int
    parts: tuple[Part, ...]
    facts: dict[str, Fact]
    occasion: Occasion
    on: date


class Trial(msgspec.Struct, frozen=True):
    """A card beside the one in force (``rival_hash``), on the leads that were held back from learning: how many they
    were, how many of them were won, and the AUC of each card in basis points.
    """

    leads: int
    won: int
    auc_bps: int
    rival_hash: str
    rival_auc_bps: int


class ScorecardSubmitted(Event, frozen=True, tag="scorecard_submitted"):
    """A card is proposed, and beat the one in force. ``number`` counts what was submitted, from 1: the same card may be
    submitted again. ``content`` is the card's file.
    """

    number: int
    card: str
    card_hash: str
    content: str
    trial: Trial
    rules_version: int
    by: str
    on: date


class ScorecardPutInForce(Event, frozen=True, tag="scorecard_put_in_force"):
    """A second person approved it: leads are scored with it from here on. ``replaces`` is the hash of the card that was
    in force.
    """

    number: int
    card_hash: str
    replaces: str
    by: str
    on: date


class ScorecardRejected(Event, frozen=True, tag="scorecard_rejected"):
    number: int
    card_hash: str
    reason: str
    by: str
    on: date


ScorecardEvent = ScorecardSubmitted | ScorecardPutInForce | ScorecardRejected
ScoreEvent = LeadScored | ScorecardEvent
