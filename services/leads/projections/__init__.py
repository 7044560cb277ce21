"""What people and machines read of leads: the leads themselves, staff, what everybody did and planned, unmet needs."""

from services.leads.projections.campaigns import CAMPAIGNS, UNITS, in_group, of_campaign, opened_in, over
from services.leads.projections.customers import CUSTOMERS, drawn_as, is_new, twins_of
from services.leads.projections.duplicates import DUPLICATES, pair_of, undecided
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
from services.leads.projections.periods import within
from services.leads.projections.scores import SCORECARDS, ended_to_judge, ended_to_learn, open_without
from services.leads.projections.staff import STAFF, any_left_behind, handovers_due, left_behind, served
from services.leads.projections.visits import CUSTOMER_VISITS, VISITS_DUE, due_by
from services.leads.projections.work import PLANS, WORK_DAYS, WORK_MONTHS, to_count

PROJECTIONS = (
    LEADS,
    STAFF,
    CUSTOMERS,
    WORK_DAYS,
    WORK_MONTHS,
    PLANS,
    NEEDS,
    HANDOVERS,
    VISITS_DUE,
    CUSTOMER_VISITS,
    CAMPAIGNS,
    UNITS,
    DUPLICATES,
    SCORECARDS,
)

__all__ = [
    "CAMPAIGNS",
    "CUSTOMERS",
    "CUSTOMER_VISITS",
    "DUPLICATES",
    "HANDOVERS",
    "HISTORY",
    "LEADS",
    "NEEDS",
    "PLANS",
    "PROJECTIONS",
    "SCORECARDS",
    "SEE_ALL",
    "STAFF",
    "UNITS",
    "VISITS_DUE",
    "WORK_DAYS",
    "WORK_MONTHS",
    "any_left_behind",
    "drawn_as",
    "due_by",
    "ended_to_judge",
    "ended_to_learn",
    "handovers_due",
    "in_group",
    "is_new",
    "left_behind",
    "of_campaign",
    "open_without",
    "opened_in",
    "over",
    "overdue",
    "owned_by",
    "pair_of",
    "served",
    "to_count",
    "to_hand_over",
    "to_notice",
    "twins_of",
    "undecided",
    "visible_to",
    "waiting_at",
    "within",
    "won_by",
]
