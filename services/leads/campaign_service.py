"""The part of the leads service that is about campaigns: who drafts and steers them, their progress, their result."""

from collections.abc import Sequence
from functools import cache, partial
from secrets import token_hex
from typing import Any

import msgspec

from services.leads import campaign_schemas as schemas
from services.leads.asking import day_of, manager_of, unit_of
from services.leads.calendar import bank_day
from services.leads.campaign_events import Group
from services.leads.campaign_reactions import Customer, Plan, run_campaigns
from services.leads.campaign_result import Arm, result
from services.leads.campaign_rules import CAMPAIGN as RULES
from services.leads.campaign_rules import PLAN_OVER
from services.leads.domain.campaign import (
    CAMPAIGN,
    CampaignCommand,
    CancelCampaign,
    DraftCampaign,
    FinishCampaign,
    PauseCampaign,
    ResumeCampaign,
    StartCampaign,
)
from services.leads.projections import (
    CAMPAIGNS,
    CUSTOMERS,
    LEADS,
    UNITS,
    drawn_as,
    in_group,
    of_campaign,
    opened_in,
    over,
)
from services.leads.rules import side_of
from shared.core.errors import NotFound, NotYetVisible
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App
from shared.runtime.every import every
from shared.runtime.wiring import now

STEERERS = ("branch", "product")
WATCHERS = (*STEERERS, "corporate", "retail", "ops", "auditor")
LOOK_SECONDS = 60
EVERY = 0


class Campaigns:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("POST", "/api/leads/campaigns", roles=STEERERS, body=schemas.DraftCampaign, status=201)
    def draft_campaign(self, call: Call) -> Accepted:
        campaign_id, scope = call.new_id(), _scope(call)
        body = {**call.body, "products": tuple(call.body["products"]), "on": day_of(call)}
        group = _group(body.pop("group"), scope)
        command = DraftCampaign(
            campaign_id=campaign_id,
            group=group,
            by=call.principal.staff_id,
            unit_id=unit_of(call),
            within=None if scope is None else frozenset(self._with_below(scope)),
            known=group.unit_id is None or bool(self._with_below(group.unit_id)),
            **body,
        )
        return self.app.execute(CAMPAIGN, campaign_id, command, call, creates=True)

    @api("GET", "/api/leads/campaigns", roles=WATCHERS, query=schemas.CampaignQuery, view=schemas.CampaignList)
    def campaigns(self, call: Call) -> dict[str, Any]:
        status = {"status": call.query["status"]} if call.query["status"] else {}
        found = self.app.documents(CAMPAIGNS, status, call, sort="-opened_on", limit=call.query["limit"])
        return {"campaigns": [_shown(one) for one in found]}

    @api("GET", "/api/leads/campaigns/<campaign_id>", roles=WATCHERS, view=schemas.CampaignView)
    def campaign(self, call: Call) -> dict[str, Any]:
        """Before it is started, ``expected`` is how many its group has now."""
        campaign = self.app.document(CAMPAIGNS, call.path["campaign_id"], call)
        return _shown(campaign, None if campaign["started"] else self._group_of(campaign)[1])

    @api("GET", "/api/leads/campaigns/<campaign_id>/result", roles=WATCHERS, view=schemas.ResultView)
    def campaign_result(self, call: Call) -> dict[str, Any]:
        campaign = self.app.document(CAMPAIGNS, call.path["campaign_id"], call)
        days = {name: campaign[name] for name in ("campaign_id", "opened_on", "until")}
        counted = result(self._arm(campaign, "contacted"), self._arm(campaign, "held_out"))
        return {**days, **counted, "leads": self._leads_of(campaign["campaign_id"])}

    @api("POST", "/api/leads/campaigns/<campaign_id>/start", roles=STEERERS, body=schemas.Steer)
    def start_campaign(self, call: Call) -> Accepted:
        outlet_ids, expected = self._group_of(self._campaign(call.path["campaign_id"]))
        return self._steer(call, StartCampaign(*_who(call), outlet_ids, expected, token_hex(16), day_of(call)))

    @api("POST", "/api/leads/campaigns/<campaign_id>/pause", roles=STEERERS, body=schemas.Pause)
    def pause_campaign(self, call: Call) -> Accepted:
        return self._steer(call, PauseCampaign(*_who(call), call.body["reason"], day_of(call)))

    @api("POST", "/api/leads/campaigns/<campaign_id>/resume", roles=STEERERS, body=schemas.Steer)
    def resume_campaign(self, call: Call) -> Accepted:
        return self._steer(call, ResumeCampaign(*_who(call), day_of(call)))

    @api("POST", "/api/leads/campaigns/<campaign_id>/finish", roles=STEERERS, body=schemas.Finish)
    def finish_campaign(self, call: Call) -> Accepted:
        return self._steer(call, FinishCampaign(*_who(call), call.body["reason"], day_of(call)))

    @api("POST", "/api/leads/campaigns/<campaign_id>/cancel", roles=STEERERS, body=schemas.Cancel)
    def cancel_campaign(self, call: Call) -> Accepted:
        return self._steer(call, CancelCampaign(*_who(call), call.body["reason"], call.body["text"], day_of(call)))

    @every(LOOK_SECONDS)
    def finish_what_is_over(self) -> None:
        today = bank_day(now())
        for campaign in self.app.documents(CAMPAIGNS, over(today)):
            command = FinishCampaign(None, None, PLAN_OVER, today)
            campaign_id = campaign["campaign_id"]
            self.app.carry_out(Intent(CAMPAIGN, campaign_id, command), f"L12/finish/{campaign_id}", "L12")

    def run_campaigns(self) -> Reaction:
        """Asked for once a batch: what it looked up is remembered for that long."""
        return run_campaigns(self._turn, cache(self._plan), cache(partial(manager_of, self.app)))

    def _turn(self, campaign_id: str, after: str, cause: Recorded) -> tuple[Plan, Sequence[Customer]]:
        """Once the lists have seen the round before: what readers see is never far behind. A projector that is away
        slows a campaign down, and does not end it.
        """
        if not self.app.caught_up(CAMPAIGNS, cause) and after == "":
            raise NotYetVisible("campaigns_behind", f"The list of campaigns has not seen {cause.id} yet.")
        campaign = self._campaign(campaign_id)
        where = in_group(campaign["group"], campaign["started"]["outlet_ids"], after)
        customers = self.app.documents(CUSTOMERS, where, limit=RULES.batch, without=("holdings", "drawn"))
        return _plan(campaign), customers

    def _plan(self, campaign_id: str) -> Plan:
        return _plan(self._campaign(campaign_id))

    def _campaign(self, campaign_id: str) -> dict[str, Any]:
        for found in self.app.documents(CAMPAIGNS, {"_id": campaign_id}, limit=1):
            return found
        raise NotFound("not_found", f"There is no campaign {campaign_id}.")

    def _group_of(self, campaign: dict[str, Any]) -> tuple[tuple[str, ...] | None, int]:
        """Its units, None for the whole bank, and how many customers it has now."""
        unit_id = campaign["group"]["unit_id"]
        outlet_ids = None if unit_id is None else self._with_below(unit_id)
        return outlet_ids, self.app.live(CUSTOMERS).count_documents(in_group(campaign["group"], outlet_ids))

    def _steer(self, call: Call, command: CampaignCommand) -> Accepted:
        return self.app.execute(CAMPAIGN, call.path["campaign_id"], command, call)

    def _arm(self, campaign: dict[str, Any], arm: str) -> Arm:
        customers, drawn = self.app.live(CUSTOMERS), {"drawn": drawn_as(campaign["campaign_id"], arm)}
        return Arm(customers.count_documents(drawn), customers.count_documents({**drawn, **opened_in(campaign)}))

    def _leads_of(self, campaign_id: str) -> list[dict[str, Any]]:
        counted = [{"$match": of_campaign(campaign_id)}, {"$group": {"_id": "$status", "leads": {"$sum": 1}}}]
        found = {one["_id"]: one["leads"] for one in self.app.live(LEADS).aggregate(counted)}
        return [{"status": status, "leads": leads} for status, leads in sorted(found.items())]

    def _with_below(self, unit_id: str) -> tuple[str, ...]:
        """A unit and those below it, level by level; nothing where it is not known."""
        found: list[str] = []
        level = self.app.documents(UNITS, {"_id": unit_id}, limit=1)
        while level:
            ids = [one["_id"] for one in level]
            found += ids
            level = self.app.documents(UNITS, {"parent_id": {"$in": ids}, "_id": {"$nin": found}}, limit=EVERY)
        return tuple(found)


def _who(call: Call) -> tuple[str, str | None]:
    return call.principal.staff_id, _scope(call)


def _scope(call: Call) -> str | None:
    """For which unit the caller plans: who leads a branch for that one, a product manager for the bank."""
    return None if "product" in call.principal.roles else unit_of(call)


def _group(body: dict[str, Any], scope: str | None) -> Group:
    line, kind = body.pop("line"), body.pop("kind")
    kind = kind or next(one for one in schemas.KINDS if side_of(one) == line)
    body["unit_id"] = body["unit_id"] or scope
    return msgspec.convert({**body, "kind": kind}, Group)


def _plan(campaign: dict[str, Any]) -> Plan:
    started = campaign["started"]
    return msgspec.convert({**campaign, **started, "started_by": started["by"]}, Plan)


def _shown(campaign: dict[str, Any], expected: int | None = None) -> dict[str, Any]:
    counts = {name: campaign[name] for name in ("contacted", "held_out", "spared", "leads", "done")}
    reached = campaign["contacted"] + campaign["held_out"] + campaign["spared"]
    if campaign["started"]:
        expected = campaign["started"]["expected"]
    progress = {**counts, "reached": reached, "expected": expected, "rounds": campaign["round"]}
    return {**campaign, "progress": progress}
