"""What may be wished of a lead. ``by`` is who asks, by staff number; ``on`` the business date."""

from datetime import date
from typing import Literal

import msgspec

from services.leads.domain.group_commands import GroupCommand, Post
from services.leads.domain.state import LeadState
from services.leads.events import Holder, Origin, OwnerLine, Share, Stage, Tier
from services.leads.group_events import Line
from services.leads.segments import Habits
from shared.core.decider import Command


class NamedManager(msgspec.Struct, frozen=True):
    """A customer's own manager, as registry says, and where they serve."""

    staff_id: str
    line: OwnerLine
    unit_id: str


class Leader(msgspec.Struct, frozen=True):
    """Who of branch management would lead a group for the customer, and where they serve."""

    staff_id: str
    unit_id: str


class OpenLead(Command, frozen=True):
    """With an ``origin`` it is a spawned lead: the opener is who won the lead before it (rule K1). Linkage asks for it
    again where an opportunity that it took back stands after all. ``tier``, ``manager`` and ``habits`` are what is
    known of the customer now, ``leader`` whoever would lead a group. With a ``campaign_id`` it is a campaign's: the
    opener owns no side (rule L12).
    """

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
    manager: NamedManager | None = None
    habits: Habits | None = None
    leader: Leader | None = None
    campaign_id: str | None = None


class AssignOwner(Command, frozen=True):
    """The roster's choice for a side that waits in a queue."""

    line: Line
    staff_id: str
    unit_id: str
    reason: str
    rule: str
    rules_version: int
    on: date


class InvitePartner(Command, frozen=True):
    """An owner names the owner of the other side. ``post`` is what is known of that person, None for nothing;
    ``line`` and ``unit_id`` are what the caller believes, where they say so.
    """

    by: str
    staff_id: str
    post: Post | None
    line: str | None
    unit_id: str | None
    on: date


class ClaimSide(Command, frozen=True):
    """Somebody takes a side that waits in the queue of their own line and unit. ``own`` is the line that they stand
    for, where it is another than the side's.
    """

    by: str
    line: Line
    unit_id: str
    on: date
    own: Line | None = None


class ProposeSplit(Command, frozen=True):
    """``shares`` are (line, bps); who stands for a line is its owner."""

    by: str
    shares: tuple[tuple[Line, int], ...]


class WithdrawSplit(Command, frozen=True):
    """Whoever made the newest proposal takes it back, while the other has not accepted it."""

    by: str


class AcceptSplit(Command, frozen=True):
    """Without a ``line`` it is the one that the caller owns."""

    by: str
    line: Line | None
    proposal: int
    on: date


class NoteContact(Command, frozen=True):
    """Somebody logged a contact for the lead, and with whom."""

    contact_id: str
    customer_id: str
    staff_id: str
    on: date


class MissFirstContact(Command, frozen=True):
    """The day by which ``owner_id`` was to speak with the customer is over; ``on`` is today."""

    owner_id: str
    due_on: date
    on: date


class RerouteMissed(Command, frozen=True):
    """Whoever missed the first contact, and still has not made it, loses the lead."""

    owner_id: str
    on: date


class HandOver(Command, frozen=True):
    """A side changes hands, where ``from_id`` still owns it. ``unit_id`` is where they served, None where it does not
    matter.
    """

    handover_id: str
    line: Line
    from_id: str
    to_id: str
    to_unit_id: str
    on: date
    unit_id: str | None = None


class ReturnSide(Command, frozen=True):
    """Somebody left, and what they still own goes back to its queue. ``unit_id`` is where they served, None where it
    does not matter; ``why`` is why, in the words that the decision keeps.
    """

    staff_id: str
    line: Line
    unit_id: str | None
    why: str
    on: date


class ReachStage(Command, frozen=True):
    """``bid_on`` is the day of the bid, for that stage."""

    by: str
    stage: Stage
    bid_on: date | None
    on: date


class QualifyLead(Command, frozen=True):
    by: str
    on: date


class WinLead(Command, frozen=True):
    """Without a value the lead's estimate stands."""

    by: str
    products: tuple[str, ...]
    value_minor: int | None
    on: date


class LoseLead(Command, frozen=True):
    by: str
    reason: str
    text: str
    on: date


class ExpireLead(Command, frozen=True):
    reason: str
    on: date


class ReopenLead(Command, frozen=True):
    by: str
    reason: str
    on: date


class MergeLead(Command, frozen=True):
    """This lead and ``into_id`` are one. ``into`` is how that one stands now; ``same_customer``: both are of one
    customer, or of two who are probably the same.
    """

    into_id: str
    into: LeadState
    same_customer: bool
    reason: str
    by: str
    roles: frozenset[str]
    on: date


class AbsorbLead(Command, frozen=True):
    """Another lead was merged into this one, by its merge number ``merge``."""

    merged_id: str
    merge: int
    owners: tuple[Holder, ...]
    shares: tuple[Share, ...]
    on: date
    origin: Origin | None = None


class ReleaseLead(Command, frozen=True):
    """The merge of ``merged_id`` into this one is to be undone."""

    merged_id: str
    reason: str
    by: str
    roles: frozenset[str]
    on: date


class UnmergeLead(Command, frozen=True):
    """The lead that this one was merged into let go."""

    into_id: str
    merge: int
    reason: str
    by: str | None
    on: date


LeadCommand = (
    OpenLead
    | AssignOwner
    | InvitePartner
    | ClaimSide
    | ProposeSplit
    | WithdrawSplit
    | AcceptSplit
    | NoteContact
    | MissFirstContact
    | RerouteMissed
    | HandOver
    | ReturnSide
    | ReachStage
    | QualifyLead
    | WinLead
    | LoseLead
    | ExpireLead
    | ReopenLead
    | GroupCommand
    | MergeLead
    | AbsorbLead
    | ReleaseLead
    | UnmergeLead
)
