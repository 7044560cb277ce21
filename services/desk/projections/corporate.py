"""What corporate customer managers work with: leads, as their line sees them."""

from services.desk.projections.lead import lead_desk

CORPORATE_DESK = lead_desk("corporate_desk", "corporate")
