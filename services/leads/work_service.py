"""The part of the leads service that is about people: contacts, plans, needs, and who follows whom."""

from collections.abc import Sequence
from typing import Any

import msgspec

from services.leads import projections, reactions, statistics
from services.leads import work_schemas as schemas
from services.leads.asking import (
    MEMBERS,
    OWNERS,
    PLANNERS,
    WORKERS,
    day_of,
    line_of,
    post_of,
    sees_all,
    served_by,
    unit_of,
    units_led,
    whose,
)
from services.leads.calendar import is_working
from services.leads.domain.handover import HANDOVER, OrderHandover
from services.leads.domain.need import NEED, RecordNeed
from services.leads.domain.plan import PLAN, DraftPlan, plan_of
from services.leads.domain.worklog import WORKLOG, LogContact, worklog_of
from services.leads.projections import (
    CUSTOMER_VISITS,
    CUSTOMERS,
    HANDOVERS,
    LEADS,
    NEEDS,
    PLANS,
    VISITS_DUE,
    WORK_DAYS,
    WORK_MONTHS,
    due_by,
    is_new,
)
from services.leads.rules import HANDOVER_BATCH
from services.leads.work_events import HandoverEvent, SalesTarget, Standing
from shared.core.errors import Forbidden, NotYetVisible
from shared.core.reaction import Reaction
from shared.core.recorded import Recorded
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App

MANY = 10_000
"""More than anybody wins in a year."""


class Work:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("POST", "/api/leads/contacts", roles=MEMBERS, body=schemas.LogContact, status=201)
    def log_contact(self, call: Call) -> Accepted:
        contact_id, staff_id, on = call.new_id(), call.principal.staff_id, day_of(call)
        known = self.app.documents(CUSTOMERS, {"_id": call.body["customer_id"]}, limit=1)
        standing: Standing = "new" if is_new(known[0] if known else None, on) else "existing"
        body = {**call.body, "on": on}
        command = LogContact(contact_id=contact_id, staff_id=staff_id, unit_id=unit_of(call), standing=standing, **body)
        done = self.app.execute(WORKLOG, worklog_of(staff_id, on), command, call, creates=True)
        return msgspec.structs.replace(done, id=contact_id)

    @api("GET", "/api/leads/contacts", roles=WORKERS, query=schemas.WorkQuery, view=schemas.DayView)
    def contacts(self, call: Call) -> dict[str, Any]:
        staff_id, on = whose(call), call.query.get("on") or call.today
        found = self.app.documents(WORK_DAYS, {"_id": f"{staff_id}.{on.isoformat()}"}, call, limit=1)
        return statistics.of_day(staff_id, on, found[0] if found else None, working=is_working(on))

    @api("GET", "/api/leads/visits", roles=WORKERS, query=schemas.WorkQuery, view=schemas.VisitList)
    def visits(self, call: Call) -> dict[str, Any]:
        staff_id, on = whose(call), call.query.get("on") or call.today
        projects, customers = (
            self.app.documents(one, due_by(staff_id, on), call, sort="due_on", limit=500)
            for one in (VISITS_DUE, CUSTOMER_VISITS)
        )
        visits = [
            *({**one, "lead_id": one["_id"], "tier": None} for one in projects),
            *({**one, "customer_id": one["_id"], "lead_id": None, "stage": None} for one in customers),
        ]
        return {"staff_id": staff_id, "on": on.isoformat(), "visits": sorted(visits, key=lambda one: one["due_on"])}

    @api("GET", "/api/leads/work/<period>", roles=WORKERS, query=schemas.WorkQuery, view=schemas.PeriodView)
    def work(self, call: Call) -> dict[str, Any]:
        staff_id, period = whose(call), schemas.period(call.path["period"])
        plan = self.app.documents(PLANS, {"_id": plan_of(staff_id, period)}, call, limit=1)
        days = self.app.documents(
            WORK_DAYS, {"staff_id": staff_id, "on": projections.within(period)}, limit=366, without=("contacts",)
        )
        wins = self.app.documents(LEADS, projections.won_by(staff_id, period), limit=MANY, without=projections.HISTORY)
        return statistics.of_period(staff_id, period, plan[0] if plan else None, days, wins)

    @api("POST", "/api/leads/plans/<period>", roles=PLANNERS, body=schemas.DraftPlan, status=201)
    def draft_plan(self, call: Call) -> Accepted:
        period, sales = schemas.period(call.path["period"]), [SalesTarget(**one) for one in call.body["sales"]]
        staff_id, unit_id = self._planned_for(call)
        body = {**call.body, "sales": tuple(sales), "on": day_of(call), "staff_id": staff_id}
        by, units = call.principal.staff_id, units_led(self.app, call)
        command = DraftPlan(unit_id=unit_id, period=period, drafted_by=by, units=units, **body)
        return self.app.execute(PLAN, plan_of(staff_id, period), command, call, creates=True)

    @api("POST", "/api/leads/needs", roles=OWNERS, body=schemas.RecordNeed, status=201)
    def record_need(self, call: Call) -> Accepted:
        need_id, caller = call.new_id(), call.principal
        body = {**call.body, "on": day_of(call)}
        command = RecordNeed(
            need_id=need_id, staff_id=caller.staff_id, unit_id=unit_of(call), line=line_of(call), **body
        )
        return self.app.execute(NEED, need_id, command, call, creates=True)

    @api("GET", "/api/leads/needs", roles=("product", "branch", "ops"), query=schemas.NeedQuery, view=schemas.TopicList)
    def needs(self, call: Call) -> dict[str, Any]:
        return {"topics": self.app.documents(NEEDS, {}, call, sort="-count", limit=call.query["limit"])}

    @api("POST", "/api/leads/handovers", roles=("branch",), body=schemas.OrderHandover, status=201)
    def order_handover(self, call: Call) -> Accepted:
        handover_id, body = call.new_id(), {**call.body, "on": day_of(call)}
        command = OrderHandover(
            handover_id=handover_id,
            served=served_by(self.app, body["from_id"]),
            to_post=post_of(self.app, body["to_id"]),
            by=call.principal.staff_id,
            units=units_led(self.app, call),
            **body,
        )
        return self.app.execute(HANDOVER, handover_id, command, call, creates=True)

    @api("GET", "/api/leads/handovers/<handover_id>", roles=WORKERS, view=schemas.HandoverView)
    def handover(self, call: Call) -> dict[str, Any]:
        found = self.app.document(HANDOVERS, call.path["handover_id"], call)
        caller = call.principal
        if caller.staff_id not in {found["from_id"], found["to_id"]} and not sees_all(call):
            raise Forbidden("not_your_handover", "It is for the two concerned, and for controllers.")
        return found

    def carry_out_handovers(self) -> Reaction:
        return reactions.carry_out_handovers(self._left)

    def count_work(self) -> Reaction:
        return reactions.count_work(self._uncounted)

    def _uncounted(self, month: str) -> Sequence[reactions.Worked]:
        """Who has contacts in a month up to this one that was not counted, as far as any were logged by now."""
        self.app.level(WORK_MONTHS)
        found = self.app.documents(WORK_MONTHS, projections.to_count(month), limit=0)
        return [(one["staff_id"], one["month"]) for one in found]

    def _left(self, order: HandoverEvent, cause: Recorded) -> Sequence[str]:
        """The leads that still have to change hands, as far as they were known when it was ordered."""
        if not self.app.caught_up(LEADS, cause):
            raise NotYetVisible("leads_behind", f"The list of leads has not seen {cause.id} yet.")
        where = projections.to_hand_over(order.line, order.from_id, order.on, order.unit_id)
        found = self.app.documents(LEADS, where, limit=HANDOVER_BATCH, without=projections.HISTORY)
        return [lead["lead_id"] for lead in found]

    def _planned_for(self, call: Call) -> tuple[str, str]:
        """The person and their unit: oneself, or somebody of the unit that one leads."""
        asked, caller = call.body["staff_id"], call.principal
        if asked in {None, caller.staff_id}:
            return caller.staff_id, unit_of(call)
        post = post_of(self.app, asked)
        if "branch" not in caller.roles or post is None:
            raise Forbidden("not_your_plan", f"Only {asked} and who leads their branch may draft it.")
        return asked, post.unit_id
