"""Canonical values of campaigns' tests: mobile banking for a branch's persons who have online banking."""

from datetime import date

from services.leads.campaign_events import CampaignDrafted, CampaignStarted, Group
from services.leads.campaign_reactions import Plan
from services.leads.domain.campaign_commands import DraftCampaign, StartCampaign
from services.leads.domain.reach import DrawCustomer
from tests.services.leads.examples import DAY, OUTLET, PERSON

CAMPAIGN, OTHER = "c-mobile", "c-cards"
CHIEF, BRANCH = "S0090", "B01"
"""The branch's manager, and the branch: outlet O01 is below it."""
UNTIL = date(2026, 11, 30)
SEED = "5f0c1d7e9a3b4c2d8e6f7a1b2c3d4e5f"
GROUP = Group(BRANCH, "person", (), ("online",), ("mobile",))


def drafting(**changes):
    wish = {
        "campaign_id": CAMPAIGN, "name": "手机银行", "group": GROUP, "need": "mobile banking", "products": ("mobile",),
        "value_minor": 20_000, "opened_on": DAY, "until": UNTIL, "by": CHIEF, "unit_id": BRANCH,
        "within": frozenset({BRANCH, OUTLET}), "known": True, "on": DAY,
    }  # fmt: skip
    return DraftCampaign(**wish | changes)


def drafted(campaign_id=CAMPAIGN):
    return CampaignDrafted(
        campaign_id, "手机银行", GROUP, "mobile banking", ("mobile",), 20_000, DAY, UNTIL, CHIEF, BRANCH, DAY
    )


def starting(**changes):
    wish = {"by": CHIEF, "scope": BRANCH, "outlet_ids": (BRANCH, OUTLET), "expected": 40, "seed": SEED, "on": DAY}
    return StartCampaign(**wish | changes)


def started(campaign_id=CAMPAIGN):
    return CampaignStarted(campaign_id, (BRANCH, OUTLET), 40, SEED, 1_000, CHIEF, 1, DAY)


def drawing(customer_id=PERSON, campaign_id=CAMPAIGN, **changes):
    wish = {
        "campaign_id": campaign_id, "customer_id": customer_id, "customer_kind": "person", "outlet_id": OUTLET,
        "tier": None, "manager_id": None, "seed": SEED, "hold_out_bps": 1_000, "on": DAY,
    }  # fmt: skip
    return DrawCustomer(**wish | changes)


PLAN = Plan(CAMPAIGN, "mobile banking", ("mobile",), 20_000, DAY, BRANCH, CHIEF, SEED, 1_000)
