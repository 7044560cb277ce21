"""What campaigns decided about one customer, all on one stream: of two that come at the same moment, the log lets one
be first, and the other sees it. Rule L12.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

import msgspec

from services.leads.campaign_events import CustomerDrawn, CustomerKind, Tier
from services.leads.campaign_rules import CAMPAIGN, arm_of, too_close
from shared.core.decider import Command, Decider
from shared.core.event import Event
from shared.core.ids import derived


class DrawCustomer(Command, frozen=True):
    """It is this customer's turn in a campaign. ``on`` is the campaign's day, the rest what is known of them."""

    campaign_id: str
    customer_id: str
    customer_kind: CustomerKind
    outlet_id: str
    tier: Tier | None
    manager_id: str | None
    seed: str
    hold_out_bps: int
    on: date


class ReachState(msgspec.Struct, frozen=True):
    """By campaign: the day of the customer's turn, None where they were spared."""

    turns: Mapping[str, date | None] = {}

    def blocking(self, on: date) -> str | None:
        """A campaign in which they had their turn too lately for another one."""
        return next((other for other, turn in self.turns.items() if turn and too_close(turn, on)), None)


def decide(state: ReachState, c: DrawCustomer) -> Sequence[CustomerDrawn]:
    """The limit comes before the draw: those who are held out are a fair sample of those who could get a lead."""
    if c.campaign_id in state.turns:
        return []
    blocking = state.blocking(c.on)
    arm = "spared" if blocking else arm_of(c.seed, c.campaign_id, c.customer_id, c.hold_out_bps)
    drawn = CustomerDrawn(
        campaign_id=c.campaign_id,
        customer_id=c.customer_id,
        arm=arm,
        lead_id=lead_of(c.campaign_id, c.customer_id) if arm == "contacted" else None,
        blocked_by=blocking,
        customer_kind=c.customer_kind,
        outlet_id=c.outlet_id,
        tier=c.tier,
        manager_id=c.manager_id,
        rules_version=CAMPAIGN.version,
        on=c.on,
    )
    return [drawn]


def lead_of(campaign_id: str, customer_id: str) -> str:
    """A campaign's lead on a customer: the same however often their turn comes."""
    return derived("campaign", campaign_id, customer_id)


def evolve(state: ReachState, event: Event) -> ReachState:
    drawn = cast("CustomerDrawn", event)
    return ReachState({**state.turns, drawn.campaign_id: None if drawn.arm == "spared" else drawn.on})


REACH: Decider[ReachState, DrawCustomer] = Decider("reach", ReachState(), decide, evolve)
