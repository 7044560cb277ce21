"""A draft plan over the whole history (rule I8): who would gain, who would lose, and what it costs."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from services.incentives.domain.entitlement import entitlement
from services.incentives.domain.facts import Facts
from services.incentives.events import Plan
from services.incentives.rules import ActivePlan, plan_hash
from services.incentives.scores import Score, ranking


class Change(msgspec.Struct, frozen=True):
    """One person under the plans in force and under the draft. ``rank_move`` is positive for a climb."""

    staff_id: str
    unit_id: str
    old_milli: int
    new_milli: int
    difference_milli: int
    old_rank: int
    new_rank: int
    rank_move: int


class WhatIf(msgspec.Struct, frozen=True):
    """``cost_milli`` is what the draft pays more in all; ``plan_hash`` is what an approval of it would bind."""

    plan_hash: str
    deals: int
    old_milli: int
    new_milli: int
    cost_milli: int
    people: tuple[Change, ...]


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
    return WhatIf(plan_hash(draft), count, total[0], total[1], total[1] - total[0], people)


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
        )
        for staff in units
    ]
    return tuple(sorted(changes, key=lambda change: (-change.difference_milli, change.staff_id)))
