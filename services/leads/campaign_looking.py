"""What a campaign's rounds and answers ask of the documents: its group, whose turn it is, how each arm stands (L12)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.leads.campaign_reactions import Customer, Plan
from services.leads.campaign_rules import CAMPAIGN as RULES
from services.leads.projections import (
    CAMPAIGNS,
    CUSTOMERS,
    LEADS,
    UNITS,
    drawn_as,
    in_group,
    of_campaign,
    opened_in,
)
from shared.core.errors import NotFound, NotYetVisible
from shared.core.proportions import Proportion
from shared.core.recorded import Recorded
from shared.runtime.app import App

EVERY = 0
Campaign = Mapping[str, Any]
"""As the list of campaigns shows it."""


def campaign_of(app: App, campaign_id: str) -> Campaign:
    for found in app.documents(CAMPAIGNS, {"_id": campaign_id}, limit=1):
        return found
    raise NotFound("not_found", f"There is no campaign {campaign_id}.")


def group_of(app: App, campaign: Campaign) -> tuple[tuple[str, ...] | None, int]:
    """Its units, None for the whole bank, and how many customers it has now."""
    unit_id = campaign["group"]["unit_id"]
    outlet_ids = None if unit_id is None else with_below(app, unit_id)
    return outlet_ids, app.live(CUSTOMERS).count_documents(in_group(campaign["group"], outlet_ids))


def with_below(app: App, unit_id: str) -> tuple[str, ...]:
    """A unit and those below it, level by level; nothing where it is not known."""
    found: list[str] = []
    level = app.documents(UNITS, {"_id": unit_id}, limit=1)
    while level:
        ids = [one["_id"] for one in level]
        found += ids
        level = app.documents(UNITS, {"parent_id": {"$in": ids}, "_id": {"$nin": found}}, limit=EVERY)
    return tuple(found)


def turn(app: App, campaign_id: str, after: str, cause: Recorded) -> tuple[Plan, Sequence[Customer]]:
    """Once the lists have seen the round before: what readers see is never far behind. A projector that is away slows a
    campaign down, and does not end it.
    """
    if not app.caught_up(CAMPAIGNS, cause) and after == "":
        raise NotYetVisible("campaigns_behind", f"The list of campaigns has not seen {cause.id} yet.")
    campaign = campaign_of(app, campaign_id)
    where = in_group(campaign["group"], campaign["started"]["outlet_ids"], after)
    return _plan(campaign), app.documents(CUSTOMERS, where, limit=RULES.batch, without=("holdings", "drawn"))


def plan_of(app: App, campaign_id: str) -> Plan:
    return _plan(campaign_of(app, campaign_id))


def _plan(campaign: Campaign) -> Plan:
    started = campaign["started"]
    return msgspec.convert({**campaign, **started, "started_by": started["by"]}, Plan)


def counted_of(app: App, campaign: Campaign, arm: str) -> Proportion:
    """How many an arm has, and how many of them opened what the campaign is about."""
    customers, drawn = app.live(CUSTOMERS), {"drawn": drawn_as(campaign["campaign_id"], arm)}
    return Proportion(customers.count_documents(drawn), customers.count_documents({**drawn, **opened_in(campaign)}))


def leads_of(app: App, campaign_id: str) -> list[dict[str, Any]]:
    """How many of a campaign's leads stand where."""
    counted = [{"$match": of_campaign(campaign_id)}, {"$group": {"_id": "$status", "leads": {"$sum": 1}}}]
    found = {one["_id"]: one["leads"] for one in app.live(LEADS).aggregate(counted)}
    return [{"status": status, "leads": leads} for status, leads in sorted(found.items())]
