"""What the teams read, one collection a screen, and the names that every screen joins to it."""

from services.desk.projections.corporate import CORPORATE_DESK
from services.desk.projections.hr import HR_DESK
from services.desk.projections.names import CUSTOMERS, STAFF, UNITS
from services.desk.projections.opportunities import OPPORTUNITIES
from services.desk.projections.plans import PLAN_DESK
from services.desk.projections.retail import RETAIL_DESK

PROJECTIONS = (CORPORATE_DESK, RETAIL_DESK, HR_DESK, OPPORTUNITIES, PLAN_DESK, CUSTOMERS, STAFF, UNITS)

__all__ = [
    "CORPORATE_DESK",
    "CUSTOMERS",
    "HR_DESK",
    "OPPORTUNITIES",
    "PLAN_DESK",
    "PROJECTIONS",
    "RETAIL_DESK",
    "STAFF",
    "UNITS",
]
