"""A draft plan over the whole history (rule I8): who would gain, who would lose, and what it costs."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from services.incentives.domain.entitlement import entitlement
from services.incentives.domain.facts import Facts
from services.incentives.domain.score import Paid, terms
from services.incentives.events import Plan, WorkNoted
from services.incentives.rules import ActivePlan, content_hash, in_force, plan_hash
from services.incentives.scores import Score, ranking
from shared.core.months import last_day


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


Earned = tuple[str, str, str]
"""Person, month, indicator."""


class Months(msgspec.Struct, frozen=True):
    """The months that are over, in which scores have their terms besides the piece rate (rule I5), and what people's
    work came to, by person and month.
    """

    completed: Collection[str] = frozenset()
    work: Mapping[tuple[str, str], WorkNoted] = {}


NO_MONTHS = Months()


class Tally(msgspec.Struct):
    """Sums over some deals, which add up to those over all of them. ``units``: by person, the unit of their newest
    step.
    """

    deals: int = 0
    old: Counter[Earned] = msgspec.field(default_factory=Counter)
    new: Counter[Earned] = msgspec.field(default_factory=Counter)
    units: dict[str, tuple[date, str]] = msgspec.field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        self.deals += other.deals
        self.old.update(other.old)
        self.new.update(other.new)
        for staff_id, unit in other.units.items():
            self.units[staff_id] = max(unit, self.units.get(staff_id, unit))


def what_if(deals: Iterable[Facts], plans: Sequence[ActivePlan], draft: Plan, months: Months = NO_MONTHS) -> WhatIf:
    """Every deal under ``plans`` and under ``draft``, whatever the day on which the draft would take effect."""
    return table(tally(deals, plans, draft), plans, draft, months)


def tally(deals: Iterable[Facts], plans: Sequence[ActivePlan], draft: Plan) -> Tally:
    """A part of it: of whatever deals there are here."""
    trial = _trial(plans, draft)
    found = Tally()
    for facts in deals:
        found.deals += 1
        for paid, known in ((found.old, tuple(plans)), (found.new, trial)):
            for step in entitlement(facts, known):
                paid[step.staff_id, step.of_period, step.indicator] += step.points_milli
                unit = (step.on, step.unit_id)
                found.units[step.staff_id] = max(unit, found.units.get(step.staff_id, unit))
    return found


def _trial(plans: Sequence[ActivePlan], draft: Plan) -> tuple[ActivePlan, ...]:
    """The plans if the draft were one of them: the year's at all times, a contest in its own, in which its versions
    before go on to pay for what is opened before it begins.
    """
    if draft.until is not None:
        others = (
            known for known in plans if (known.plan.plan_id, known.plan.version) != (draft.plan_id, draft.version)
        )
        return (*others, ActivePlan(draft, plan_hash(draft)))
    always = ActivePlan(msgspec.structs.replace(draft, effective_from=date.min), plan_hash(draft))
    return (always, *(known for known in plans if known.plan.until is not None))


def table(found: Tally, plans: Sequence[ActivePlan], draft: Plan, months: Months = NO_MONTHS) -> WhatIf:
    """What the sums over all deals say, with the scores of the months that are over."""
    worked = {staff: (date.min, work.unit_id) for (staff, _), work in sorted(months.work.items())}
    units = {staff: unit for staff, (_, unit) in {**worked, **found.units}.items()}
    before, after = _scored(found.old, plans, months), _scored(found.new, _trial(plans, draft), months)
    people = _changes(before, after, units)
    old, new = before.total(), after.total()
    zero = sum(change.newly_at_zero for change in people)
    made = WhatIf(plan_hash(draft), found.deals, old, new, new - old, zero, people)
    return msgspec.structs.replace(made, what_if_hash=content_hash(made))


def _scored(earned: Counter[Earned], plans: Sequence[ActivePlan], months: Months) -> Counter[str]:
    """What each person is paid: piece rate, and the other terms of each month that is over."""
    total: Counter[str] = Counter()
    paid: dict[tuple[str, str], list[Paid]] = {key: [] for key in months.work}
    for (staff, month, indicator), points in earned.items():
        total[staff] += points
        paid.setdefault((staff, month), []).append(Paid(indicator, points))
    scoring = {month: active.plan for month in months.completed if (active := in_force(plans, last_day(month)))}
    for (staff, month), lines in paid.items():
        if month in scoring:
            total[staff] += sum(
                term.points_milli for term in terms(scoring[month], lines, months.work.get((staff, month)))
            )
    return total


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
