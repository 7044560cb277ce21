"""The rules of campaigns as data, versioned, and who is held out (rule L12).

The contact limit here is about leads: how often a customer may become one by a campaign. A lead is no contact yet:
bundling's limit (B6) counts what customers are offered over all channels, and says no at that moment, whoever's lead it
is. With one campaign lead in 30 days, campaigns alone stay below B6's two contacts a month. Whoever is held out takes
their turn too: other campaigns treat both arms alike, and the comparison stays fair.
"""

from datetime import date
from typing import Literal

import msgspec

from shared.core.draws import drawn

CANCEL_REASONS = ("wrong_group", "product_withdrawn", "complaints", "compliance", "budget", "other")
FINISH_REASONS = ("target_reached", "ended_early", "plan_over")
PLAN_OVER = "plan_over"
"""Why a campaign is finished by itself: everybody had their turn, and its last day is over."""


class CampaignRules(msgspec.Struct, frozen=True):
    """Bps of the group that get no lead; days within which a customer has their turn in one campaign only (defaults).
    ``batch`` is how many customers have their turn in one round: enough to be quick, few enough that others who use
    the service do not wait for it.
    """

    version: int
    hold_out_bps: int
    limit_days: int
    batch: int


CAMPAIGN = CampaignRules(version=1, hold_out_bps=1_000, limit_days=30, batch=200)


def arm_of(seed: str, campaign_id: str, customer_id: str, hold_out_bps: int) -> Literal["contacted", "held_out"]:
    return "held_out" if drawn(hold_out_bps, seed, campaign_id, customer_id) else "contacted"


def too_close(one: date, other: date) -> bool:
    """Whether both would be turns of the same customer within the limit, whichever was first."""
    return abs((one - other).days) < CAMPAIGN.limit_days
