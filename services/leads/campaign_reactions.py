"""Our own facts → a campaign carried out, a round of customers at a time, and a lead for each who is contacted (L12).

A round's customers follow from the fact before it, so that a round that comes twice, or was cut off in the middle, does
to each customer what it did before: nothing again.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from services.leads.campaign_events import CampaignAdvanced, CampaignResumed, CampaignStarted, CustomerDrawn
from services.leads.campaign_rules import CAMPAIGN as RULES
from services.leads.domain.campaign import CAMPAIGN
from services.leads.domain.campaign_commands import AdvanceCampaign
from services.leads.domain.commands import NamedManager, OpenLead
from services.leads.domain.lead import LEAD
from services.leads.domain.reach import REACH, DrawCustomer
from services.leads.rules import side_of
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

CAMPAIGN_FACTS = (CampaignStarted, CampaignAdvanced, CampaignResumed, CustomerDrawn)
Customer = Mapping[str, Any]
"""As the list of customers shows them."""


class Plan(msgspec.Struct, frozen=True):
    """What of a started campaign its rounds and its leads need."""

    campaign_id: str
    need: str
    products: tuple[str, ...]
    value_minor: int
    opened_on: date
    unit_id: str
    started_by: str
    seed: str
    hold_out_bps: int


Turn = Callable[[str, str, Recorded], tuple[Plan, Sequence[Customer]]]
"""Of a campaign, after a customer, because of a fact: the plan, and whose turn it is, at most a batch of them."""


def run_campaigns(
    turn: Turn, plan_of: Callable[[str], Plan], manager_of: Callable[[str, date], NamedManager | None]
) -> Reaction:
    """``plan_of`` and ``manager_of`` tell what is known of a campaign, and of a manager on a day."""

    def run(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case CampaignStarted(campaign_id=campaign_id):
                return _round(1, "", *turn(campaign_id, "", recorded))
            case CampaignAdvanced(done=False) | CampaignResumed(done=False) as last:
                return _round(last.round + 1, last.after, *turn(last.campaign_id, last.after, recorded))
            case CustomerDrawn(lead_id=str() as lead_id) as drawn:
                key = drawn.manager_id if drawn.tier == "key" else None
                manager = manager_of(key, drawn.on) if key else None
                return [Intent(LEAD, lead_id, _open(drawn, lead_id, plan_of(drawn.campaign_id), manager))]
        return []

    return run


def _round(number: int, after: str, plan: Plan, customers: Sequence[Customer]) -> list[Intent]:
    draws = [Intent(REACH, one["_id"], _draw(plan, one)) for one in customers]
    last = customers[-1]["_id"] if customers else after
    advance = AdvanceCampaign(number, last, len(customers), done=len(customers) < RULES.batch)
    return [*draws, Intent(CAMPAIGN, plan.campaign_id, advance)]


def _draw(plan: Plan, customer: Customer) -> DrawCustomer:
    return DrawCustomer(
        campaign_id=plan.campaign_id,
        customer_id=customer["_id"],
        customer_kind=customer["kind"],
        outlet_id=customer["outlet_id"],
        tier=customer["tier"],
        manager_id=customer["manager_id"],
        seed=plan.seed,
        hold_out_bps=plan.hold_out_bps,
        on=plan.opened_on,
    )


def _open(drawn: CustomerDrawn, lead_id: str, plan: Plan, manager: NamedManager | None) -> OpenLead:
    """Whoever started the campaign opens it, and owns no side of it: both are routed as others' sides are (rule L6)."""
    return OpenLead(
        lead_id=lead_id,
        customer_id=drawn.customer_id,
        customer_kind=drawn.customer_kind,
        need=plan.need,
        products=plan.products,
        source="campaign",
        opened_by=plan.started_by,
        opened_by_line=side_of(drawn.customer_kind),
        unit_id=plan.unit_id,
        outlet_id=drawn.outlet_id,
        value_minor=plan.value_minor,
        on=drawn.on,
        tier=drawn.tier,
        manager=manager,
        campaign_id=drawn.campaign_id,
    )
