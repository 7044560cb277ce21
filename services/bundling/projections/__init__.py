"""What bundling shows and looks up: offers, a customer's facts, who works on a lead, and what a day's close wakes."""

from services.bundling.projections.composite import COMPOSITES, FEE_RUNS, charges_of, to_charge
from services.bundling.projections.customers import CUSTOMER_FACTS, facts_of, holders
from services.bundling.projections.due import ITEMS_DUE, due_openings
from services.bundling.projections.leads import LEAD_TEAMS
from services.bundling.projections.ledger import HOLDINGS, holdings_of
from services.bundling.projections.offers import OFFERS
from services.bundling.projections.rulebook import RULEBOOKS
from services.bundling.projections.trials import POPULARITY_NOW, TRIALS, due

PROJECTIONS = (
    CUSTOMER_FACTS,
    ITEMS_DUE,
    LEAD_TEAMS,
    OFFERS,
    COMPOSITES,
    FEE_RUNS,
    HOLDINGS,
    RULEBOOKS,
    TRIALS,
    POPULARITY_NOW,
)

__all__ = [
    "COMPOSITES",
    "CUSTOMER_FACTS",
    "FEE_RUNS",
    "HOLDINGS",
    "ITEMS_DUE",
    "LEAD_TEAMS",
    "OFFERS",
    "POPULARITY_NOW",
    "PROJECTIONS",
    "RULEBOOKS",
    "TRIALS",
    "charges_of",
    "due",
    "due_openings",
    "facts_of",
    "holders",
    "holdings_of",
    "to_charge",
]
