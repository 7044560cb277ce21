"""Which leads a card may learn from and which are held back, and how a card does on those beside another (rule L5)."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from services.leads.score_events import Trial
from services.leads.scorecard.card import Card, card_hash
from services.leads.scorecard.quality import auc
from services.leads.scorecard.score import Row, points_of

FULL_BPS = 10_000


class TrialRules(msgspec.Struct, frozen=True):
    """``held_back_bps`` of all leads are never learned from; a trial needs ``fewest`` of them won and as many lost
    (default).
    """

    version: int
    held_back_bps: int
    fewest: int


TRIAL = TrialRules(version=1, held_back_bps=3_000, fewest=30)


class Ended(NamedTuple):
    """A lead whose outcome is known, and what was known of it when it was opened."""

    facts: Row
    won: bool


def held_back(lead_id: str) -> bool:
    """Follows from the lead's id alone, so that whoever learns and whoever judges agree."""
    digest = hashlib.sha256(lead_id.encode()).digest()
    return int.from_bytes(digest[:8]) % FULL_BPS < TRIAL.held_back_bps


def tried(card: Card, rival: Card, leads: Sequence[Ended]) -> Trial:
    """Both cards on the same leads, which are all held back. Without both outcomes the AUC is that of chance."""
    outcomes = [lead.won for lead in leads]
    return Trial(
        leads=len(leads),
        won=sum(outcomes),
        auc_bps=_auc_bps(card, leads, outcomes),
        rival_hash=card_hash(rival),
        rival_auc_bps=_auc_bps(rival, leads, outcomes),
    )


def _auc_bps(card: Card, leads: Sequence[Ended], outcomes: Sequence[bool]) -> int:
    if len(set(outcomes)) < len((True, False)):
        return FULL_BPS // 2
    return round(auc([points_of(card, lead.facts) for lead in leads], outcomes) * FULL_BPS)
