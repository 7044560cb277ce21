"""A draft plan over the whole history (rule I8): who would gain, who would lose, and what it costs."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import rfc8785

from services.incentives.domain.entitlement import entitlement
from services.incentives.domain.facts import Facts
from services.incentives.events import Plan
from services.incentives.rules import ActivePlan, plan_hash
from services.incentives.scores import Score, ranking


class Change(msgspec.Struct, frozen=True):
    """One person under the plans in force and under the draft. ``rank_move`` is positive for a climb;
    ``newly_at_zero``: they had something, and would have nothing.
    """

    staff_id: str
    unit_id: str
    old_milli: int
    new_milli: int
    difference_milli: int
    old_rank: int
    new_rank: int
    rank_move: int
    newly_at_zero: bool


class WhatIf(msgspec.Struct, frozen=True):
    """``cost_milli`` is what the draft pays more in all; ``plan_hash`` is what an approval of it would bind, and
    ``what_if_hash``, of all the rest, what the approver signs with it.
    """

    plan_hash: str
    deals: int
    old_milli: int
    new_milli: int
    cost_milli: int
    newly_at_zero: int
    people: tuple[Change, ...]
    what_if_hash: str = ""


def what_if(deals: Iterable[Facts], plans: Sequence[ActivePlan], draft: Plan) -> WhatIf:
    """Every deal under ``plans`` and under ``draft``, whatever the day on which the draft would take effect."""
    everywhere = msgspec.structs.replace(draft, effective_from=draft.effective_from.min)
    trial = (ActivePlan(everywhere, plan_hash(draft)),)
    old: Counter[str] = Counter()
    new: Counter[str] = Counter()
    units: dict[str, str] = {}
    count = 0
    for facts in deals:
        count += 1
        for paid, known in ((old, tuple(plans)), (new, trial)):
            for step in entitlement(facts, known):
                paid[step.staff_id] += step.points_milli
                units[step.staff_id] = step.unit_id
    people = _changes(old, new, units)
    total = (sum(old.values()), sum(new.values()))
    zero = sum(change.newly_at_zero for change in people)
    found = WhatIf(plan_hash(draft), count, total[0], total[1], total[1] - total[0], zero, people)
    canonical: bytes = rfc8785.dumps(msgspec.to_builtins(found))
    return msgspec.structs.replace(found, what_if_hash=hashlib.sha256(canonical).hexdigest())


def _changes(old: Counter[str], new: Counter[str], units: dict[str, str]) -> tuple[Change, ...]:
    ranks = [
        {
            r.staff_id or "": r.rank
            for r in ranking(Score(staff, unit, {"all": paid[staff]}) for staff, unit in units.items())
        }
        for paid in (old, new)
    ]
    changes = [
        Change(
            staff_id=staff,
            unit_id=units[staff],
            old_milli=old[staff],
            new_milli=new[staff],
            difference_milli=new[staff] - old[staff],
            old_rank=ranks[0][staff],
            new_rank=ranks[1][staff],
            rank_move=ranks[0][staff] - ranks[1][staff],
            newly_at_zero=new[staff] == 0 < old[staff],
        )
        for staff in units
    ]
    return tuple(sorted(changes, key=lambda change: (-change.difference_milli, change.staff_id)))
