"""What bundling shows and looks up: offers, the facts of each customer, who works on a lead, what a day's close wakes."""

from services.bundling.projections.customers import CUSTOMER_FACTS, facts_of
from services.bundling.projections.due import ITEMS_DUE
from services.bundling.projections.leads import LEAD_TEAMS
from services.bundling.projections.offers import OFFERS

__all__ = ["CUSTOMER_FACTS", "ITEMS_DUE", "LEAD_TEAMS", "OFFERS", "facts_of"]
