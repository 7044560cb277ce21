"""A lead's score: computed with the card in force, kept with its parts and the facts that it rests on. Rule L5."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

import msgspec

from services.leads.score_events import Fact, LeadScored, Occasion
from services.leads.scorecard.card import Card, card_hash
from services.leads.scorecard.score import score
from shared.core.decider import Command, Decider
from shared.core.event import Event


class ScoreLead(Command, frozen=True):
    """``card`` is the one in force, ``facts`` what is known by attribute."""

    lead_id: str
    card: Card
    facts: Mapping[str, Fact]
    occasion: Occasion
    on: date


class ScoreState(msgspec.Struct, frozen=True):
    """``opening``: what was known when the lead was opened has been kept; it is kept once."""

    latest: LeadScored | None = None
    opening: bool = False


def decide(state: ScoreState, c: ScoreLead) -> Sequence[LeadScored]:
    if state.opening if c.occasion == "opening" else _says_the_same(state, c):
        return []
    made = score(c.card, c.facts)
    facts = dict(c.facts)
    return [LeadScored(c.lead_id, made.card, made.card_hash, made.points, made.parts, facts, c.occasion, c.on)]


def _says_the_same(state: ScoreState, c: ScoreLead) -> bool:
    """The same card on the same facts, on whichever day."""
    latest = state.latest
    return latest is not None and (latest.card_hash, latest.facts) == (card_hash(c.card), c.facts)


def evolve(state: ScoreState, event: Event) -> ScoreState:
    scored = cast("LeadScored", event)
    return ScoreState(scored, state.opening or scored.occasion == "opening")


SCORE: Decider[ScoreState, ScoreLead] = Decider("score", ScoreState(), decide, evolve)
