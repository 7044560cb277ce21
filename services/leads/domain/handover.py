"""An order that somebody's leads go to a successor, carried out in rounds until none is left. Rule L9."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never, cast

import msgspec

from services.leads.domain.group_commands import Post
from services.leads.domain.guards import must_lead
from services.leads.group_events import Line
from services.leads.work_events import HandoverAdvanced, HandoverEvent, HandoverOrdered
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event


class Served(msgspec.Struct, frozen=True):
    """A line that somebody serves at a unit, or ``left``. ``anywhere``: all that they have on it goes, whatever unit it
    is of.
    """

    line: Line
    unit_id: str
    left: bool
    anywhere: bool


class OrderHandover(Command, frozen=True):
    """``served`` and ``to_post`` are what is known of the two, None for nothing; ``units`` those that ``by`` leads."""

    handover_id: str
    from_id: str
    to_id: str
    served: tuple[Served, ...] | None
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
            names = ("handover_id", "line", "from_id", "to_id", "to_unit_id", "on", "unit_id")
            same = {name: getattr(order, name) for name in names}
            return [HandoverAdvanced(**same, round=number, leads=leads, done=done)]
        case _:
            assert_never(command)


def _ordered(c: OrderHandover) -> HandoverOrdered:
    if c.served is None or c.to_post is None:
        unknown = c.from_id if c.served is None else c.to_id
        raise RuleBroken("unknown_staff", f"No staff {unknown} is known here. Check the number.", rule="L9")
    if c.from_id == c.to_id:
        raise RuleBroken("same_person", f"{c.to_id} cannot follow themselves. Name a successor.", rule="L9")
    left = _left(c, c.served, c.to_post)
    if not c.to_post.serves(c.on):
        raise RuleBroken("successor_not_in_post", f"{c.to_id} is not in post on {c.on}.", rule="L9")
    unit_id = None if left.anywhere else left.unit_id
    return HandoverOrdered(
        c.handover_id, left.line, c.from_id, c.to_id, c.to_post.unit_id, c.reason, c.by, c.on, unit_id
    )


def _left(c: OrderHandover, served: Sequence[Served], to_post: Post) -> Served:
    """What changes hands: of what the caller leads and the successor can serve, what was left goes first, and of that
    what was the successor's own unit's.
    """
    if not served:
        message = f"{c.from_id} is no customer manager: there are no leads to hand over."
        raise RuleBroken("not_a_manager", message, rule="L9")
    must_lead(c.units, {one.unit_id for one in served}, f"The work of {c.from_id}")
    mine = [one for one in served if one.unit_id in c.units]
    fitting = [one for one in mine if one.line == to_post.stands_for]
    if not fitting:
        lines = " or ".join(dict.fromkeys(one.line for one in mine))
        message = f"{c.to_id} does not serve the {lines} line, and cannot take over its leads. Name somebody of it."
        raise RuleBroken("other_line", message, rule="L9")
    return min(fitting, key=lambda one: (not one.left, one.unit_id != to_post.unit_id))


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
