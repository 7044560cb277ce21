"""The leads service: its HTTP entrypoints and the events that it listens to."""

from datetime import date
from typing import Any

import msgspec

from services.catalogue import EVENTS, UPCASTS
from services.leads import projections, reactions, schemas, statistics
from services.leads.calendar import bank_day, is_working
from services.leads.domain.commands import (
    AcceptSplit,
    ClaimSide,
    InvitePartner,
    LoseLead,
    OpenLead,
    Post,
    ProposeSplit,
    QualifyLead,
    ReopenLead,
    WinLead,
    WithdrawSplit,
)
from services.leads.domain.lead import LEAD
from services.leads.domain.need import NEED, RecordNeed
from services.leads.domain.plan import PLAN, DraftPlan, plan_of
from services.leads.domain.worklog import WORKLOG, LogContact, worklog_of
from services.leads.events import OwnerLine
from services.leads.overdue import BATCH, command_id, due
from services.leads.projections import CUSTOMERS, LEADS, NEEDS, PLANS, PROJECTIONS, STAFF, WORK_DAYS, is_new
from services.leads.rules import OWNER_LINES
from services.leads.work_events import SalesTarget, Standing
from shared.core.decider import Command
from shared.core.errors import Forbidden, NotFound
from shared.core.reaction import Intent, Reaction
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App
from shared.runtime.every import every
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen
from shared.runtime.wiring import now

OWNERS = ("corporate", "retail")
READERS = (*OWNERS, "branch", "compliance", "ops", "auditor")
WORKERS = (*OWNERS, "branch", "ops", "auditor")
PLANNERS = (*OWNERS, "branch")
CLOCK_SECONDS = 10
MANY = 10_000
"""More than anybody wins in a year."""


class LeadsService:
    name = "leads"
    app: App = Kernel(EVENTS, UPCASTS, PROJECTIONS)

    @api("POST", "/api/leads", roles=OWNERS, body=schemas.OpenLead, status=201)
    def open_lead(self, call: Call) -> Accepted:
        lead_id = call.new_id()
        body = {**call.body, "products": tuple(call.body["products"]), "on": _on(call)}
        command = OpenLead(
            lead_id=lead_id,
            opened_by=call.principal.staff_id,
            opened_by_line=_line(call),
            unit_id=_unit(call),
            **body,
        )
        return self.app.execute(LEAD, lead_id, command, call, creates=True)

    @api("GET", "/api/leads", roles=OWNERS, query=schemas.LeadQuery, view=schemas.LeadList)
    def list(self, call: Call) -> dict[str, Any]:
        asked = call.query
        mine = projections.owned_by(call.principal.staff_id, asked["side"])
        where = projections.waiting_at(_line(call), _unit(call)) if asked["queue"] else mine
        status = {"status": asked["status"]} if asked["status"] else {}
        found = self.app.documents(
            LEADS, {**where, **status}, call, sort="-opened_on", limit=asked["limit"], without=projections.HISTORY
        )
        return {"leads": found}

    @api("GET", "/api/leads/overdue", roles=WORKERS, query=schemas.OverdueQuery, view=schemas.LeadList)
    def overdue(self, call: Call) -> dict[str, Any]:
        caller = call.principal
        late = projections.overdue(bank_day(call.now))
        mine = {"first_contact.owner_id": caller.staff_id}
        where = late if projections.SEE_ALL & set(caller.roles) else {**late, **mine}
        unit = {"units": call.query["unit_id"]} if call.query["unit_id"] else {}
        found = self.app.documents(
            LEADS,
            {**where, **unit},
            call,
            sort="first_contact.due_on",
            limit=call.query["limit"],
            without=projections.HISTORY,
        )
        return {"leads": found}

    @api("GET", "/api/leads/<lead_id>", roles=READERS, view=schemas.LeadView)
    def show(self, call: Call) -> dict[str, Any]:
        caller, lead_id = call.principal, call.path["lead_id"]
        scope = projections.visible_to(caller.staff_id, caller.unit_id, caller.roles)
        for document in self.app.documents(LEADS, {"_id": lead_id, **scope}, call, limit=1):
            return document
        raise NotFound("not_found", f"There is no lead {lead_id}, or it is not of your unit.")

    @api("POST", "/api/leads/<lead_id>/invite", roles=OWNERS, body=schemas.Invite)
    def invite(self, call: Call) -> Accepted:
        staff_id = call.body["staff_id"]
        known = self.app.documents(STAFF, {"_id": staff_id}, limit=1)
        body = {**call.body, "on": _on(call)}
        post = msgspec.convert(known[0], Post) if known else None
        return self._do(call, InvitePartner(by=call.principal.staff_id, post=post, **body))

    @api("POST", "/api/leads/<lead_id>/claim", roles=OWNERS, body=schemas.Claim)
    def claim(self, call: Call) -> Accepted:
        return self._do(call, ClaimSide(call.principal.staff_id, _line(call), _unit(call), _on(call)))

    @api("POST", "/api/leads/<lead_id>/split", roles=OWNERS, body=schemas.Split)
    def split(self, call: Call) -> Accepted:
        shares = tuple((share["line"], share["bps"]) for share in call.body["shares"])
        return self._do(call, ProposeSplit(call.principal.staff_id, shares))

    @api("POST", "/api/leads/<lead_id>/split/withdraw", roles=OWNERS, body=schemas.Withdraw)
    def withdraw_split(self, call: Call) -> Accepted:
        return self._do(call, WithdrawSplit(call.principal.staff_id))

    @api("POST", "/api/leads/<lead_id>/accept", roles=OWNERS, body=schemas.Accept)
    def accept(self, call: Call) -> Accepted:
        return self._do(call, AcceptSplit(call.principal.staff_id, _line(call), call.body["proposal"], _on(call)))

    @api("POST", "/api/leads/<lead_id>/qualify", roles=OWNERS, body=schemas.Qualify)
    def qualify(self, call: Call) -> Accepted:
        return self._do(call, QualifyLead(call.principal.staff_id, _on(call)))

    @api("POST", "/api/leads/<lead_id>/win", roles=OWNERS, body=schemas.Win)
    def win(self, call: Call) -> Accepted:
        products, value_minor = tuple(call.body["products"]), call.body["value_minor"]
        return self._do(call, WinLead(call.principal.staff_id, products, value_minor, _on(call)))

    @api("POST", "/api/leads/<lead_id>/lose", roles=OWNERS, body=schemas.Lose)
    def lose(self, call: Call) -> Accepted:
        return self._do(call, LoseLead(call.principal.staff_id, call.body["reason"], call.body["text"], _on(call)))

    @api("POST", "/api/leads/<lead_id>/reopen", roles=OWNERS, body=schemas.Reopen)
    def reopen(self, call: Call) -> Accepted:
        return self._do(call, ReopenLead(call.principal.staff_id, call.body["reason"], _on(call)))

    @api("POST", "/api/leads/contacts", roles=OWNERS, body=schemas.LogContact, status=201)
    def log_contact(self, call: Call) -> Accepted:
        contact_id, staff_id, on = call.new_id(), call.principal.staff_id, _on(call)
        known = self.app.documents(CUSTOMERS, {"_id": call.body["customer_id"]}, limit=1)
        standing: Standing = "new" if is_new(known[0] if known else None, on) else "existing"
        body = {**call.body, "on": on}
        command = LogContact(contact_id=contact_id, staff_id=staff_id, unit_id=_unit(call), standing=standing, **body)
        done = self.app.execute(WORKLOG, worklog_of(staff_id, on), command, call, creates=True)
        return msgspec.structs.replace(done, id=contact_id)

    @api("GET", "/api/leads/contacts", roles=WORKERS, query=schemas.WorkQuery, view=schemas.DayView)
    def contacts(self, call: Call) -> dict[str, Any]:
        staff_id, on = _whose(call), call.query.get("on") or call.now.date()
        found = self.app.documents(WORK_DAYS, {"_id": f"{staff_id}.{on.isoformat()}"}, call, limit=1)
        return statistics.of_day(staff_id, on, found[0] if found else None, working=is_working(on))

    @api("GET", "/api/leads/work/<period>", roles=WORKERS, query=schemas.WorkQuery, view=schemas.PeriodView)
    def work(self, call: Call) -> dict[str, Any]:
        staff_id, period = _whose(call), schemas.period(call.path["period"])
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
        body = {**call.body, "sales": tuple(sales), "on": _on(call), "staff_id": staff_id}
        command = DraftPlan(unit_id=unit_id, period=period, drafted_by=call.principal.staff_id, **body)
        return self.app.execute(PLAN, plan_of(staff_id, period), command, call, creates=True)

    @api("POST", "/api/leads/needs", roles=OWNERS, body=schemas.RecordNeed, status=201)
    def record_need(self, call: Call) -> Accepted:
        need_id, caller = call.new_id(), call.principal
        body = {**call.body, "on": _on(call)}
        command = RecordNeed(need_id=need_id, staff_id=caller.staff_id, unit_id=_unit(call), line=_line(call), **body)
        return self.app.execute(NEED, need_id, command, call, creates=True)

    @api("GET", "/api/leads/needs", roles=("product", "branch", "ops"), query=schemas.NeedQuery, view=schemas.TopicList)
    def needs(self, call: Call) -> dict[str, Any]:
        return {"topics": self.app.documents(NEEDS, {}, call, sort="-count", limit=call.query["limit"])}

    @listen("registry", "leads.staff", reactions.STAFF_FACTS)
    def post_staff(self) -> Reaction:
        return reactions.post_staff

    @listen("leads", "leads.rosters", reactions.ROSTER_FACTS)
    def run_rosters(self) -> Reaction:
        return reactions.run_rosters

    @listen("leads", "leads.contacts", reactions.CONTACT_FACTS)
    def note_contacts(self) -> Reaction:
        return reactions.note_contacts

    @every(CLOCK_SECONDS)
    def notice_overdue(self) -> None:
        today = bank_day(now())
        for lead in self.app.documents(
            LEADS, projections.to_notice(today), sort="first_contact.due_on", limit=BATCH, without=projections.HISTORY
        ):
            if command := due(lead, today):
                self.app.carry_out(Intent(LEAD, lead["lead_id"], command), command_id(lead, command), "L7")

    @listen("linkage", "leads.opportunities", reactions.OPPORTUNITY_FACTS)
    def follow_opportunities(self) -> Reaction:
        return reactions.follow_opportunities

    def _planned_for(self, call: Call) -> tuple[str, str]:
        """The person and their unit: oneself, or somebody of the unit that one leads."""
        asked, caller = call.body["staff_id"], call.principal
        if asked in {None, caller.staff_id}:
            return caller.staff_id, _unit(call)
        known = self.app.documents(STAFF, {"_id": asked}, limit=1)
        if "branch" not in caller.roles or not known:
            raise Forbidden("not_your_plan", f"Only {asked} and who leads their branch may draft it.")
        return asked, known[0]["unit_id"]

    def _do(self, call: Call, command: Command) -> Accepted:
        return self.app.execute(LEAD, call.path["lead_id"], command, call)


def _on(call: Call) -> date:
    """The business date that the caller names, or today."""
    on: date = call.body.get("on") or call.now.date()
    return on


def _whose(call: Call) -> str:
    """Whose work is asked for: one's own, or for controllers anybody's."""
    asked: str = call.query["staff_id"] or call.principal.staff_id
    if asked != call.principal.staff_id and not projections.SEE_ALL & set(call.principal.roles):
        raise Forbidden("not_your_work", f"What {asked} did is for them and for who leads their branch.")
    return asked


def _line(call: Call) -> OwnerLine:
    """The side for which the caller acts: their role's; with both roles, their own line's."""
    held = [line for line in OWNER_LINES if line in call.principal.roles]
    return next((line for line in held if line == call.principal.line), held[0])


def _unit(call: Call) -> str:
    if call.principal.unit_id is None:
        raise Forbidden("no_unit", "Your token names no unit. Sign in with an account that belongs to one.")
    return call.principal.unit_id
