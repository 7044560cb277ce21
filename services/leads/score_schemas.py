"""What leads takes and shows of scores and scorecards over HTTP (rule L5)."""

from marshmallow import Schema, fields, validate

from services.leads.schemas import ScoreView

MAX_RECORDS = 200_000


class SubmitScorecard(Schema):
    """A card's file, as `liandong scorecard learn` writes it."""

    format = fields.Str(required=True)
    sha256 = fields.Str(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))
    card = fields.Dict(keys=fields.Str(), required=True)


class ApproveScorecard(Schema):
    on = fields.Date()


class RejectScorecard(Schema):
    reason = fields.Str(required=True, validate=validate.Length(1, 500))
    on = fields.Date()


class ScorecardQuery(Schema):
    status = fields.Str(load_default=None, validate=validate.OneOf(("submitted", "in_force", "replaced", "rejected")))
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class RecordQuery(Schema):
    """The newest ``limit`` leads."""

    limit = fields.Int(load_default=MAX_RECORDS, validate=validate.Range(1, MAX_RECORDS))


class TrialView(Schema):
    """Beside the card in force, on leads that were held back from learning. AUC in basis points."""

    leads = fields.Int()
    won = fields.Int()
    auc_bps = fields.Int()
    rival_hash = fields.Str()
    rival_auc_bps = fields.Int()


class DecidedView(Schema):
    by = fields.Str()
    on = fields.Str()
    reason = fields.Str(allow_none=True)


class ScorecardView(Schema):
    """``content`` is the card's file, text that `liandong scorecard evaluate` reads."""

    number = fields.Int()
    card = fields.Str()
    card_hash = fields.Str()
    content = fields.Str()
    trial = fields.Nested(TrialView)
    status = fields.Str()
    by = fields.Str()
    on = fields.Str()
    rules_version = fields.Int()
    decided = fields.Nested(DecidedView, allow_none=True)


class InForceView(Schema):
    """``number`` is None for the card that Liandong ships."""

    number = fields.Int(allow_none=True)
    card = fields.Str()
    card_hash = fields.Str()
    content = fields.Str()


class ScorecardList(Schema):
    in_force = fields.Nested(InForceView)
    scorecards = fields.List(fields.Nested(ScorecardView))


class PastScore(ScoreView):
    """``reproduced``: computed again from its card and facts just now, it came out the same."""

    at = fields.Str()
    reproduced = fields.Bool()


class ScoreHistory(Schema):
    lead_id = fields.Str()
    scores = fields.List(fields.Nested(PastScore))


class LearnRecord(Schema):
    fit = fields.Str(allow_none=True)
    value_tier = fields.Str(allow_none=True)
    contacts_90_days = fields.Int()
    days_since_contact = fields.Int(allow_none=True)
    source = fields.Str()
    products_held = fields.Int()
    outcome = fields.Str()


class LearnRecords(Schema):
    records = fields.List(fields.Nested(LearnRecord))
