"""Campaigns with how far they are, the tree of units that groups are chosen by, and who is in a group (rule L12)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast, get_args

from services.leads.campaign_events import (
    CampaignAdvanced,
    CampaignCancelled,
    CampaignDrafted,
    CampaignFinished,
    CampaignPaused,
    CampaignResumed,
    CampaignStarted,
    CustomerDrawn,
    Steering,
)
from services.leads.events import LeadOpened
from services.registry.events import UnitRecorded
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

Told = Steering | CustomerDrawn | LeadOpened
ENTRANCES = ("contacted", "held_out", "spared")
STATUS = {CampaignStarted: "started", CampaignPaused: "paused", CampaignResumed: "started"}
ENDED = {CampaignFinished: "finished", CampaignCancelled: "cancelled"}


def _keys(recorded: Recorded) -> Iterable[str]:
    campaign_id = cast("Told", recorded.event).campaign_id
    return [campaign_id] if campaign_id else []


def _step(document: Document | None, recorded: Recorded) -> Document:
    """``contacted``, ``held_out`` and ``spared`` count customers, ``leads`` those that were opened for the first."""
    old = document or {
        **dict.fromkeys((*ENTRANCES, "leads", "round"), 0),
        "done": False,
        "started": None,
        "ended": None,
    }
    event = cast("Told", recorded.event)
    match event:
        case CustomerDrawn(arm=arm):
            return {**old, arm: old[arm] + 1}
        case LeadOpened():
            return {**old, "leads": old["leads"] + 1}
        case CampaignAdvanced(round=number, done=done):
            return {**old, "round": number, "done": done}
        case _:
            return {**old, **_steered(event), "version": recorded.version}


def _steered(event: Told) -> dict[str, Any]:
    told = plain(event)
    del told["type"]
    if isinstance(event, CampaignDrafted):
        return {**told, "status": "drafted"}
    if isinstance(event, tuple(ENDED)):
        return {"status": ENDED[type(event)], "ended": told}
    started = {"started": told} if isinstance(event, CampaignStarted) else {}
    return {"status": STATUS[type(event)], **started}


CAMPAIGNS = Projection(
    name="campaigns",
    sources={"leads": (*get_args(Steering), CustomerDrawn, LeadOpened)},
    keys=_keys,
    step=_step,
    indexes=(("-opened_on",),),
)

UNITS = Projection(
    name="units",
    sources={"registry": (UnitRecorded,)},
    keys=lambda recorded: [cast("UnitRecorded", recorded.event).unit_id],
    step=lambda _document, recorded: {"parent_id": cast("UnitRecorded", recorded.event).parent_id},
    indexes=(("parent_id",),),
)


def in_group(group: Mapping[str, Any], outlet_ids: Sequence[str] | None, after: str = "") -> dict[str, Any]:
    """The customers of a group (as a campaign shows it) with an id over ``after``, as they are known now: only those
    who agreed to marketing, and nobody who was erased.
    """
    query: dict[str, Any] = {"_id": {"$gt": after}, "kind": group["kind"], "consent": True, "erased": False}
    if outlet_ids is not None:
        query["outlet_id"] = {"$in": list(outlet_ids)}
    if group["tiers"]:
        query["tier"] = {"$in": list(group["tiers"])}
    if group["holds"]:
        query["$and"] = [{"holdings": {"$elemMatch": _held([product])}} for product in group["holds"]]
    if group["lacks"]:
        query["holdings"] = {"$not": {"$elemMatch": _held(group["lacks"])}}
    return query


def _held(products: Sequence[str]) -> dict[str, Any]:
    return {"product": {"$in": list(products)}, "closed_on": None}


def opened_in(campaign: Mapping[str, Any]) -> dict[str, Any]:
    """Who opened one of a campaign's products in its days."""
    days = {"$gte": campaign["opened_on"], "$lte": campaign["until"]}
    return {"holdings": {"$elemMatch": {"product": {"$in": campaign["products"]}, "opened_on": days}}}


def of_campaign(campaign_id: str) -> dict[str, Any]:
    """The leads of a campaign."""
    return {"campaign_id": campaign_id}


def over(today: date) -> dict[str, Any]:
    """The campaigns in which everybody had their turn, and whose last day is over."""
    return {"status": "started", "done": True, "until": {"$lt": today.isoformat()}}
