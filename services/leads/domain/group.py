"""Further lines on a lead, and the marketing group (大营销小组) with its leader. Rule L2.

Whoever joins has no share until all owners have accepted a split that names them; until then what was agreed stands.
A line whose share was agreed may leave too: the split that names it is void then, and the others agree anew.
"""

from collections.abc import Sequence

from services.leads import rules
from services.leads.domain.group_commands import GroupCommand, JoinLine, LeaveLine, NameLeader, Post
from services.leads.domain.guards import must_be_free, must_be_open, must_lead, opened
from services.leads.domain.routing import Why, group_routed, owner, routed
from services.leads.domain.split import void_naming
from services.leads.domain.state import LeadState
from services.leads.events import LeadEvent, LeadOpened
from services.leads.group_events import LineLeft
from shared.core.errors import RuleBroken

Events = Sequence[LeadEvent]


def decide(state: LeadState, command: GroupCommand) -> Events:
    match command:
        case JoinLine():
            return join(state, command)
        case LeaveLine():
            return leave(state, command)
        case NameLeader():
            return name_leader(state, command)


def join(state: LeadState, c: JoinLine) -> Events:
    lead = opened(state)
    _must_be_of(state, c.by)
    post = _in_post(c.staff_id, c.post, c)
    line = post.stands_for
    if line not in rules.JOINING_LINES or line is None:
        known = ", ".join(rules.JOINING_LINES)
        message = f"{c.staff_id} stands for none of the lines that may join ({known}). Invite a partner instead."
        raise RuleBroken("not_a_joining_line", message, rule="L2")
    if state.owner_of(line) == c.staff_id:
        return []
    must_be_open(state)
    must_be_free(state, line, c.staff_id)
    why = Why(f"Joined for {line}, asked by {c.by}.", rules.JOINED, c.on)
    return [routed(lead.lead_id, line, owner(c.staff_id, post.unit_id), why)]


def leave(state: LeadState, c: LeaveLine) -> Events:
    lead = opened(state)
    if c.line in rules.OWNER_LINES:
        message = f"The {c.line} side belongs to every lead. Hand it over instead."
        raise RuleBroken("side_stays", message, rule="L2")
    _must_be_of(state, c.by)
    side = state.sides.get(c.line)
    if side is None:
        return []
    must_be_open(state)
    if side.owner_id not in {None, c.by}:
        raise RuleBroken("not_your_side", f"Only {side.owner_id} may take the {c.line} line off the lead.", rule="L2")
    off = void_naming(state, {c.line}, "line_left", c.by)
    return [*off, LineLeft(lead.lead_id, c.line, side.owner_id, c.reason, c.by, c.on)]


def name_leader(state: LeadState, c: NameLeader) -> Events:
    """By an owner, by the leader before, or by branch management of a unit that has to do with the lead. A leader has
    no share: they lead.
    """
    lead = opened(state)
    if c.by_post is None or not _leads(c.by_post):
        _must_be_of(state, c.by)
    elif not _is_of(state, c.by):
        must_lead(c.units, _units(state, lead), "The lead")
    post = _in_post(c.staff_id, c.post, c)
    if not _leads(post):
        message = f"{c.staff_id} is not of branch management (their role is {post.role}) and cannot lead a group."
        raise RuleBroken("not_a_leader", message, rule="L2")
    if state.leads(c.staff_id):
        return []
    must_be_open(state)
    why = Why(f"Named by {c.by}.", rules.NAMED_LEADER, c.on)
    return [group_routed(lead.lead_id, owner(c.staff_id, post.unit_id), why)]


def _leads(post: Post) -> bool:
    return post.stands_for == rules.GROUP


def _in_post(staff_id: str, post: Post | None, c: JoinLine | NameLeader) -> Post:
    if post is None:
        raise RuleBroken("unknown_staff", f"No staff {staff_id} is known here. Check the number.", rule="L2")
    if not post.serves(c.on):
        raise RuleBroken("not_in_post", f"{staff_id} is not in post on {c.on}.", rule="L2")
    return post


def _units(state: LeadState, lead: LeadOpened) -> frozenset[str]:
    """Where the customer belongs, where it was opened, and where each side and the group is owned or waits."""
    held = [*state.sides.values(), *([state.group] if state.group else [])]
    queues = [side.queue.partition(":")[2] for side in held if side.queue]
    return frozenset({lead.outlet_id, lead.unit_id, *(side.unit_id for side in held if side.unit_id), *queues})


def _is_of(state: LeadState, by: str) -> bool:
    return state.line_of(by) is not None or state.leads(by)


def _must_be_of(state: LeadState, by: str) -> None:
    if not _is_of(state, by):
        raise RuleBroken("not_an_owner", "Only an owner of the lead, or who leads its group, may do this.", rule="L2")
