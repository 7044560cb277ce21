"""An order that somebody's leads go to a successor, carried out in rounds until none is left. Rule L9."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never, cast

import msgspec

from services.leads import rules
from services.leads.domain.group_commands import Post
from services.leads.domain.guards import must_lead
from services.leads.group_events import Line
from services.leads.work_events import HandoverAdvanced, HandoverEvent, HandoverOrdered
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event


class OrderHandover(Command, frozen=True):
    """``post`` and ``to_post`` are what is known of the two, None for nothing; ``units`` those that ``by`` leads."""

    handover_id: str
    from_id: str
    to_id: str
    post: Post | None
    to_post: Post | None
    reason: str
    by: str
    on: date
    units: frozenset[str] = frozenset()


class AdvanceHandover(Command, frozen=True):
    round: int
    leads: int
    done: bool


HandoverCommand = OrderHandover | AdvanceHandover


class HandoverState(msgspec.Struct, frozen=True):
    ordered: HandoverOrdered | None = None
    round: int = 0


def decide(state: HandoverState, command: HandoverCommand) -> Sequence[HandoverEvent]:
    match command:
        case OrderHandover():
            return [] if state.ordered else [_ordered(command)]
        case AdvanceHandover(round=number, leads=leads, done=done):
            if state.ordered is None or number <= state.round:
                return []
            order = state.ordered
            same = {
                name: getattr(order, name) for name in ("handover_id", "line", "from_id", "to_id", "to_unit_id", "on")
            }
            return [HandoverAdvanced(**same, round=number, leads=leads, done=done)]
        case _:
            assert_never(command)


def _ordered(c: OrderHandover) -> HandoverOrdered:
    line = _line(c.from_id, c.post)
    if c.post is not None:
        must_lead(c.units, {c.post.unit_id}, f"The work of {c.from_id}")
    if c.from_id == c.to_id:
        raise RuleBroken("same_person", f"{c.to_id} cannot follow themselves. Name a successor.", rule="L9")
    if _line(c.to_id, c.to_post) != line or c.to_post is None:
        message = f"{c.to_id} does not serve the {line} line, and cannot take over its leads. Name somebody of it."
        raise RuleBroken("other_line", message, rule="L9")
    if not c.to_post.serves(c.on):
        raise RuleBroken("successor_not_in_post", f"{c.to_id} is not in post on {c.on}.", rule="L9")
    return HandoverOrdered(c.handover_id, line, c.from_id, c.to_id, c.to_post.unit_id, c.reason, c.by, c.on)


def _line(staff_id: str, post: Post | None) -> Line:
    if post is None:
        raise RuleBroken("unknown_staff", f"No staff {staff_id} is known here. Check the number.", rule="L9")
    line = post.stands_for
    if line is None or line == rules.GROUP:
        message = f"{staff_id} is no customer manager (their role is {post.role}): there are no leads to hand over."
        raise RuleBroken("not_a_manager", message, rule="L9")
    return line


def evolve(state: HandoverState, event: Event) -> HandoverState:
    known = cast("HandoverEvent", event)
    match known:
        case HandoverOrdered():
            return HandoverState(known)
        case HandoverAdvanced(round=number):
            return msgspec.structs.replace(state, round=number)
        case _:
            assert_never(known)


HANDOVER: Decider[HandoverState, HandoverCommand] = Decider("handover", HandoverState(), decide, evolve)
