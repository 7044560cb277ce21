"""What the teams read, one collection a screen, and the names that every screen joins to it."""

from services.desk.projections.compliance import (
    COMPLIANCE_ALERTS,
    COMPLIANCE_DESK,
    COMPLIANCE_SAMPLES,
    COMPLIANCE_TRANSFERS,
)
from services.desk.projections.corporate import CORPORATE_DESK
from services.desk.projections.customers import CUSTOMERS
from services.desk.projections.hr import HR_DESK
from services.desk.projections.names import STAFF, UNITS
from services.desk.projections.opportunities import OPPORTUNITIES
from services.desk.projections.plans import PLAN_DESK
from services.desk.projections.relationships import RELATIONSHIPS
from services.desk.projections.retail import RETAIL_DESK

PROJECTIONS = (
    CORPORATE_DESK,
    RETAIL_DESK,
    HR_DESK,
    OPPORTUNITIES,
    CUSTOMERS,
    RELATIONSHIPS,
    STAFF,
    UNITS,
    COMPLIANCE_DESK,
    COMPLIANCE_ALERTS,
    COMPLIANCE_TRANSFERS,
    COMPLIANCE_SAMPLES,
    PLAN_DESK,
)

__all__ = [
    "COMPLIANCE_ALERTS",
    "COMPLIANCE_DESK",
    "COMPLIANCE_SAMPLES",
    "COMPLIANCE_TRANSFERS",
    "CORPORATE_DESK",
    "CUSTOMERS",
    "HR_DESK",
    "OPPORTUNITIES",
    "PLAN_DESK",
    "PROJECTIONS",
    "RELATIONSHIPS",
    "RETAIL_DESK",
    "STAFF",
    "UNITS",
]
