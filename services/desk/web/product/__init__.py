"""The product manager's screens: what is sold and by which rules, drafts and their trial, what works, and campaigns.

Who leads a branch, operations and auditors may look where the API lets them.
"""

from services.desk.web.product import (
    bench,
    campaign,
    campaign_form,
    campaigns,
    catalogue,
    needs,
    results,
    rule_draft,
    rules,
    scorecards,
)
from services.desk.web.product.screen import screen

__all__ = [
    "bench",
    "campaign",
    "campaign_form",
    "campaigns",
    "catalogue",
    "needs",
    "results",
    "rule_draft",
    "rules",
    "scorecards",
    "screen",
]
