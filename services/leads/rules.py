"""The rules of leads as data, versioned: a change is a new version, and every event names the one that it followed."""

from typing import Literal

import msgspec

from services.leads.events import OwnerLine, Stage, Tier

FULL_BPS = 10_000
OWNER_LINES: tuple[OwnerLine, OwnerLine] = ("corporate", "retail")

SOURCES = ("branch", "ebanking_advert", "sms", "phone", "campaign", "target_list", "linkage")
"""Where a lead may come from (rule L1); ``linkage`` opens its own."""

LOST_REASONS = ("price", "competitor", "no_need", "no_contact", "not_eligible", "compliance", "duplicate", "other")
"""Why a lead may be lost (rule L11); the free text beside it says the rest."""

SPAWNED_BY = "K1"
SPAWNED_OWN_BPS = 7_000
"""The share that is proposed for the side that the customer of a spawned lead belongs to, and that does the work; the
rest is the other side's, which in K1 and K2 is the winner's (default).
"""

STANDS_AGAIN = "opportunity_stands_again"
"""Why a spawned lead that had expired is reopened by itself."""

DEAL_BATCH = 500
"""How many waiting leads one commit deals at most: well under the size that a commit may have."""

WORK_VERSION = 1


class WorkNorm(msgspec.Struct, frozen=True):
    """What a customer manager does on a working day (rule L10): 2-3-4."""

    visits_new: int
    visits_existing: int
    calls: int


WORK_NORM = WorkNorm(visits_new=2, visits_existing=3, calls=4)
DRAFT_WORKING_DAYS = 3
"""A plan is drafted within so many working days from the start of its period (rule L14)."""


class RoutingRule(msgspec.Struct, frozen=True):
    """One row of the routing table. ``side``, ``spawned`` and ``named`` (None: either) are its conditions; ``named``:
    a key customer whose own manager serves this side.

    ``to`` the opener, who owns the side at once; that ``manager``; the ``roster`` of the customer's outlet, which deals
    the lead to one of its managers; or the ``outlet``'s queue, from which somebody claims it or the other side invites
    a partner.
    """

    rule: str
    side: Literal["opener", "partner"]
    spawned: bool | None
    named: bool | None
    to: Literal["opener", "manager", "roster", "outlet"]
    reason: str

    def matches(self, side: str, *, spawned: bool, named: bool) -> bool:
        return self.side == side and self.spawned in {None, spawned} and self.named in {None, named}


ROUTING_VERSION = 2
"""2: key customers go to their own manager (rule L6)."""
ROUTING = (
    RoutingRule("L3.winner", "opener", True, None, "opener", "Won the lead that this one follows from."),
    RoutingRule("L3.opener", "opener", False, None, "opener", "Opened the lead."),
    RoutingRule("L6.key", "partner", None, True, "manager", "Key customer: goes to their own manager, face to face."),
    RoutingRule("L3.roster", "partner", True, False, "roster", "Goes to the outlet's next manager."),
)
NO_RULE = RoutingRule(
    "L3.none",
    "partner",
    spawned=None,
    named=None,
    to="outlet",
    reason="No rule matched: waits at the customer's outlet until somebody is invited or claims it.",
)
INVITED = "L3.invited"
CLAIMED = "L3.claimed"
DEALT = "L3.dealt"
MISSED = "L7.missed"
HANDED_OVER = "L9.handover"
HANDOVER_BATCH = 500
"""How many leads change hands in one round."""
PAID_WITHIN_DAYS = 365
"""For so long after a win its credit may still vest or be taken back: a handover takes such leads along."""


class FirstContact(msgspec.Struct, frozen=True):
    """Working days within which the owner speaks with the customer, and after which a lead that waits on is taken away
    (rule L7, default).
    """

    version: int
    key_days: int
    other_days: int
    grace_days: int

    def within(self, tier: Tier | None) -> int:
        return self.key_days if tier == "key" else self.other_days


FIRST_CONTACT = FirstContact(version=1, key_days=1, other_days=3, grace_days=1)


STAGES: tuple[Stage, ...] = ("design", "bid", "detailed_design", "delivery", "acceptance")
"""Of a customer's project, in their order (rule L8)."""


class Visits(msgspec.Struct, frozen=True):
    """How often a project is visited, in days, in its design stage and after it, and a customer, in months, by tier;
    how many working days before a bid its papers are ready (rule L8, default). Level 2 is visited when needed.
    """

    version: int
    design_days: int
    later_days: int
    key_months: int
    level_1_months: int
    papers_before_bid_days: int

    def every(self, stage: Stage) -> int:
        return self.design_days if stage == "design" else self.later_days

    def months(self, tier: Tier | None) -> int | None:
        return {"key": self.key_months, "level_1": self.level_1_months}.get(tier or "")


VISITS = Visits(version=1, design_days=7, later_days=14, key_months=1, level_1_months=2, papers_before_bid_days=2)


def side_of(customer_kind: str) -> OwnerLine:
    """The line that a customer belongs to."""
    return "corporate" if customer_kind == "company" else "retail"


def route(*, opener: bool, spawned: bool, named: bool) -> RoutingRule:
    """The first rule that matches the opener's side or the other; ``NO_RULE`` where none does."""
    side = "opener" if opener else "partner"
    return next((rule for rule in ROUTING if rule.matches(side, spawned=spawned, named=named)), NO_RULE)


def goes_to_roster(rule: str) -> bool:
    """Whether a side that was queued by this rule is to be dealt to somebody."""
    return any(one.rule == rule and one.to == "roster" for one in ROUTING)


def spawned_split(own: OwnerLine) -> tuple[tuple[OwnerLine, int], ...]:
    """What is proposed for a spawned lead, once both sides have an owner."""
    rest = FULL_BPS - SPAWNED_OWN_BPS
    return tuple((line, SPAWNED_OWN_BPS if line == own else rest) for line in OWNER_LINES)


def queue_of(line: str, unit_id: str) -> str:
    """The name of the queue of a line at a unit, such as ``retail:O01``."""
    return f"{line}:{unit_id}"
