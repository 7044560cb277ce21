"""The hand-made card that scores leads until one learned from the bank's own leads beats it on held-back data (L5).

Rule L5 names the parts and leaves the points open; these are a first guess, until a learned card replaces them.
"""

from typing import get_args

from services.leads.events import Tier
from services.leads.scorecard.card import Axis, Card, Groups, Numbers, Term, card_hash

HIGH, MIDDLE, LOW = ("high",), ("middle",), ("low",)


def _term(axis: Axis, *points: int) -> Term:
    return Term((axis,), points)


DEFAULT = Card(
    name="default",
    version=1,
    target="outcome",
    positive="won",
    base=400,
    even_odds_at=500,
    points_to_double_odds=40,
    terms=(
        _term(Groups("fit", (HIGH, MIDDLE, LOW)), 30, 10, -20, 0, 0),
        _term(Groups("value_tier", tuple((tier,) for tier in get_args(Tier))), 30, 20, 10, 0, 0),
        _term(Numbers("contacts_90_days", (1, 3)), -10, 10, 20, 0),
        _term(Numbers("days_since_contact", (8, 31, 91)), 20, 10, 0, -20, -10),
        _term(
            Groups(
                "source", (("linkage",), ("branch", "target_list"), ("phone", "sms", "ebanking_advert", "campaign"))
            ),
            *(30, 10, 0, 0, 0),
        ),
        _term(Numbers("products_held", (1, 3)), -10, 10, 30, 0),
    ),
    note="hand-made: fit, value tier, activity, recency, source, relationship strength",
)
"""What each attribute is, says ``facts``."""

SHIPPED = {card_hash(card): card for card in (DEFAULT,)}
"""Every version that was ever shipped, by its hash: what leads were scored with stays computable."""
