"""Where a side of a lead goes, or who leads its group: the one place that writes the decision down. Rules L3 and L6."""

from datetime import date

import msgspec

from services.leads import rules
from services.leads.domain.state import LeadState, Side
from services.leads.events import LeadOpened, LeadRouted
from services.leads.group_events import GroupRouted, Line


class Why(msgspec.Struct, frozen=True):
    """A decision's reason, in words and by the rule that took it; and when."""

    reason: str
    rule: str
    on: date


def routed(lead_id: str, line: Line, to: Side, why: Why) -> LeadRouted:
    return LeadRouted(
        lead_id=lead_id,
        line=line,
        owner_id=to.owner_id,
        owner_unit_id=to.unit_id,
        queue=to.queue,
        reason=why.reason,
        rule=why.rule,
        rules_version=rules.ROUTING_VERSION,
        on=why.on,
    )


def group_routed(lead_id: str, to: Side, why: Why) -> GroupRouted:
    version = rules.ROUTING_VERSION
    return GroupRouted(lead_id, to.owner_id, to.unit_id, to.queue, why.reason, why.rule, version, why.on)


def owner(staff_id: str, unit_id: str) -> Side:
    return Side(staff_id, unit_id, None)


def waiting(queue: str) -> Side:
    return Side(None, None, queue)


def home(state: LeadState, lead: LeadOpened, line: Line) -> Side:
    """The queue to which a side goes back: the two sides belong to the customer's outlet, a line that joined to the
    unit of whoever stood for it.
    """
    side = state.sides.get(line)
    unit_id = lead.outlet_id if line in rules.OWNER_LINES or side is None else side.unit_id or lead.outlet_id
    return waiting(rules.queue_of(line, unit_id))
