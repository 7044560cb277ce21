"""The facts that linkage publishes. Stream: ``party-<customer id>``, what is known of one company or person."""

from datetime import date
from typing import Literal

from shared.core.event import Event
from shared.core.upcasting import Upcasts


class PartyNoted(Event, frozen=True, tag="party_noted"):
    customer_id: str
    kind: Literal["company", "person"]
    outlet_id: str
    corporate_customer: bool


class RelationshipNoted(Event, frozen=True, tag="relationship_noted"):
    """The edge as it stands now, on the stream of the party that it starts from (rule K4)."""

    from_id: str
    to_id: str
    kind: str
    valid_from: date
    valid_to: date | None
    consent: bool


class HoldingNoted(Event, frozen=True, tag="holding_noted"):
    customer_id: str
    holding_id: str
    product: str
    opened_on: date
    closed_on: date | None


class WinNoted(Event, frozen=True, tag="win_noted"):
    """A win with this party. ``ancestors`` are the customers before it in the chain, first win first; the lead that
    began the chain is ``root_lead_id``, and ``hop`` is 0 for a win that nothing spawned.
    """

    customer_id: str
    lead_id: str
    line: Literal["corporate", "retail"]
    products: tuple[str, ...]
    winner_id: str
    winner_unit_id: str
    on: date
    root_lead_id: str
    ancestors: tuple[str, ...]
    hop: int


class PartyReached(Event, frozen=True, tag="party_reached"):
    """A win reaches a linked party through an edge, by a rule: on the winner's stream, once per (lead, party, rule)."""

    from_id: str
    to_id: str
    relationship: str
    rule: str
    rules_version: int
    products: tuple[str, ...]
    lead_id: str
    winner_id: str
    winner_unit_id: str
    on: date
    root_lead_id: str
    ancestors: tuple[str, ...]
    hop: int


class ReachNoted(Event, frozen=True, tag="reach_noted"):
    """The reached party's own record of ``party_reached``."""

    from_id: str
    customer_id: str
    relationship: str
    rule: str
    rules_version: int
    products: tuple[str, ...]
    lead_id: str
    winner_id: str
    winner_unit_id: str
    on: date
    root_lead_id: str
    ancestors: tuple[str, ...]
    hop: int


class OpportunitySpawned(Event, frozen=True, tag="opportunity_spawned"):
    """One per (from, to, product), whatever is delivered twice or out of order (rule K1).

    ``winner_id`` is who won the parent lead; ``outlet_id`` is the reached party's. ``ancestors`` ends with ``from_id``.
    """

    opportunity_id: str
    from_id: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    product: str
    relationship: str
    rule: str
    rules_version: int
    parent_lead_id: str
    root_lead_id: str
    ancestors: tuple[str, ...]
    hop: int
    winner_id: str
    winner_unit_id: str
    outlet_id: str
    on: date


class OpportunityWithdrawn(Event, frozen=True, tag="opportunity_withdrawn"):
    """It turned out that the party held the product before the win, or the edge never stood."""

    opportunity_id: str
    customer_id: str
    reason: str


LinkageEvent = (
    PartyNoted
    | RelationshipNoted
    | HoldingNoted
    | WinNoted
    | PartyReached
    | ReachNoted
    | OpportunitySpawned
    | OpportunityWithdrawn
)

UPCASTS: Upcasts = {}
