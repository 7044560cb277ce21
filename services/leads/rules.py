"""The rules of leads as data, versioned: a change is a new version, and every event names the one that it followed."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from services.leads.events import OwnerLine, Stage, Tier
from services.leads.group_events import Line

FULL_BPS = 10_000
OWNER_LINES: tuple[OwnerLine, OwnerLine] = ("corporate", "retail")
"""The two sides that every lead has."""
JOINING_LINES: tuple[Line, ...] = ("cards", "credit", "international", "settlement", "ebanking", "technology")
"""The lines that may join a lead with their own share, and leave it again (rule L2, default)."""
SPECIALIST_ROLES = frozenset({"product"})
"""Who stands for a line that joins: its product managers (default). A customer manager stands for their own side."""
LEADER = ("branch", "management")
"""Role and line of whoever may lead a marketing group: branch management (rule L2)."""
GROUP = "branch"
"""Stands for a line where a leader is meant, as in the queue ``branch:O01``."""

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
    """One row of the routing table. ``side``, ``spawned``, ``named`` and ``counter`` (None: either) are its conditions;
    ``named``: a key customer whose own manager serves this side; ``counter``: the customer's own side, and they are
    little on account and often at the counter.

    ``to`` the opener, who owns the side at once; that ``manager``; the ``electronic`` channel's queue; the ``roster``
    of the customer's outlet, which deals the lead to one of its managers; or the ``outlet``'s queue, from which
    somebody claims it or the other side invites a partner.
    """

    rule: str
    side: Literal["opener", "partner"]
    spawned: bool | None
    named: bool | None
    to: Literal["opener", "manager", "electronic", "roster", "outlet"]
    reason: str
    counter: bool | None = None

    def matches(self, side: str, *, spawned: bool, named: bool, counter: bool) -> bool:
        wanted = ((self.spawned, spawned), (self.named, named), (self.counter, counter))
        return self.side == side and all(want in {None, found} for want, found in wanted)


ROUTING_VERSION = 3
"""2: key customers go to their own manager; 3: big institutions to a team, the counter's customers to the electronic
channel (rule L6).
"""
ROUTING = (
    RoutingRule("L3.winner", "opener", True, None, "opener", "Won the lead that this one follows from."),
    RoutingRule("L3.opener", "opener", False, None, "opener", "Opened the lead."),
    RoutingRule("L6.key", "partner", None, True, "manager", "Key customer: goes to their own manager, face to face."),
    RoutingRule(
        "L6.electronic",
        "partner",
        None,
        False,
        "electronic",
        "Little on account and often at the counter: goes to the electronic channel.",
        counter=True,
    ),
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
ELECTRONIC = "ebanking"
ELECTRONIC_QUEUE = "ebanking:bank"
"""The electronic channel has no outlet: one queue for the whole bank, worked by the e-banking line."""
INVITED = "L3.invited"
JOINED = "L2.joined"
NAMED_LEADER = "L2.leader"
TEAM = "L6.team"
CLAIMED = "L3.claimed"
DEALT = "L3.dealt"
MISSED = "L7.missed"
HANDED_OVER = "L9.handover"
UNHANDED = "L9.unhanded"
RETURN_WORKING_DAYS = 5
"""What a leaver still owns so many working days after it was noted goes back to its queue (rule L9, default)."""
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


def route(*, opener: bool, spawned: bool, named: bool, counter: bool = False) -> RoutingRule:
    """The first rule that matches the opener's side or the other; ``NO_RULE`` where none does."""
    side = "opener" if opener else "partner"
    return next((one for one in ROUTING if one.matches(side, spawned=spawned, named=named, counter=counter)), NO_RULE)


def stands_for(role: str, line: Line) -> Line | None:
    """The line that somebody may own on a lead: a customer manager their side, a specialist one that joins, branch
    management ``GROUP``; None for anybody else.
    """
    if role in OWNER_LINES:
        return role
    if role in SPECIALIST_ROLES and line in JOINING_LINES:
        return line
    return GROUP if (role, line) == LEADER else None


def in_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The two sides, then the lines that joined."""
    return tuple(sorted(lines, key=lambda line: (line not in OWNER_LINES, line)))


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
