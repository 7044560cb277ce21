"""What linkage is told, as commands on a party's stream. ``seq`` as in the events; ``on`` is a business date."""

from datetime import date
from typing import Literal

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
    """Reach who is still due after a paused batch."""

    customer_id: str


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
    on: date
    seq: int


PartyCommand = NoteParty | NoteRelationship | NoteHolding | NoteWin | ContinueReach | NoteReach | NoteRelease
