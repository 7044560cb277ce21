"""The stages of a customer's project, from design to acceptance. Rule L8."""

from collections.abc import Sequence

from services.leads import rules
from services.leads.calendar import working_day_before
from services.leads.domain.commands import ReachStage
from services.leads.domain.guards import must_be_open, must_follow, opened, own_line
from services.leads.domain.state import LeadState
from services.leads.events import LeadEvent, ProjectStageReached
from shared.core.errors import RuleBroken


def reach(state: LeadState, c: ReachStage) -> Sequence[LeadEvent]:
    """Stages come in their order, and some may be left out; a bid may be put off."""
    own_line(state, c.by)
    before = state.stage
    if before is not None and (before.stage, before.bid_on) == (c.stage, c.bid_on):
        return []
    must_be_open(state)
    must_follow(opened(state), c.on)
    if before is not None and rules.STAGES.index(c.stage) < rules.STAGES.index(before.stage):
        message = f"The project has reached {before.stage} already; {c.stage} comes before it."
        raise RuleBroken("stage_behind", message, rule="L8")
    if (c.bid_on is not None) != (c.stage == "bid"):
        raise RuleBroken("bid_day", "Name the day of the bid with the stage bid, and with no other.", rule="L8")
    papers = c.bid_on and working_day_before(c.bid_on, rules.VISITS.papers_before_bid_days)
    return [ProjectStageReached(opened(state).lead_id, c.stage, c.bid_on, papers, c.by, rules.VISITS.version, c.on)]
