"""What leads takes and shows over HTTP. Dates are ISO dates; where ``on`` is left out, it is today."""

from marshmallow import Schema, fields, validate

from services.leads.rules import FULL_BPS, JOINING_LINES, LOST_REASONS, OWNER_LINES, SOURCES, STAGES

LINES = (*OWNER_LINES, *JOINING_LINES)
MAX_MINOR = 10**15
STATUSES = ("opened", "proposed", "active", "qualified", "won", "lost", "expired", "merged")


class Key(fields.Str):
    """An id of ours or of the bank's."""

    def __init__(self, **kwargs: object) -> None:
        message = "Must be 1 to 64 letters, digits, dots, colons, hyphens or underscores."
        super().__init__(validate=validate.Regexp(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z", error=message), **kwargs)  # type: ignore[arg-type]


class Product(fields.Str):
    """A product's code in the catalogue."""

    def __init__(self, **kwargs: object) -> None:
        message = "Must be a product code, such as mobile."
        super().__init__(validate=validate.Regexp(r"[a-z][a-z0-9_]{0,39}\Z", error=message), **kwargs)  # type: ignore[arg-type]


class OpenLead(Schema):
    """``despite`` says why a second lead is needed, where there is one about the same already (rule L4)."""

    customer_id = Key(required=True)
    customer_kind = fields.Str(required=True, validate=validate.OneOf(("company", "person")))
    need = fields.Str(required=True, validate=validate.Length(1, 500))
    products = fields.List(Product(), load_default=list, validate=validate.Length(max=20))
    source = fields.Str(load_default="branch", validate=validate.OneOf([s for s in SOURCES if s != "linkage"]))
    outlet_id = Key(required=True)
    value_minor = fields.Int(load_default=0, strict=True, validate=validate.Range(0, MAX_MINOR))
    despite = fields.Str(load_default=None, allow_none=True, validate=validate.Length(1, 500))
    on = fields.Date()


class Invite(Schema):
    """``line`` and ``unit_id`` may be left out; sent, they must be as registry knows the person."""

    staff_id = Key(required=True)
    line = fields.Str(load_default=None, validate=validate.OneOf(OWNER_LINES))
    unit_id = Key(load_default=None)
    on = fields.Date()


class Claim(Schema):
    """``line`` is the side; left out, the caller's own line."""

    line = fields.Str(load_default=None, validate=validate.OneOf(LINES))
    on = fields.Date()


class ShareOfLine(Schema):
    line = fields.Str(required=True, validate=validate.OneOf(LINES))
    bps = fields.Int(required=True, strict=True, validate=validate.Range(0, FULL_BPS))


class Split(Schema):
    shares = fields.List(fields.Nested(ShareOfLine), required=True, validate=validate.Length(1, 10))


class Withdraw(Schema):
    """Nothing needs to be said."""


class Accept(Schema):
    proposal = fields.Int(required=True, strict=True, validate=validate.Range(1))
    on = fields.Date()


class ReachStage(Schema):
    """``bid_on`` is the day of the bid, with the stage bid alone."""

    stage = fields.Str(required=True, validate=validate.OneOf(STAGES))
    bid_on = fields.Date(load_default=None)
    on = fields.Date()


class Qualify(Schema):
    on = fields.Date()


class Win(Schema):
    products = fields.List(Product(), required=True, validate=validate.Length(1, 20))
    value_minor = fields.Int(load_default=None, strict=True, validate=validate.Range(0, MAX_MINOR))
    on = fields.Date()


class Lose(Schema):
    reason = fields.Str(required=True, validate=validate.OneOf(LOST_REASONS))
    text = fields.Str(load_default="", validate=validate.Length(max=500))
    on = fields.Date()


class Reopen(Schema):
    reason = fields.Str(required=True, validate=validate.Length(1, 500))
    on = fields.Date()


class LeadQuery(Schema):
    """``side`` narrows what one owns to one line; ``queue=true`` asks for what waits at one's own unit instead. The
    newest come first, or with ``sort=score`` the most promising.
    """

    side = fields.Str(load_default=None, validate=validate.OneOf(LINES))
    queue = fields.Bool(load_default=False)
    status = fields.Str(load_default=None, validate=validate.OneOf(STATUSES))
    campaign_id = Key(load_default=None)
    sort = fields.Str(load_default="opened_on", validate=validate.OneOf(("opened_on", "score")))
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class OverdueQuery(Schema):
    """``unit_id`` narrows to the leads that touch a unit."""

    unit_id = Key(load_default=None)
    limit = fields.Int(load_default=100, validate=validate.Range(1, 500))


class SideView(Schema):
    owner_id = fields.Str(allow_none=True)
    unit_id = fields.Str(allow_none=True)
    queue = fields.Str(allow_none=True)


class ShareView(Schema):
    line = fields.Str()
    staff_id = fields.Str()
    unit_id = fields.Str()
    bps = fields.Int()


class MarketingGroupView(Schema):
    """The marketing group of a lead: its leader, or the queue that waits for one."""

    leader_id = fields.Str(allow_none=True)
    leader_unit_id = fields.Str(allow_none=True)
    queue = fields.Str(allow_none=True)
    reason = fields.Str()
    rule = fields.Str()
    rules_version = fields.Int()


class ProposalView(Schema):
    """``accepted`` says of each line whether its owner accepted."""

    number = fields.Int()
    shares = fields.List(fields.Nested(ShareView))
    proposed_by = fields.Str()
    accepted = fields.Dict(keys=fields.Str(), values=fields.Bool())


class SplitView(Schema):
    proposal = fields.Int()
    shares = fields.List(fields.Nested(ShareView))


class OriginView(Schema):
    opportunity_id = fields.Str()
    root_lead_id = fields.Str()
    parent_lead_id = fields.Str()
    ancestors = fields.List(fields.Str())
    hop = fields.Int()


class RoutingView(Schema):
    line = fields.Str()
    owner_id = fields.Str(allow_none=True)
    owner_unit_id = fields.Str(allow_none=True)
    queue = fields.Str(allow_none=True)
    reason = fields.Str()
    rule = fields.Str()
    rules_version = fields.Int()
    on = fields.Str()


class WonView(Schema):
    products = fields.List(fields.Str())
    value_minor = fields.Int()
    by = fields.Str()
    on = fields.Str()


class LostView(Schema):
    reason = fields.Str()
    text = fields.Str()
    by = fields.Str()
    on = fields.Str()


class ExpiredView(Schema):
    reason = fields.Str()
    on = fields.Str()


class MergedView(Schema):
    into_id = fields.Str()
    reason = fields.Str()
    by = fields.Str()
    on = fields.Str()


class HolderView(Schema):
    line = fields.Str()
    staff_id = fields.Str()
    unit_id = fields.Str()


class AbsorbedView(Schema):
    """A lead that was merged into this one, with whose it is and the split that both had accepted there."""

    lead_id = fields.Str()
    owners = fields.List(fields.Nested(HolderView))
    shares = fields.List(fields.Nested(ShareView))
    on = fields.Str()


class MadeView(Schema):
    by = fields.Str()
    contact_id = fields.Str()
    on = fields.Str()


class FirstContactView(Schema):
    """By when the owner of the customer's side is to speak with them; ``missed`` once that day is over."""

    owner_id = fields.Str(allow_none=True)
    due_on = fields.Str(allow_none=True)
    missed = fields.Bool()
    made = fields.Nested(MadeView, allow_none=True)


class ProjectView(Schema):
    stage = fields.Str()
    since = fields.Str()
    bid_on = fields.Str(allow_none=True)
    papers_due_on = fields.Str(allow_none=True)


class PartView(Schema):
    attribute = fields.Str()
    bin = fields.Str()
    points = fields.Int()
    reason = fields.Str()


class FactsView(Schema):
    """What was known of the lead and its customer, None where nothing was."""

    fit = fields.Str(allow_none=True)
    value_tier = fields.Str(allow_none=True)
    contacts_90_days = fields.Int()
    days_since_contact = fields.Int(allow_none=True)
    source = fields.Str()
    products_held = fields.Int()


class ScoreView(Schema):
    """``parts`` add up to ``points``; ``occasion`` says why the lead was scored then (rule L5)."""

    points = fields.Int()
    card = fields.Str()
    card_hash = fields.Str()
    parts = fields.List(fields.Nested(PartView))
    facts = fields.Nested(FactsView)
    occasion = fields.Str()
    on = fields.Str()


class LeadBrief(Schema):
    """A lead as a list shows it; ``version`` is for ``If-Match``."""

    lead_id = fields.Str()
    version = fields.Int()
    customer_id = fields.Str()
    customer_kind = fields.Str()
    need = fields.Str()
    products = fields.List(fields.Str())
    source = fields.Str()
    opened_by = fields.Str()
    opened_by_line = fields.Str()
    opened_on = fields.Str()
    unit_id = fields.Str()
    outlet_id = fields.Str()
    value_minor = fields.Int()
    tier = fields.Str(allow_none=True)
    score = fields.Nested(ScoreView)
    status = fields.Str()
    sides = fields.Dict(keys=fields.Str(), values=fields.Nested(SideView))
    group = fields.Nested(MarketingGroupView)
    proposal = fields.Nested(ProposalView, allow_none=True)
    split = fields.Nested(SplitView, allow_none=True)
    project = fields.Nested(ProjectView, allow_none=True)
    first_contact = fields.Nested(FirstContactView, allow_none=True)
    origin = fields.Nested(OriginView, allow_none=True)
    campaign_id = fields.Str(allow_none=True)
    won = fields.Nested(WonView, allow_none=True)
    lost = fields.Nested(LostView, allow_none=True)
    expired = fields.Nested(ExpiredView, allow_none=True)
    merged = fields.Nested(MergedView)
    absorbed = fields.List(fields.Nested(AbsorbedView))
    updated_at = fields.Str()


class LeadView(LeadBrief):
    """With its whole history: why each side is where it is, and each event in order."""

    routing = fields.List(fields.Nested(RoutingView))
    timeline = fields.List(fields.Dict())


class LeadList(Schema):
    leads = fields.List(fields.Nested(LeadBrief))
