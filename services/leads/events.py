"""The facts that leads publishes; those about people's work are in ``work_events``, campaigns' in ``campaign_events``,
those about the needs of a customer in ``duplicate_events``, those about scores in ``score_events``.

Streams: ``lead-<id>``; ``post-<staff id>``, where a person serves; ``roster-<line>:<unit>``, who serves there and takes
the next lead.
"""

from datetime import date
from typing import ClassVar, Literal

import msgspec

from services.leads.campaign_events import CampaignEvent
from services.leads.departure_events import HandoverDue
from services.leads.duplicate_events import DemandEvent
from services.leads.group_events import GroupRouted, Line
from services.leads.group_events import LineLeft as LineLeft  # noqa: PLC0414 -- others see this module alone
from services.leads.score_events import ScoreEvent
from services.leads.work_events import WorkEvent
from services.leads.work_events import WorkMonthCounted as WorkMonthCounted  # noqa: PLC0414 -- others see this module alone
from shared.core.event import Event
from shared.core.upcasting import Upcasts

OwnerLine = Literal["corporate", "retail"]
Tier = Literal["key", "level_1", "level_2"]
Stage = Literal["design", "bid", "detailed_design", "delivery", "acceptance"]


class Share(msgspec.Struct, frozen=True):
    """One person's part of a lead's credit; the shares of a split sum to 10,000 bps."""

    line: Line
    staff_id: str
    unit_id: str
    bps: int


class Origin(msgspec.Struct, frozen=True):
    """Where a spawned lead comes from (rule K5). ``ancestors`` are customers, first win first."""

    opportunity_id: str
    root_lead_id: str
    parent_lead_id: str
    ancestors: tuple[str, ...]
    hop: int


class LeadOpened(Event, frozen=True, tag="lead_opened"):
    """``unit_id`` is the opener's unit; ``outlet_id`` is where the customer belongs. Value in minor units (分).
    ``tier`` is the customer's at that moment (rule R6), None where none is known. ``campaign_id`` is the campaign that
    it comes from (rule L12), if any.
    """

    schema: ClassVar[int] = 3

    lead_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    need: str
    products: tuple[str, ...]
    source: str
    opened_by: str
    opened_by_line: OwnerLine
    unit_id: str
    outlet_id: str
    value_minor: int
    on: date
    origin: Origin | None = None
    tier: Tier | None = None
    campaign_id: str | None = None


class LeadRouted(Event, frozen=True, tag="lead_routed"):
    """Who owns one side, or which queue holds it, and why (rule L3): exactly one of the two is set.

    A queue is ``<line>:<unit>``. ``rule`` and ``rules_version`` say which routing rule decided.
    """

    lead_id: str
    line: Line
    owner_id: str | None
    owner_unit_id: str | None
    queue: str | None
    reason: str
    rule: str
    rules_version: int
    on: date


class SplitProposed(Event, frozen=True, tag="split_proposed"):
    """``proposal`` counts from 1; a new one voids what was accepted before (rule L2).

    ``proposed_by`` is an owner, or the id of the rule that proposed it, such as ``K1``.
    """

    lead_id: str
    proposal: int
    shares: tuple[Share, ...]
    proposed_by: str


class StandingSplit(msgspec.Struct, frozen=True):
    """A split that the owner of each line accepted, and who proposed it."""

    proposal: int
    shares: tuple[Share, ...]
    proposed_by: str


class SplitVoided(Event, frozen=True, tag="split_voided"):
    """The newest proposal is off: withdrawn by who made it, or an owner or a whole line that it names left (rule L2).

    What all had accepted before it, if anything, stands again.
    """

    lead_id: str
    proposal: int
    standing: StandingSplit | None
    reason: Literal["withdrawn", "owner_changed", "line_left"]
    by: str | None


class SplitAccepted(Event, frozen=True, tag="split_accepted"):
    lead_id: str
    proposal: int
    line: Line
    staff_id: str


class LeadActivated(Event, frozen=True, tag="lead_activated"):
    """The owner of each line accepted the same split: from here on it is the split that credit follows."""

    lead_id: str
    customer_id: str
    proposal: int
    shares: tuple[Share, ...]
    on: date
    origin: Origin | None = None


class FirstContactMade(Event, frozen=True, tag="first_contact_made"):
    """An owner has spoken with the customer for the first time (rule L7); ``contact_id`` is in their work log."""

    lead_id: str
    line: Line
    staff_id: str
    contact_id: str
    on: date


class FirstContactMissed(Event, frozen=True, tag="first_contact_missed"):
    """The owner of the customer's own side had until ``due_on``, that day included (rule L7)."""

    lead_id: str
    line: OwnerLine
    owner_id: str
    due_on: date
    rules_version: int
    on: date


class LeadHandedOver(Event, frozen=True, tag="lead_handed_over"):
    """One side changed hands with all that its owner had (rule L9): to a person, or to a queue where that person owns
    the other side already. What follows from it, the route and the split, is told by their own events.
    """

    lead_id: str
    handover_id: str
    line: Line
    from_id: str
    to_id: str | None
    queue: str | None
    on: date


class ProjectStageReached(Event, frozen=True, tag="project_stage_reached"):
    """Where the customer's project stands (rule L8). ``bid_on`` and ``papers_due_on`` are of the bid alone."""

    lead_id: str
    stage: Stage
    bid_on: date | None
    papers_due_on: date | None
    staff_id: str
    rules_version: int
    on: date


class LeadQualified(Event, frozen=True, tag="lead_qualified"):
    lead_id: str
    staff_id: str
    on: date


class LeadWon(Event, frozen=True, tag="lead_won"):
    """``line`` is the side that the customer belongs to: a company makes a corporate win, a person a retail win."""

    lead_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    line: OwnerLine
    products: tuple[str, ...]
    shares: tuple[Share, ...]
    won_by: str
    unit_id: str
    outlet_id: str
    value_minor: int
    on: date
    origin: Origin | None = None


class LeadLost(Event, frozen=True, tag="lead_lost"):
    """``reason`` is from the list of the rules; ``text`` is free."""

    lead_id: str
    reason: str
    text: str
    staff_id: str
    on: date


class LeadExpired(Event, frozen=True, tag="lead_expired"):
    lead_id: str
    reason: str
    on: date


class LeadReopened(Event, frozen=True, tag="lead_reopened"):
    """``staff_id`` is None where nobody asked: the opportunity of an expired lead stands again."""

    lead_id: str
    reason: str
    staff_id: str | None
    on: date


class Holder(msgspec.Struct, frozen=True):
    """Who owns a side."""

    line: Line
    staff_id: str
    unit_id: str


class LeadMerged(Event, frozen=True, tag="lead_merged"):
    """A person decided that this lead and ``into_id`` are one (rule L4): it rests as it stands, the other is worked.

    ``merge`` counts this lead's merges from 1. ``owners`` and ``shares`` are what each had in it, and have again if the
    merge is undone; ``owners`` are of the sides that had one, ``shares`` those that both had accepted.
    """

    lead_id: str
    customer_id: str
    into_id: str
    merge: int
    owners: tuple[Holder, ...]
    shares: tuple[Share, ...]
    reason: str
    by: str
    rules_version: int
    on: date
    origin: Origin | None = None


class LeadAbsorbed(Event, frozen=True, tag="lead_absorbed"):
    """The merged lead's claims stand beside this one's. A side that waited here takes its owner from there: the lines
    in ``adopted``; their routes follow.
    """

    lead_id: str
    merged_id: str
    merge: int
    owners: tuple[Holder, ...]
    shares: tuple[Share, ...]
    adopted: tuple[Line, ...]
    on: date
    origin: Origin | None = None


class LeadReleased(Event, frozen=True, tag="lead_released"):
    """The merge is off: a person undid it, or (``by`` None) this lead had ended or was merged itself by then."""

    lead_id: str
    merged_id: str
    merge: int
    reason: str
    by: str | None
    on: date


class LeadUnmerged(Event, frozen=True, tag="lead_unmerged"):
    """The lead stands again as if it had never been merged."""

    lead_id: str
    into_id: str
    merge: int
    reason: str
    by: str | None
    on: date


class StaffPosted(Event, frozen=True, tag="staff_posted"):
    """Where a person serves now, as registry says in the fact number ``seq`` about them.

    ``left_queue`` is the roster, such as ``retail:O01``, that they stood on before and leave with this fact.
    """

    staff_id: str
    name: str
    unit_id: str
    line: str
    role: str
    valid_from: date
    valid_to: date | None
    left_queue: str | None
    seq: int


class PostAnnounced(Event, frozen=True, tag="post_announced"):
    """Where a person is going to serve from ``valid_from`` on, as registry says beforehand; until it says that they
    moved, they serve where they were posted.
    """

    staff_id: str
    name: str
    unit_id: str
    line: str
    role: str
    valid_from: date
    valid_to: date | None
    seq: int


class ManagerJoined(Event, frozen=True, tag="manager_joined"):
    """A manager takes leads of this queue, on dates from ``valid_from`` to ``valid_to``, both included."""

    queue: str
    staff_id: str
    unit_id: str
    valid_from: date
    valid_to: date | None
    seq: int


class ManagerLeft(Event, frozen=True, tag="manager_left"):
    queue: str
    staff_id: str
    seq: int


class LeadDealt(Event, frozen=True, tag="lead_dealt"):
    """The roster's choice for a lead in its queue; the lead's own ``lead_routed`` follows from it."""

    queue: str
    lead_id: str
    line: Line
    staff_id: str
    unit_id: str
    reason: str
    rule: str
    rules_version: int
    on: date


class LeadWaited(Event, frozen=True, tag="lead_waited"):
    """Nobody on the roster could take the lead on its date; whoever joins next for that date gets it."""

    queue: str
    lead_id: str
    line: Line
    reason: str
    on: date


class DealingPaused(Event, frozen=True, tag="dealing_paused"):
    """One commit dealt as many leads as it may; ``waiting`` more wait, and the next commit goes on."""

    queue: str
    waiting: int


LeadEvent = (
    LeadOpened
    | LeadRouted
    | SplitProposed
    | SplitVoided
    | SplitAccepted
    | LeadActivated
    | FirstContactMade
    | FirstContactMissed
    | LeadHandedOver
    | ProjectStageReached
    | LeadQualified
    | LeadWon
    | LeadLost
    | LeadExpired
    | LeadReopened
    | LineLeft
    | GroupRouted
    | LeadMerged
    | LeadAbsorbed
    | LeadReleased
    | LeadUnmerged
)
PostEvent = StaffPosted | PostAnnounced | HandoverDue
RosterEvent = ManagerJoined | ManagerLeft | LeadDealt | LeadWaited | DealingPaused
LeadsEvent = LeadEvent | PostEvent | RosterEvent | WorkEvent | CampaignEvent | DemandEvent | ScoreEvent

UPCASTS: Upcasts = {
    ("handover_ordered", 1): lambda data: {**data, "unit_id": None},
    ("handover_advanced", 1): lambda data: {**data, "unit_id": None},
    ("lead_opened", 1): lambda data: {**data, "tier": None},
    ("lead_opened", 2): lambda data: {**data, "campaign_id": None},
}
