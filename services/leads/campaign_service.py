"""The part of the leads service that is about campaigns: who drafts and steers them, their progress, their result."""

from functools import cache, partial
from secrets import token_hex
from typing import Any

import msgspec

from services.leads import campaign_looking as looking
from services.leads import campaign_schemas as schemas
from services.leads.asking import day_of, manager_of, unit_of
from services.leads.campaign_events import Group
from services.leads.campaign_reactions import run_campaigns
from services.leads.campaign_result import result
from services.leads.campaign_rules import PLAN_OVER
from services.leads.domain.campaign import CAMPAIGN
from services.leads.domain.campaign_commands import (
    CampaignCommand,
    CancelCampaign,
    DraftCampaign,
    FinishCampaign,
    PauseCampaign,
    ResumeCampaign,
    StartCampaign,
)
from services.leads.projections import CAMPAIGNS, over
from services.leads.rules import side_of
from shared.core.days import bank_day
from shared.core.reaction import Intent, Reaction
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App
from shared.runtime.every import apart, every
from shared.runtime.wiring import now

STEERERS = ("branch", "product")
WATCHERS = (*STEERERS, "corporate", "retail", "ops", "auditor")
LOOK_SECONDS = 10


class Campaigns:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("POST", "/api/leads/campaigns", roles=STEERERS, body=schemas.DraftCampaign, status=201)
    def draft_campaign(self, call: Call) -> Accepted:
        campaign_id, scope = call.new_id(), _scope(call)
        below = cache(lambda unit_id: frozenset(looking.with_below(self.app, unit_id)))
        body = {**call.body, "products": tuple(call.body["products"]), "on": day_of(call)}
        group = _group(body.pop("group"), scope)
        command = DraftCampaign(
            campaign_id=campaign_id,
            group=group,
            by=call.principal.staff_id,
            unit_id=unit_of(call),
            within=None if scope is None else below(scope),
            known=group.unit_id is None or bool(below(group.unit_id)),
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
        return _shown(campaign, None if campaign["started"] else looking.group_of(self.app, campaign)[1])

    @api("GET", "/api/leads/campaigns/<campaign_id>/result", roles=WATCHERS, view=schemas.ResultView)
    def campaign_result(self, call: Call) -> dict[str, Any]:
        campaign = self.app.document(CAMPAIGNS, call.path["campaign_id"], call)
        days = {name: campaign[name] for name in ("campaign_id", "opened_on", "until")}
        contacted, held_out = (looking.counted_of(self.app, campaign, arm) for arm in ("contacted", "held_out"))
        return {**days, **result(contacted, held_out), "leads": looking.leads_of(self.app, campaign["campaign_id"])}

    @api("POST", "/api/leads/campaigns/<campaign_id>/start", roles=STEERERS, body=schemas.Steer)
    def start_campaign(self, call: Call) -> Accepted:
        outlet_ids, expected = looking.group_of(self.app, looking.campaign_of(self.app, call.path["campaign_id"]))
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
            with apart("finish_what_is_over", campaign_id):
                self.app.carry_out(Intent(CAMPAIGN, campaign_id, command), f"L12/finish/{campaign_id}", "L12")

    def run_campaigns(self) -> Reaction:
        """Asked for once a batch: what it looked up is remembered for that long."""
        plan_of, manager = cache(partial(looking.plan_of, self.app)), cache(partial(manager_of, self.app))
        return run_campaigns(partial(looking.turn, self.app), plan_of, manager)

    def _steer(self, call: Call, command: CampaignCommand) -> Accepted:
        return self.app.execute(CAMPAIGN, call.path["campaign_id"], command, call)


def _who(call: Call) -> tuple[str, str | None]:
    return call.principal.staff_id, _scope(call)


def _scope(call: Call) -> str | None:
    """For which unit the caller plans: who leads a branch for that one, a product manager for the bank."""
    return None if "product" in call.principal.roles else unit_of(call)


def _group(body: dict[str, Any], scope: str | None) -> Group:
    kind = next(one for one in schemas.KINDS if side_of(one) == body["line"])
    return msgspec.convert({**body, "unit_id": body["unit_id"] or scope, "kind": kind}, Group)


def _shown(campaign: dict[str, Any], expected: int | None = None) -> dict[str, Any]:
    counts = {name: campaign[name] for name in ("contacted", "held_out", "spared", "leads", "done")}
    reached = campaign["contacted"] + campaign["held_out"] + campaign["spared"]
    if campaign["started"]:
        expected = campaign["started"]["expected"]
    progress = {**counts, "reached": reached, "expected": expected, "rounds": campaign["round"]}
    return {**campaign, "progress": progress}
