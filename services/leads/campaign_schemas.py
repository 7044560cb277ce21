"""What leads takes and shows of campaigns over HTTP (rule L12). Where ``on`` is left out, it is today."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.leads.campaign_rules import CANCEL_REASONS, FINISH_REASONS
from services.leads.rules import OWNER_LINES, side_of
from services.leads.schemas import MAX_MINOR, Key, Product

KINDS = ("company", "person")
TIERS = ("key", "level_1", "level_2")
STATUSES = ("drafted", "started", "paused", "finished", "cancelled")


class Group(Schema):
    """The corporate line's customers are companies, the retail line's persons; ``kind`` may be left out. ``unit_id`` is
    an outlet, or a branch with all below it. Each of ``holds`` must be held, none of ``lacks``.
    """

    unit_id = Key(load_default=None)
    line = fields.Str(required=True, validate=validate.OneOf(OWNER_LINES))
    kind = fields.Str(load_default=None, validate=validate.OneOf(KINDS))
    tiers = fields.List(fields.Str(validate=validate.OneOf(TIERS)), load_default=list, validate=validate.Length(max=3))
    holds = fields.List(Product(), load_default=list, validate=validate.Length(max=20))
    lacks = fields.List(Product(), load_default=list, validate=validate.Length(max=20))

    @validates_schema
    def _one_kind(self, group: dict[str, Any], **_more: Any) -> None:
        if group["kind"] and side_of(group["kind"]) != group["line"]:
            raise ValidationError(f"The line {group['line']} has no customers of the kind {group['kind']}.", "kind")


class DraftCampaign(Schema):
    """``need``, ``products`` and ``value_minor`` (分, the estimate of each) are what its leads will say; customers who
    open one of ``products`` from ``opened_on`` until ``until`` are its result.
    """

    name = fields.Str(required=True, validate=validate.Length(1, 100))
    group = fields.Nested(Group, required=True)
    need = fields.Str(required=True, validate=validate.Length(1, 500))
    products = fields.List(Product(), required=True, validate=validate.Length(1, 20))
    value_minor = fields.Int(load_default=0, strict=True, validate=validate.Range(0, MAX_MINOR))
    opened_on = fields.Date(required=True)
    until = fields.Date(required=True)
    on = fields.Date()


class Steer(Schema):
    """Start or resume it."""

    on = fields.Date()


class Pause(Schema):
    reason = fields.Str(required=True, validate=validate.Length(1, 500))
    on = fields.Date()


class Finish(Schema):
    reason = fields.Str(required=True, validate=validate.OneOf(FINISH_REASONS))
    on = fields.Date()


class Cancel(Schema):
    reason = fields.Str(required=True, validate=validate.OneOf(CANCEL_REASONS))
    text = fields.Str(load_default="", validate=validate.Length(max=500))
    on = fields.Date()


class CampaignQuery(Schema):
    status = fields.Str(load_default=None, validate=validate.OneOf(STATUSES))
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class GroupView(Schema):
    unit_id = fields.Str(allow_none=True)
    kind = fields.Str()
    tiers = fields.List(fields.Str())
    holds = fields.List(fields.Str())
    lacks = fields.List(fields.Str())


class StartedView(Schema):
    """Who is held out follows from ``seed``, ``hold_out_bps`` and the ids of campaign and customer."""

    outlet_ids = fields.List(fields.Str(), allow_none=True)
    expected = fields.Int()
    seed = fields.Str()
    hold_out_bps = fields.Int()
    by = fields.Str()
    rules_version = fields.Int()
    on = fields.Str()


class EndedView(Schema):
    reason = fields.Str()
    text = fields.Str()
    by = fields.Str(allow_none=True)
    on = fields.Str()


class ProgressView(Schema):
    """``reached`` customers of ``expected`` had their turn: they were contacted, held out, or spared since another
    campaign reached them lately. ``leads`` are opened for the contacted, a moment later. ``done`` once nobody is left.
    A draft's ``expected`` is counted where it is shown alone.
    """

    reached = fields.Int()
    expected = fields.Int(allow_none=True)
    contacted = fields.Int()
    held_out = fields.Int()
    spared = fields.Int()
    leads = fields.Int()
    rounds = fields.Int()
    done = fields.Bool()


class CampaignView(Schema):
    """``version`` is for ``If-Match``."""

    campaign_id = fields.Str()
    version = fields.Int()
    name = fields.Str()
    status = fields.Str()
    group = fields.Nested(GroupView)
    need = fields.Str()
    products = fields.List(fields.Str())
    value_minor = fields.Int()
    opened_on = fields.Str()
    until = fields.Str()
    drafted_by = fields.Str()
    unit_id = fields.Str()
    started = fields.Nested(StartedView, allow_none=True)
    ended = fields.Nested(EndedView, allow_none=True)
    progress = fields.Nested(ProgressView)


class CampaignList(Schema):
    campaigns = fields.List(fields.Nested(CampaignView))


class ArmView(Schema):
    customers = fields.Int()
    won = fields.Int()
    rate_bps = fields.Int(allow_none=True)


class StatusCount(Schema):
    status = fields.Str()
    leads = fields.Int()


class ResultView(Schema):
    """Customers who opened one of the products in the campaign's days, by arm; the difference of the two rates in basis
    points with its interval; ``effect``: more, fewer, none (shown), or unknown. ``leads`` are where its leads stand.
    """

    campaign_id = fields.Str()
    opened_on = fields.Str()
    until = fields.Str()
    contacted = fields.Nested(ArmView)
    held_out = fields.Nested(ArmView)
    difference_bps = fields.Int(allow_none=True)
    low_bps = fields.Int(allow_none=True)
    high_bps = fields.Int(allow_none=True)
    effect = fields.Str()
    sentence = fields.Str()
    method = fields.Str()
    leads = fields.List(fields.Nested(StatusCount))
