"""What people and machines outside send to incentives and read from it. Points are integers in thousandths."""

from typing import Any

import msgspec
from marshmallow import Schema, fields, post_load, validate

from services.incentives import scores
from services.incentives.events import Plan

NAME = validate.Regexp(r"\A[a-z0-9][a-z0-9_-]{0,63}\Z", error="Small letters, digits, - and _, at most 64.")
BPS = validate.Range(min=0, max=100_000)
HASH = validate.Regexp(r"\A[0-9a-f]{64}\Z")
MAX_PAGE = 100


class IndicatorBody(Schema):
    indicator = fields.Str(required=True, validate=NAME)
    product = fields.Str(required=True, validate=NAME)
    points_milli = fields.Int(required=True, strict=True, validate=validate.Range(min=1, max=1_000_000_000))
    weight_bps = fields.Int(required=True, strict=True, validate=BPS)
    target_milli = fields.Int(required=True, strict=True, validate=validate.Range(min=1, max=1_000_000_000_000))
    cap_bps = fields.Int(required=True, strict=True, validate=BPS)


class VestingBody(Schema):
    active_days = fields.Int(required=True, strict=True, validate=validate.Range(min=1, max=31))
    window_days = fields.Int(required=True, strict=True, validate=validate.Range(min=1, max=366))
    within_days = fields.Int(required=True, strict=True, validate=validate.Range(min=0, max=366))


class PeriodScoreBody(Schema):
    """``whole_milli`` for every target reached, ``work_log_milli`` for a month in which the norm of contacts is met."""

    whole_milli = fields.Int(required=True, strict=True, validate=validate.Range(min=0, max=1_000_000_000))
    work_log_milli = fields.Int(required=True, strict=True, validate=validate.Range(min=0, max=1_000_000_000))


class PlanBody(Schema):
    """The content of a plan (rule I1); ``plans/ebank-2026.yaml`` has the same shape."""

    plan_id = fields.Str(required=True, validate=NAME)
    version = fields.Int(required=True, strict=True, validate=validate.Range(min=1, max=100_000))
    effective_from = fields.Date(required=True)
    indicators = fields.List(fields.Nested(IndicatorBody), required=True, validate=validate.Length(min=1, max=100))
    vesting = fields.Nested(VestingBody, required=True)
    reversal_days = fields.Int(required=True, strict=True, validate=validate.Range(min=0, max=3_660))
    tie_policy = fields.Str(required=True, validate=validate.OneOf(["share_and_skip"]))
    roll_up_bps = fields.List(
        fields.Int(strict=True, validate=validate.Range(min=1, max=10_000)),
        validate=validate.Length(max=10),
        metadata={"description": "what managers are credited of what their people earn, by level from the nearest"},
    )
    until = fields.Date(metadata={"description": "the last day of a contest, which pays beside the plan of the year"})
    score = fields.Nested(PeriodScoreBody, metadata={"description": "without it the piece rate is all that there is"})

    @post_load
    def to_plan(self, data: dict[str, Any], **_: Any) -> dict[str, Plan]:
        return {"plan": msgspec.convert(data, Plan)}


class Approve(Schema):
    """``plan_hash`` is of the content that the approver has read, ``what_if_hash`` of its last run over the history."""

    plan_hash = fields.Str(required=True, validate=HASH)
    what_if_hash = fields.Str(load_default=None, allow_none=True, validate=HASH)


class Acknowledge(Schema):
    seq = fields.Int(required=True, strict=True, validate=validate.Range(min=1))
    hash = fields.Str(required=True, validate=validate.Regexp(r"\A[0-9a-f]{64}\Z"))


class StatementQuery(Schema):
    """``after`` is the sequence number of the last statement that the caller has; 0 begins the list."""

    after = fields.Int(load_default=0, validate=validate.Range(min=0))
    limit = fields.Int(load_default=MAX_PAGE, validate=validate.Range(min=1, max=MAX_PAGE))


class AsQuery(Schema):
    """``as_of``: by what had happened by the end of that day; ``as_known_at``: by what was known at that moment."""

    as_of = fields.Date(load_default=None)
    as_known_at = fields.AwareDateTime(load_default=None)


class RankingQuery(AsQuery):
    """``indicator`` ranks by one indicator alone; without it by all points together. ``level``: people, or units of one
    kind with all beneath them.
    """

    indicator = fields.Str(load_default=None, validate=NAME)  # as a plan calls it
    level = fields.Str(load_default="staff", validate=validate.OneOf(("staff", "outlet", "branch")))


class LineQuery(Schema):
    lead_id = fields.Str(load_default=None)
    staff_id = fields.Str(load_default=None)
    period = fields.Str(load_default=None, validate=validate.Regexp(r"\A\d{4}-(0[1-9]|1[0-2])\Z"))
    limit = fields.Int(load_default=200, validate=validate.Range(min=1, max=1_000))


class PlanView(Schema):
    plan = fields.Dict(metadata={"description": "of the shape of PlanBody"})
    plan_hash = fields.Str()
    status = fields.Str()
    drafted_by = fields.Str()
    what_if_hash = fields.Str(allow_none=True)
    tried_by = fields.Str(allow_none=True)
    submitted_by = fields.Str()
    approved_by = fields.Str()
    version = fields.Int(metadata={"description": "of the stream, for If-Match"})


class PlanList(Schema):
    plans = fields.List(fields.Nested(PlanView))


class PeriodView(Schema):
    """``completed``: its last day has come. ``seq``: the statement that closed it."""

    period = fields.Str()
    completed = fields.Bool()
    seq = fields.Int(allow_none=True)
    closed_by = fields.Str(allow_none=True)


class PeriodList(Schema):
    periods = fields.List(fields.Nested(PeriodView))


class CompletionView(Schema):
    indicator = fields.Str()
    points_milli = fields.Int()
    target_milli = fields.Int()
    completion_bps = fields.Int()
    completion = fields.Function(lambda c: scores.per_cent(c.completion_bps))
    behind = fields.Bool(metadata={"description": "less is done than the share of the period that is over"})


class TermView(Schema):
    """A term of a score besides the piece rate. ``projected``: what it would be if the month ended now; what the ledger
    has of it explains itself, line by line.
    """

    indicator = fields.Str()
    points_milli = fields.Int()
    projected = fields.Bool()
    computation = fields.Str()


class ScoreView(Schema):
    staff_id = fields.Str()
    unit_id = fields.Str()
    points_milli = fields.Int()
    indicators = fields.List(fields.Nested(CompletionView))
    terms = fields.List(fields.Nested(TermView))


class LineView(Schema):
    line_id = fields.Str()
    lead_id = fields.Str()
    opening_id = fields.Str()
    product = fields.Str()
    indicator = fields.Str()
    staff_id = fields.Str()
    unit_id = fields.Str()
    entry = fields.Str()
    points_milli = fields.Int()
    stake_milli = fields.Int()
    on = fields.Str()
    of_period = fields.Str()
    adjusts = fields.Str(allow_none=True)
    reason = fields.Str()
    computation = fields.Str()
    plan_id = fields.Str()
    plan_version = fields.Int()


class LineList(Schema):
    lines = fields.List(fields.Nested(LineView))


class ScoreList(Schema):
    """``seq`` is the statement that closed the period; None while it is open. ``late`` are lines of months before
    that came after their close, and are counted here. ``elapsed_bps`` is the share of the period that is over, of
    10,000.
    """

    period = fields.Str()
    seq = fields.Int(allow_none=True)
    elapsed_bps = fields.Int()
    plan_id = fields.Str(allow_none=True)
    plan_version = fields.Int(allow_none=True)
    scores = fields.List(fields.Nested(ScoreView))
    late = fields.List(fields.Nested(LineView))


class RankView(Schema):
    rank = fields.Int()
    staff_id = fields.Str(allow_none=True)
    unit_id = fields.Str()
    points_milli = fields.Int()


class Ranking(Schema):
    period = fields.Str()
    seq = fields.Int(allow_none=True)
    indicator = fields.Str(allow_none=True)
    level = fields.Str()
    ties = fields.Str(allow_none=True)
    ranking = fields.List(fields.Nested(RankView))


class ContestView(Schema):
    """A ranking over all months of a contest."""

    contest = fields.Str()
    indicator = fields.Str(allow_none=True)
    level = fields.Str()
    ties = fields.Str()
    ranking = fields.List(fields.Nested(RankView))


class ChangeView(Schema):
    staff_id = fields.Str()
    unit_id = fields.Str()
    old_milli = fields.Int()
    new_milli = fields.Int()
    difference_milli = fields.Int()
    old_rank = fields.Int()
    new_rank = fields.Int()
    rank_move = fields.Int()
    newly_at_zero = fields.Bool()


class WhatIfView(Schema):
    """``what_if_hash`` is of all the rest: what an approver signs."""

    plan_hash = fields.Str()
    what_if_hash = fields.Str()
    deals = fields.Int()
    old_milli = fields.Int()
    new_milli = fields.Int()
    cost_milli = fields.Int()
    newly_at_zero = fields.Int()
    people = fields.List(fields.Nested(ChangeView))


class Acknowledged(Schema):
    seq = fields.Int()
    hash = fields.Str(allow_none=True)
    acknowledged_by = fields.Str(allow_none=True)
    at = fields.AwareDateTime(allow_none=True, format="iso")
