"""What may be wished of a campaign. ``by`` is who asks, by staff number, ``scope`` the unit for which they steer (None
for any), ``on`` the business date.
"""

from datetime import date

from services.leads.campaign_events import Group
from shared.core.decider import Command


class DraftCampaign(Command, frozen=True):
    """``within`` are the units that the caller may choose customers of, None for all; ``known`` says whether the
    group's unit exists.
    """

    campaign_id: str
    name: str
    group: Group
    need: str
    products: tuple[str, ...]
    value_minor: int
    opened_on: date
    until: date
    by: str
    unit_id: str
    within: frozenset[str] | None
    known: bool
    on: date


class StartCampaign(Command, frozen=True):
    """``outlet_ids`` and ``expected`` are the group as it is now: its units, and how many it has."""

    by: str
    scope: str | None
    outlet_ids: tuple[str, ...] | None
    expected: int
    seed: str
    on: date


class AdvanceCampaign(Command, frozen=True):
    round: int
    after: str
    customers: int
    done: bool


class PauseCampaign(Command, frozen=True):
    by: str
    scope: str | None
    reason: str
    on: date


class ResumeCampaign(Command, frozen=True):
    by: str
    scope: str | None
    on: date


class FinishCampaign(Command, frozen=True):
    by: str | None
    scope: str | None
    reason: str
    on: date


class CancelCampaign(Command, frozen=True):
    by: str
    scope: str | None
    reason: str
    text: str
    on: date


CampaignCommand = (
    DraftCampaign | StartCampaign | AdvanceCampaign | PauseCampaign | ResumeCampaign | FinishCampaign | CancelCampaign
)
