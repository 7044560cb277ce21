"""What people and machines read of leads: the leads themselves, staff, what everybody did and planned, unmet needs."""

from services.leads.projections.handovers import HANDOVERS, to_hand_over
from services.leads.projections.leads import (
    HISTORY,
    LEADS,
    SEE_ALL,
    overdue,
    owned_by,
    to_notice,
    visible_to,
    waiting_at,
    won_by,
)
from services.leads.projections.needs import NEEDS
from services.leads.projections.plain import within
from services.leads.projections.staff import STAFF, any_left_behind, handovers_due, left_behind
from services.leads.projections.visits import CUSTOMER_VISITS, VISITS_DUE, due_by
from services.leads.projections.work import CUSTOMERS, PLANS, WORK_DAYS, is_new

PROJECTIONS = (LEADS, STAFF, CUSTOMERS, WORK_DAYS, PLANS, NEEDS, HANDOVERS, VISITS_DUE, CUSTOMER_VISITS)

__all__ = [
    "CUSTOMERS",
    "CUSTOMER_VISITS",
    "HANDOVERS",
    "HISTORY",
    "LEADS",
    "NEEDS",
    "PLANS",
    "PROJECTIONS",
    "SEE_ALL",
    "STAFF",
    "VISITS_DUE",
    "WORK_DAYS",
    "any_left_behind",
    "due_by",
    "handovers_due",
    "is_new",
    "left_behind",
    "overdue",
    "owned_by",
    "to_hand_over",
    "to_notice",
    "visible_to",
    "waiting_at",
    "within",
    "won_by",
]
