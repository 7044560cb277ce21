"""What leads publishes of campaigns (rule L12): the plan, how far it is, and for each customer what the draw decided.

Streams: ``campaign-<id>``; ``reach-<customer id>``, every campaign's draws of one customer, where the contact limit is
kept.
"""

from datetime import date
from typing import Literal

import msgspec

from shared.core.event import Event

Tier = Literal["key", "level_1", "level_2"]
CustomerKind = Literal["company", "person"]
Arm = Literal["contacted", "held_out", "spared"]
"""Gets a lead; gets none so that the two can be compared; gets none since another campaign reached them lately."""


class Group(msgspec.Struct, frozen=True):
    """Which customers: of a unit and those below it (None: the whole bank), of a kind, in one of ``tiers`` (none named:
    any), who have all of ``holds`` and nothing of ``lacks``.
    """

    unit_id: str | None
    kind: CustomerKind
    tiers: tuple[Tier, ...]
    holds: tuple[str, ...]
    lacks: tuple[str, ...]


class CampaignDrafted(Event, frozen=True, tag="campaign_drafted"):
    """``need``, ``products`` and ``value_minor`` (分) are what each lead says. Its leads are opened on ``opened_on``;
    what its customers open from then until ``until``, both days included, is its result. ``unit_id`` is whose it is.
    """

    campaign_id: str
    name: str
    group: Group
    need: str
    products: tuple[str, ...]
    value_minor: int
    opened_on: date
    until: date
    drafted_by: str
    unit_id: str
    on: date


class CampaignStarted(Event, frozen=True, tag="campaign_started"):
    """``outlet_ids`` are the group's units as they were, None for the whole bank; ``expected`` how many customers the
    group had. ``seed``, drawn by the system and once only, and ``hold_out_bps`` say who is held out: see ``arm_of``.
    """

    campaign_id: str
    outlet_ids: tuple[str, ...] | None
    expected: int
    seed: str
    hold_out_bps: int
    by: str
    rules_version: int
    on: date


class CampaignAdvanced(Event, frozen=True, tag="campaign_advanced"):
    """Round ``round`` had ``customers``, up to the id ``after``; ``done`` where nobody is left."""

    campaign_id: str
    round: int
    after: str
    customers: int
    done: bool


class CampaignPaused(Event, frozen=True, tag="campaign_paused"):
    """No further round begins; one that is under way is carried out."""

    campaign_id: str
    reason: str
    by: str
    on: date


class CampaignResumed(Event, frozen=True, tag="campaign_resumed"):
    """It goes on after round ``round``, which ended at the id ``after``."""

    campaign_id: str
    round: int
    after: str
    done: bool
    by: str
    on: date


class CampaignFinished(Event, frozen=True, tag="campaign_finished"):
    """``by`` is None where its last day was over. Its leads stay, and its result goes on to count until its end."""

    campaign_id: str
    reason: str
    by: str | None
    on: date


class CampaignCancelled(Event, frozen=True, tag="campaign_cancelled"):
    """``reason`` is from the list of the rules; ``text`` is free. The leads that it opened stay."""

    campaign_id: str
    reason: str
    text: str
    by: str
    on: date


class CustomerDrawn(Event, frozen=True, tag="customer_drawn"):
    """What a campaign decided about a customer, with what was known of them then. ``lead_id`` is of the contacted
    alone; ``blocked_by`` is the campaign for whose sake they are spared.
    """

    campaign_id: str
    customer_id: str
    arm: Arm
    lead_id: str | None
    blocked_by: str | None
    customer_kind: CustomerKind
    outlet_id: str
    tier: Tier | None
    manager_id: str | None
    rules_version: int
    on: date


Steering = (
    CampaignDrafted
    | CampaignStarted
    | CampaignAdvanced
    | CampaignPaused
    | CampaignResumed
    | CampaignFinished
    | CampaignCancelled
)
CampaignEvent = Steering | CustomerDrawn
