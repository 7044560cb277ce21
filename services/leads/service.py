"""The leads service: its HTTP entrypoints and the events that it listens to."""

from functools import partial
from typing import Any

from services.catalogue import EVENTS, UPCASTS
from services.leads import projections, reactions, schemas
from services.leads.asking import (
    MEMBERS,
    OWNERS,
    WORKERS,
    day_of,
    habits_on,
    known_of,
    leader_at,
    line_of,
    post_of,
    sees_all,
    stands_for,
    unit_of,
)
from services.leads.campaign_reactions import CAMPAIGN_FACTS
from services.leads.campaign_service import Campaigns
from services.leads.domain.commands import (
    AcceptSplit,
    ClaimSide,
    InvitePartner,
    LoseLead,
    OpenLead,
    ProposeSplit,
    QualifyLead,
    ReachStage,
    ReopenLead,
    WinLead,
    WithdrawSplit,
)
from services.leads.domain.lead import LEAD
from services.leads.duplicate_service import Duplicates
from services.leads.group_service import Groups
from services.leads.overdue import BATCH, command_id, due
from services.leads.projections import LEADS, PROJECTIONS
from services.leads.score_reactions import SCORED_FACTS
from services.leads.score_service import Scores
from services.leads.work_service import Work
from shared.core.days import bank_day
from shared.core.decider import Command
from shared.core.errors import NotFound
from shared.core.reaction import Intent, Reaction
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App
from shared.runtime.every import apart, every
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen
from shared.runtime.pace import GENTLE
from shared.runtime.wiring import now

READERS = (*MEMBERS, "branch", "compliance", "ops", "auditor")
CLOCK_SECONDS = 10
SORTS = {"opened_on": "-opened_on", "score": "-score.points"}
"""Newest, or most promising, first."""


class LeadsService(Campaigns, Duplicates, Groups, Scores, Work):
    name = "leads"
    app: App = Kernel(EVENTS, UPCASTS, PROJECTIONS)

    @api("POST", "/api/leads", roles=OWNERS, body=schemas.OpenLead, status=201)
    def open_lead(self, call: Call) -> Accepted:
        lead_id = call.new_id()
        body = {**call.body, "products": tuple(call.body["products"]), "on": day_of(call)}
        despite = body.pop("despite")
        tier, manager = known_of(self.app, body["customer_id"], body["on"])
        command = OpenLead(
            lead_id=lead_id,
            opened_by=call.principal.staff_id,
            opened_by_line=line_of(call),
            unit_id=unit_of(call),
            tier=tier,
            manager=manager,
            habits=habits_on(self.app, body["customer_id"], body["on"]),
            leader=leader_at(self.app, (body["outlet_id"], unit_of(call)), body["on"]),
            **body,
        )
        return self._open(call, command, despite)

    @api("GET", "/api/leads", roles=MEMBERS, query=schemas.LeadQuery, view=schemas.LeadList)
    def list(self, call: Call) -> dict[str, Any]:
        asked = call.query
        mine = projections.owned_by(call.principal.staff_id, asked["side"])
        where = projections.waiting_at(stands_for(call), unit_of(call)) if asked["queue"] else mine
        narrow = {name: asked[name] for name in ("status", "campaign_id") if asked[name]}
        found = self.app.documents(
            LEADS,
            {**where, **narrow},
            call,
            sort=SORTS[asked["sort"]],
            limit=asked["limit"],
            without=projections.HISTORY,
        )
        return {"leads": found}

    @api("GET", "/api/leads/overdue", roles=WORKERS, query=schemas.OverdueQuery, view=schemas.LeadList)
    def overdue(self, call: Call) -> dict[str, Any]:
        caller = call.principal
        late = projections.overdue(call.today)
        mine = {"first_contact.owner_id": caller.staff_id}
        where = late if sees_all(call) else {**late, **mine}
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

    @api("POST", "/api/leads/<lead_id>/invite", roles=MEMBERS, body=schemas.Invite)
    def invite(self, call: Call) -> Accepted:
        body = {**call.body, "on": day_of(call)}
        return self._do(call, InvitePartner(call.principal.staff_id, post=post_of(self.app, body["staff_id"]), **body))

    @api("POST", "/api/leads/<lead_id>/claim", roles=MEMBERS, body=schemas.Claim)
    def claim(self, call: Call) -> Accepted:
        own = stands_for(call)
        line = call.body["line"] or own
        return self._do(call, ClaimSide(call.principal.staff_id, line, unit_of(call), day_of(call), own))

    @api("POST", "/api/leads/<lead_id>/split", roles=MEMBERS, body=schemas.Split)
    def split(self, call: Call) -> Accepted:
        shares = tuple((share["line"], share["bps"]) for share in call.body["shares"])
        return self._do(call, ProposeSplit(call.principal.staff_id, shares))

    @api("POST", "/api/leads/<lead_id>/split/withdraw", roles=MEMBERS, body=schemas.Withdraw)
    def withdraw_split(self, call: Call) -> Accepted:
        return self._do(call, WithdrawSplit(call.principal.staff_id))

    @api("POST", "/api/leads/<lead_id>/accept", roles=MEMBERS, body=schemas.Accept)
    def accept(self, call: Call) -> Accepted:
        return self._do(call, AcceptSplit(call.principal.staff_id, None, call.body["proposal"], day_of(call)))

    @api("POST", "/api/leads/<lead_id>/stage", roles=MEMBERS, body=schemas.ReachStage)
    def reach_stage(self, call: Call) -> Accepted:
        stage, bid_on = call.body["stage"], call.body["bid_on"]
        return self._do(call, ReachStage(call.principal.staff_id, stage, bid_on, day_of(call)))

    @api("POST", "/api/leads/<lead_id>/qualify", roles=MEMBERS, body=schemas.Qualify)
    def qualify(self, call: Call) -> Accepted:
        return self._do(call, QualifyLead(call.principal.staff_id, day_of(call)))

    @api("POST", "/api/leads/<lead_id>/win", roles=MEMBERS, body=schemas.Win)
    def win(self, call: Call) -> Accepted:
        products, value_minor = tuple(call.body["products"]), call.body["value_minor"]
        return self._do(call, WinLead(call.principal.staff_id, products, value_minor, day_of(call)))

    @api("POST", "/api/leads/<lead_id>/lose", roles=MEMBERS, body=schemas.Lose)
    def lose(self, call: Call) -> Accepted:
        return self._do(call, LoseLead(call.principal.staff_id, call.body["reason"], call.body["text"], day_of(call)))

    @api("POST", "/api/leads/<lead_id>/reopen", roles=MEMBERS, body=schemas.Reopen)
    def reopen(self, call: Call) -> Accepted:
        return self._do(call, ReopenLead(call.principal.staff_id, call.body["reason"], day_of(call)))

    @listen("registry", "leads.staff", (*reactions.STAFF_FACTS, *reactions.DAY_FACTS))
    def post_staff(self) -> Reaction:
        """Staff, and the work of a month that is over, in one queue for the same reason as below."""
        return reactions.both(reactions.post_staff, self.count_work())

    @listen("leads", "leads.rosters", reactions.ROSTER_FACTS)
    def run_rosters(self) -> Reaction:
        return reactions.run_rosters

    @listen("leads", "leads.carry_out_handovers", (*reactions.HANDOVER_FACTS, *CAMPAIGN_FACTS))
    def carry_out_rounds(self) -> Reaction:
        """Handovers and campaigns: a queue for each would carry every event of leads once more."""
        return reactions.both(self.carry_out_handovers(), self.run_campaigns())

    @listen("leads", "leads.note_contacts", (*reactions.CONTACT_FACTS, *SCORED_FACTS))
    def note_contacts(self) -> Reaction:
        """First contacts and scores, in one queue for the same reason."""
        return reactions.both(reactions.note_contacts, self.score_leads())

    @every(CLOCK_SECONDS)
    def notice_overdue(self) -> None:
        today = bank_day(now())
        for lead in self.app.documents(
            LEADS, projections.to_notice(today), sort="first_contact.due_on", limit=BATCH, without=projections.HISTORY
        ):
            with apart("notice_overdue", lead["lead_id"]):
                if command := due(lead, today):
                    self.app.carry_out(Intent(LEAD, lead["lead_id"], command), command_id(lead, command), "L7")

    @listen("linkage", "leads.opportunities", reactions.OPPORTUNITY_FACTS, pace=GENTLE)
    def follow_opportunities(self) -> Reaction:
        return reactions.follow_opportunities(partial(known_of, self.app), partial(habits_on, self.app))

    def _do(self, call: Call, command: Command) -> Accepted:
        return self.app.execute(LEAD, call.path["lead_id"], command, call)
