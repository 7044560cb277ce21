"""What linkage is told, as commands on a party's stream. ``seq`` as in the events; ``on`` is a business date."""

from datetime import date
from typing import Literal

from services.linkage.events import ReleaseReason
from shared.core.decider import Command


class NoteParty(Command, frozen=True):
    customer_id: str
    kind: Literal["company", "person"]
    outlet_id: str
    corporate_customer: bool
    seq: int
    on: date


class NoteRelationship(Command, frozen=True):
    from_id: str
    to_id: str
    kind: str
    valid_from: date
    valid_to: date | None
    source: str
    confidence_bps: int
    consent: bool
    seq: int
    on: date


class NoteHolding(Command, frozen=True):
    customer_id: str
    holding_id: str
    product: str
    opened_on: date
    closed_on: date | None
    opening_ref: str | None
    seq: int
    on: date


class NoteHoldingMove(Command, frozen=True):
    """It turned out to be somebody else's."""

    customer_id: str
    holding_id: str
    seq: int
    on: date


class NoteWin(Command, frozen=True):
    customer_id: str
    lead_id: str
    line: Literal["corporate", "retail"]
    products: tuple[str, ...]
    winner_id: str
    winner_unit_id: str
    value_minor: int
    on: date
    root_lead_id: str
    parent_lead_id: str | None
    opportunity_id: str | None
    ancestors: tuple[str, ...]
    hop: int


class ContinueReach(Command, frozen=True):
    """Release and reach who is still due after a paused batch."""

    customer_id: str


class EndLinks(Command, frozen=True):
    """The days up to ``on`` are over, and with them the edges that had their last day by then."""

    customer_id: str
    on: date


class NoteReach(Command, frozen=True):
    from_id: str
    customer_id: str
    relationship: str
    rule: str
    rules_version: int
    products: tuple[str, ...]
    lead_id: str
    winner_id: str
    winner_unit_id: str
    winner_line: Literal["corporate", "retail"]
    on: date
    root_lead_id: str
    ancestors: tuple[str, ...]
    hop: int
    seq: int


class NoteRelease(Command, frozen=True):
    from_id: str
    customer_id: str
    rule: str
    lead_id: str
    reason: ReleaseReason
    on: date
    seq: int


class ForgetParty(Command, frozen=True):
    """Their personal data were erased on that day (rule R5)."""

    customer_id: str
    on: date


PartyCommand = (
    NoteParty
    | NoteRelationship
    | NoteHolding
    | NoteHoldingMove
    | NoteWin
    | ContinueReach
    | EndLinks
    | NoteReach
    | NoteRelease
    | ForgetParty
)
