"""The screens of a line's customer managers: their day, their leads, one lead with all that can be done, a new one."""

from flask import Blueprint

from services.desk.web.leads.desk import LeadDesk
from shared.core.projection import Projection


def lead_desk(line: str, projection: Projection) -> Blueprint:
    """The blueprint of one line; its pages are for the role of the same name."""
    return LeadDesk(line, projection).screen()
