"""What one person means to do in one year or month. Rule L14."""

from collections.abc import Sequence
from datetime import date
from typing import cast

import msgspec

from services.leads import rules
from services.leads.calendar import DAY, working_day_after
from services.leads.domain.guards import must_lead
from services.leads.work_events import PlanDrafted, SalesTarget
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event
from shared.core.months import last_day


class DraftPlan(Command, frozen=True):
    """``period`` is ``2026`` or ``2026-09``; ``drafted_by`` the person themselves, or who leads their unit; ``units``
    are those that ``drafted_by`` leads.
    """

    staff_id: str
    unit_id: str
    period: str
    visits_new: int
    visits_existing: int
    calls: int
    sales: tuple[SalesTarget, ...]
    value_minor: int
    drafted_by: str
    on: date
    units: frozenset[str] = frozenset()


class PlanState(msgspec.Struct, frozen=True):
    newest: PlanDrafted | None = None


def decide(state: PlanState, c: DraftPlan) -> Sequence[PlanDrafted]:
    """It may be revised while its period lasts; after that it is what the statistics are held against."""
    if c.drafted_by != c.staff_id:
        must_lead(c.units, {c.unit_id}, f"The work of {c.staff_id}")
    products = [target.product for target in c.sales]
    if twice := next((product for product in products if products.count(product) > 1), None):
        raise RuleBroken("product_twice", f"The plan names {twice} twice. Name each product once.", rule="L14")
    begin, end = _days(c.period)
    if c.on > end:
        raise RuleBroken("period_over", f"{c.period} ended on {end}: draft the plan of a later period.", rule="L14")
    before = state.newest
    said = msgspec.structs.asdict(c)
    del said["units"]
    plan = PlanDrafted(
        **said,
        revision=before.revision + 1 if before else 1,
        late=c.on > working_day_after(begin - DAY, rules.DRAFT_WORKING_DAYS),
        rules_version=rules.WORK_VERSION,
    )
    return [] if before is not None and _meant(before) == _meant(plan) else [plan]


def _days(period: str) -> tuple[date, date]:
    """The first and the last day of a year or a month."""
    if "-" not in period:
        return date(int(period), 1, 1), date(int(period), 12, 31)
    return date.fromisoformat(f"{period}-01"), last_day(period)


def _meant(plan: PlanDrafted) -> tuple[object, ...]:
    return plan.visits_new, plan.visits_existing, plan.calls, plan.sales, plan.value_minor


def evolve(_state: PlanState, event: Event) -> PlanState:
    return PlanState(cast("PlanDrafted", event))


def plan_of(staff_id: str, period: str) -> str:
    return f"{staff_id}.{period}"


PLAN: Decider[PlanState, DraftPlan] = Decider("plan", PlanState(), decide, evolve)
