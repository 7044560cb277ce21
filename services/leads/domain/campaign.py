"""A campaign: drafted, started, carried out in rounds, paused and resumed, finished or cancelled. Rule L12."""

from collections.abc import Sequence
from typing import Literal, assert_never, cast

import msgspec

from services.leads.campaign_events import (
    CampaignAdvanced,
    CampaignCancelled,
    CampaignDrafted,
    CampaignFinished,
    CampaignPaused,
    CampaignResumed,
    CampaignStarted,
    Steering,
)
from services.leads.campaign_rules import CAMPAIGN as RULES
from services.leads.campaign_rules import CANCEL_REASONS, FINISH_REASONS
from services.leads.domain.campaign_commands import (
    AdvanceCampaign,
    CampaignCommand,
    CancelCampaign,
    DraftCampaign,
    FinishCampaign,
    PauseCampaign,
    ResumeCampaign,
    StartCampaign,
)
from shared.core.decider import Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event

Status = Literal["new", "drafted", "started", "paused", "finished", "cancelled"]


class CampaignState(msgspec.Struct, frozen=True):
    """``round`` and ``after``: the last round, and the id at which it ended."""

    drafted: CampaignDrafted | None = None
    status: Status = "new"
    round: int = 0
    after: str = ""
    done: bool = False


def decide(state: CampaignState, c: CampaignCommand) -> Sequence[Steering]:  # noqa: PLR0911 -- one match
    match c:
        case DraftCampaign():
            return [] if state.drafted else [_drafted(c)]
        case AdvanceCampaign(round=number):
            if state.drafted is None or state.status != "started" or number <= state.round:
                return []
            return [CampaignAdvanced(state.drafted.campaign_id, number, c.after, c.customers, c.done)]
        case StartCampaign():
            return _start(state, c)
        case PauseCampaign(reason=reason, by=by, on=on):
            campaign = _steered(state, c.scope, {"started", "paused"}, "paused")
            return [] if state.status == "paused" else [CampaignPaused(campaign.campaign_id, reason, by, on)]
        case ResumeCampaign(by=by, on=on):
            campaign = _steered(state, c.scope, {"started", "paused"}, "resumed")
            if state.status == "started":
                return []
            return [CampaignResumed(campaign.campaign_id, state.round, state.after, state.done, by, on)]
        case FinishCampaign(reason=reason, by=by, on=on):
            campaign = _steered(state, c.scope, {"started", "paused", "finished"}, "finished")
            _must_be_one_of(reason, FINISH_REASONS)
            return [] if state.status == "finished" else [CampaignFinished(campaign.campaign_id, reason, by, on)]
        case CancelCampaign(reason=reason, text=text, by=by, on=on):
            campaign = _steered(state, c.scope, {"drafted", "started", "paused", "cancelled"}, "cancelled")
            _must_be_one_of(reason, CANCEL_REASONS)
            ended = state.status == "cancelled"
            return [] if ended else [CampaignCancelled(campaign.campaign_id, reason, text, by, on)]
        case _:
            assert_never(c)


def _drafted(c: DraftCampaign) -> CampaignDrafted:
    if c.until < c.opened_on:
        message = f"The campaign ends on {c.until}, before it opens on {c.opened_on}."
        raise RuleBroken("ends_before_it_opens", message, rule="L12")
    if both := sorted({*c.group.holds} & {*c.group.lacks}):
        message = f"Nobody holds and lacks {', '.join(both)}: name each product in one of the two."
        raise RuleBroken("holds_and_lacks", message, rule="L12")
    if not c.known:
        raise RuleBroken("unknown_unit", f"No unit {c.group.unit_id} is known here. Check the number.", rule="L12")
    if c.within is not None and c.group.unit_id not in c.within:
        message = f"{c.group.unit_id or 'The whole bank'} is more than your own unit: name it, or one below it."
        raise RuleBroken("outside_your_unit", message, rule="L12")
    same = {name: getattr(c, name) for name in CampaignDrafted.__struct_fields__ if name != "drafted_by"}
    return CampaignDrafted(drafted_by=c.by, **same)


def _start(state: CampaignState, c: StartCampaign) -> Sequence[Steering]:
    campaign = _steered(state, c.scope, {"drafted", "started"}, "started")
    if state.status == "started":
        return []
    if campaign.until < c.on:
        message = f"Its last day, {campaign.until}, is before {c.on}. Draft it again with a later one."
        raise RuleBroken("plan_over", message, rule="L12")
    if not c.expected:
        message = "No customer with consent to marketing is in its group. Cancel it, and draft it with another group."
        raise RuleBroken("empty_group", message, rule="L12")
    started = CampaignStarted(
        campaign_id=campaign.campaign_id,
        outlet_ids=c.outlet_ids,
        expected=c.expected,
        seed=c.seed,
        hold_out_bps=RULES.hold_out_bps,
        by=c.by,
        rules_version=RULES.version,
        on=c.on,
    )
    return [started]


def _steered(state: CampaignState, scope: str | None, allowed: set[Status], wish: str) -> CampaignDrafted:
    """The plan, where this caller may do this to it now."""
    if state.drafted is None:
        raise RuleBroken("not_drafted", "There is no such campaign. Draft it first.", rule="L12")
    if scope is not None and scope != state.drafted.unit_id:
        message = f"The campaign is {state.drafted.unit_id}'s, and you act for {scope}."
        raise RuleBroken("other_units_campaign", message, rule="L12")
    if state.status not in allowed:
        message = f"The campaign is {state.status}, and cannot be {wish}."
        raise RuleBroken(f"campaign_{state.status}", message, rule="L12")
    return state.drafted


def _must_be_one_of(reason: str, known: Sequence[str]) -> None:
    if reason not in known:
        raise RuleBroken("unknown_reason", f"{reason} is no reason; use one of {', '.join(known)}.", rule="L12")


def evolve(state: CampaignState, event: Event) -> CampaignState:
    replace = msgspec.structs.replace
    known = cast("Steering", event)
    match known:
        case CampaignDrafted():
            return CampaignState(known, "drafted")
        case CampaignStarted() | CampaignResumed():
            return replace(state, status="started")
        case CampaignAdvanced(round=number, after=after, done=done):
            return replace(state, round=number, after=after, done=done)
        case CampaignPaused():
            return replace(state, status="paused")
        case CampaignFinished():
            return replace(state, status="finished")
        case CampaignCancelled():
            return replace(state, status="cancelled")
        case _:
            assert_never(known)


CAMPAIGN: Decider[CampaignState, CampaignCommand] = Decider("campaign", CampaignState(), decide, evolve)
