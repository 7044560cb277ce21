"""The facts that incentives publishes. Streams: ``plan-<id>.<version>``, ``deal-<lead id>``, ``period-<YYYY-MM>``,
``score-<staff id>.<YYYY-MM>``, ``statements-all`` (one stream: the sequence of a statement is its place in the chain).

Points are integer thousandths (``points_milli``), shares and weights integer basis points.
"""

from datetime import date, datetime
from typing import ClassVar, Literal

import msgspec

from services.incentives.award_events import AwardEvent
from services.incentives.bulletin_events import BulletinPublished
from services.incentives.claim_events import ClaimEvent
from services.incentives.dispute_events import DisputeEvent
from shared.core.event import Event
from shared.core.upcasting import Upcasts

Entry = Literal["pending", "vested", "reversed", "held", "released", "adjusted", "awarded", "penalised"]


class Indicator(msgspec.Struct, frozen=True):
    """What earns (rule I1): a product in use, its points, its weight, a monthly target in points, and the cap."""

    indicator: str
    product: str
    points_milli: int
    weight_bps: int
    target_milli: int
    cap_bps: int


class Vesting(msgspec.Struct, frozen=True):
    """Credit vests once ``active_days`` days with authenticated use fall within ``window_days`` days, the first of
    them no later than ``within_days`` days after the opening (rule I2).
    """

    active_days: int
    window_days: int
    within_days: int


class PeriodScore(msgspec.Struct, frozen=True):
    """How a month is scored (rule I5) besides the piece rate: ``whole_milli`` for every target reached, shared among
    the indicators by their weights; ``work_log_milli`` for a month in which the norm of contacts was met.
    """

    whole_milli: int
    work_log_milli: int


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """The content that approval binds by its hash. ``tie_policy`` is how a ranking treats equals (rule I6).

    ``roll_up_bps`` is what managers are credited of what their people earn, by level: first who leads one of them, then
    who leads that manager, and so on (rule I11). ``score`` is None where the piece rate is all that there is.
    ``until``, its last day, makes it the plan of a contest, which pays beside the plan of the year. What a plan does
    not say leaves no trace in its hash.
    """

    plan_id: str
    version: int
    effective_from: date
    indicators: tuple[Indicator, ...]
    vesting: Vesting
    reversal_days: int
    tie_policy: Literal["share_and_skip"]
    roll_up_bps: tuple[int, ...] = ()
    score: PeriodScore | None = None
    until: date | None = None


class Share(msgspec.Struct, frozen=True):
    line: str
    staff_id: str
    unit_id: str
    bps: int


class PlanDrafted(Event, frozen=True, tag="plan_drafted"):
    schema: ClassVar[int] = 2

    plan: Plan
    plan_hash: str
    drafted_by: str


class PlanSubmitted(Event, frozen=True, tag="plan_submitted"):
    plan_id: str
    version: int
    plan_hash: str
    submitted_by: str


class PlanTried(Event, frozen=True, tag="plan_tried"):
    """The plan was run over the whole history (rule I8), by whom, and with which result: ``what_if_hash`` is of the
    table that an approver signs.
    """

    plan_id: str
    version: int
    plan_hash: str
    what_if_hash: str
    deals: int
    old_milli: int
    new_milli: int
    newly_at_zero: int
    tried_by: str


class PlanApproved(Event, frozen=True, tag="plan_approved"):
    """``what_if_hash``: of the run over history that the approver has read, None where there was none."""

    schema: ClassVar[int] = 2

    plan_id: str
    version: int
    plan_hash: str
    approved_by: str
    what_if_hash: str | None


class PlanActivated(Event, frozen=True, tag="plan_activated"):
    """From ``plan.effective_from`` on this version is the one in force, and never changes again."""

    schema: ClassVar[int] = 2

    plan: Plan
    plan_hash: str


class SplitNoted(Event, frozen=True, tag="split_noted"):
    """``source`` on this and the next facts is the id of the event it was learned from."""

    lead_id: str
    proposal: int
    shares: tuple[Share, ...]
    on: date
    source: str


class OpeningNoted(Event, frozen=True, tag="opening_noted"):
    lead_id: str
    opening_id: str
    product: str
    on: date
    source: str


class CheckNoted(Event, frozen=True, tag="check_noted"):
    opening_id: str
    cleared: bool
    rule: str | None
    on: date
    source: str


class AccountNoted(Event, frozen=True, tag="account_noted"):
    """The holding behind an opening, as it stands now."""

    opening_id: str
    holding_id: str
    opened_on: date
    closed_on: date | None
    source: str


class AccountWithdrawn(Event, frozen=True, tag="account_withdrawn"):
    """The bank corrected which opening led to a holding: it was not this one. Stands in the place of what was noted."""

    opening_id: str
    holding_id: str
    source: str


class UseNoted(Event, frozen=True, tag="use_noted"):
    """Authenticated uses of a holding on a day, as known now; a later fact for the day replaces it."""

    opening_id: str
    holding_id: str
    authenticated_uses: int
    on: date
    source: str


class DormancyNoted(Event, frozen=True, tag="dormancy_noted"):
    opening_id: str
    on: date
    source: str


class DormancyWithdrawn(Event, frozen=True, tag="dormancy_withdrawn"):
    """Uses that became known late show that it was not dormant on that day."""

    opening_id: str
    on: date
    source: str


class AlertNoted(Event, frozen=True, tag="alert_noted"):
    opening_id: str
    alert_id: str
    state: Literal["open", "confirmed", "dismissed"]
    on: date
    source: str


class DisputeNoted(Event, frozen=True, tag="dispute_noted"):
    """Somebody's credit of an opening is disputed, or no longer: while it is, nothing of it stands paid (rule I10).
    ``points_milli``: what an accepted one adds to it from then on, or takes.
    """

    opening_id: str
    indicator: str
    staff_id: str
    dispute_id: str
    state: Literal["open", "closed"]
    points_milli: int
    on: date
    source: str


class ClaimNoted(Event, frozen=True, tag="claim_noted"):
    """Whether an opening may earn: not where ``because_of``, an earlier opening of the same product, is in its way."""

    opening_id: str
    because_of: str | None
    on: date
    source: str


class ManagerNoted(Event, frozen=True, tag="manager_noted"):
    """Who led somebody on the day on which an opening's account was opened, and where that somebody stood then.
    ``through``: the rows of those above that were looked at, one after another, until one was in post that day.
    """

    schema: ClassVar[int] = 2

    opening_id: str
    staff_id: str
    unit_id: str
    manager_id: str | None
    on: date
    source: str
    through: tuple[str, ...] = ()


class CreditPosted(Event, frozen=True, tag="credit_posted"):
    """One line of the ledger. Lines are only ever added.

    ``points_milli`` is what the line changes in what is paid: 0 for ``pending``, negative for a reversal.
    ``stake_milli`` is the share that the line is about. What changes a vested credit (``held``, ``released``,
    ``reversed``) and what corrects a line (``adjusted``) names that line in ``adjusts`` and counts in its period;
    otherwise ``of_period`` is ``YYYY-MM`` of the business date ``on``. ``evidence`` are ids of the events it was
    computed from, ``computation`` is that computation in words and figures (rule I7).
    """

    line_id: str
    lead_id: str
    opening_id: str
    product: str
    indicator: str
    staff_id: str
    unit_id: str
    entry: Entry
    points_milli: int
    stake_milli: int
    on: date
    of_period: str
    adjusts: str | None
    reason: str
    computation: str
    evidence: tuple[str, ...]
    plan_id: str
    plan_version: int
    plan_hash: str


class WorkNoted(Event, frozen=True, tag="work_noted"):
    """What somebody's contacts of a month came to beside the norm, in basis points of it (rule L10)."""

    staff_id: str
    unit_id: str
    month: str
    fulfilment_bps: int
    on: date
    source: str


class ScoreReckoned(Event, frozen=True, tag="score_reckoned"):
    """Somebody's score of a month was computed from ``counted`` lines of the ledger, under a plan that took effect on
    ``effective_from``; lines that change it follow.
    """

    staff_id: str
    period: str
    counted: int
    effective_from: date
    plan_id: str
    plan_version: int
    plan_hash: str


class PeriodCompleted(Event, frozen=True, tag="period_completed"):
    """The last day of the period is closed by its feed: from now on the period may be closed."""

    period: str
    source: str


class PeriodClosed(Event, frozen=True, tag="period_closed"):
    """Closed for ever at a position of this service's log (rule I9)."""

    period: str
    seq: int
    closed_by: str


class LogRange(msgspec.Struct, frozen=True):
    """Positions, both ends included, that became known with a statement."""

    partition: int
    first: int
    last: int


class SigningKeyPublished(Event, frozen=True, tag="signing_key_published"):
    """The public half of a key that statements are signed with: ``x`` of its JWK (OKP, Ed25519). It stays for ever."""

    kid: str
    x: str


class StatementSealed(Event, frozen=True, tag="statement_sealed"):
    """The seal of a statement; its body is derived from the log, and must hash to ``hash`` for ever (rule I12)."""

    seq: int
    kind: Literal["period", "adjustment", "contest"]
    period: str
    plan_id: str
    plan_version: int
    plan_hash: str
    log: tuple[LogRange, ...]
    lines: int
    points_milli: int
    sealed_at: datetime
    prev_hash: str
    hash: str
    kid: str
    signature: str


class StatementAcknowledged(Event, frozen=True, tag="statement_acknowledged"):
    seq: int
    hash: str
    acknowledged_by: str
    at: datetime


IncentiveEvent = (
    AwardEvent
    | DisputeEvent
    | BulletinPublished
    | ClaimEvent
    | PlanDrafted
    | PlanSubmitted
    | PlanTried
    | PlanApproved
    | PlanActivated
    | SplitNoted
    | OpeningNoted
    | CheckNoted
    | AccountNoted
    | AccountWithdrawn
    | UseNoted
    | DormancyNoted
    | DormancyWithdrawn
    | AlertNoted
    | DisputeNoted
    | ClaimNoted
    | ManagerNoted
    | CreditPosted
    | WorkNoted
    | ScoreReckoned
    | PeriodCompleted
    | PeriodClosed
    | SigningKeyPublished
    | StatementSealed
    | StatementAcknowledged
)

UPCASTS: Upcasts = {
    ("account_placed", 1): lambda data: {**data, "opening_id": None, "left": None},
    ("dispute_raised", 1): dict,  # nothing that people gave was held
    ("manager_noted", 1): dict,  # of those above, no row was named
    ("plan_approved", 1): lambda data: {**data, "what_if_hash": None},
    ("plan_drafted", 1): dict,  # a plan without roll-up
    ("plan_activated", 1): dict,
}
