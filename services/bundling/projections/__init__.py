"""What bundling shows and looks up: offers, a customer's facts, who works on a lead, and what a day's close wakes."""

from services.bundling.projections.composite import COMPOSITES, FEE_RUNS, to_charge
from services.bundling.projections.customers import CUSTOMER_FACTS, facts_of
from services.bundling.projections.due import ITEMS_DUE, due_openings
from services.bundling.projections.leads import LEAD_TEAMS
from services.bundling.projections.ledger import HOLDINGS, holdings_of
from services.bundling.projections.offers import OFFERS
from services.bundling.projections.rulebook import RULEBOOKS

PROJECTIONS = (CUSTOMER_FACTS, ITEMS_DUE, LEAD_TEAMS, OFFERS, COMPOSITES, FEE_RUNS, HOLDINGS, RULEBOOKS)

__all__ = [
    "COMPOSITES",
    "CUSTOMER_FACTS",
    "FEE_RUNS",
    "HOLDINGS",
    "ITEMS_DUE",
    "LEAD_TEAMS",
    "OFFERS",
    "PROJECTIONS",
    "RULEBOOKS",
    "due_openings",
    "facts_of",
    "holdings_of",
    "to_charge",
]
