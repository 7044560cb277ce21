"""What bundling shows and looks up: offers, the facts about each customer, and who works on a lead."""

from services.bundling.projections.customers import CUSTOMER_FACTS, facts_of
from services.bundling.projections.leads import LEAD_TEAMS
from services.bundling.projections.offers import OFFERS

__all__ = ["CUSTOMER_FACTS", "LEAD_TEAMS", "OFFERS", "facts_of"]
