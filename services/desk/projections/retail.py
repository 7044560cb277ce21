"""What retail customer managers work with: leads, as their line sees them."""

from services.desk.projections.lead import lead_desk

RETAIL_DESK = lead_desk("retail_desk", "retail")
