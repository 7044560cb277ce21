"""The facts that linkage publishes. Stream: ``party-<customer id>``, what is known of one company or person.

``seq`` on a noted fact is the version of the event that it was learned from, on that event's stream: of two facts
about the same thing the higher one holds, whichever came first.
"""

from datetime import date
from typing import ClassVar, Literal

from shared.core.event import Event
from shared.core.upcasting import Upcasts


class PartyNoted(Event, frozen=True, tag="party_noted"):
    customer_id: str
    kind: Literal["company", "person"]
    outlet_id: str
    corporate_customer: bool
    seq: int


class RelationshipNoted(Event, frozen=True, tag="relationship_noted"):
    """The edge as it stands now, on the stream of the party that it starts from (rule K4); both dates are included.
    Who owns or represents a company has it turned round on their own stream too: ``owns``, ``represents`` (rule K2).

    ``linked`` is how many parties that one is linked with, this one included.
    """

    from_id: str
    to_id: str
    kind: str
    valid_from: date
    valid_to: date | None
    consent: bool
    linked: int
    seq: int


class HoldingNoted(Event, frozen=True, tag="holding_noted"):
    """``opening_ref`` is set where one of our leads led to it."""

    customer_id: str
    holding_id: str
    product: str
    opened_on: date
    closed_on: date | None
    opening_ref: str | None
    seq: int


class WinNoted(Event, frozen=True, tag="win_noted"):
    """A win with this party; ``winner_id`` owns the side that the customer belongs to. Value in minor units (分).

    ``ancestors`` are the customers before it in the chain, first win first; the lead that began the chain is
    ``root_lead_id``. ``hop`` is 0 for a win that nothing spawned: then there is no opportunity and no parent.
    """

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


class PartyReached(Event, frozen=True, tag="party_reached"):
    """A win reaches a linked party through an edge, by a rule: on the winner's stream, once per (lead, party, rule),
    and again only after a ``party_released`` of the same. ``ancestors`` ends with ``from_id``.
    """

    from_id: str
    to_id: str
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


class PartyReleased(Event, frozen=True, tag="party_released"):
    """No edge carries that win to the party any more: it did not stand on the day of the win, or has no consent."""

    from_id: str
    to_id: str
    rule: str
    lead_id: str
    on: date


class ReachPaused(Event, frozen=True, tag="reach_paused"):
    """One commit reached as many parties as it may; ``waiting`` more are due, and the next commit goes on (rule K4)."""

    customer_id: str
    waiting: int


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
    winner_line: Literal["corporate", "retail"]
    on: date
    root_lead_id: str
    ancestors: tuple[str, ...]
    hop: int
    seq: int


class ReleaseNoted(Event, frozen=True, tag="release_noted"):
    """The reached party's own record of ``party_released``."""

    from_id: str
    customer_id: str
    rule: str
    lead_id: str
    on: date
    seq: int


class OpportunitySpawned(Event, frozen=True, tag="opportunity_spawned"):
    """One per (from, to, product), whatever is delivered twice or out of order (rule K1); the same one again only after
    an ``opportunity_withdrawn`` that a later fact overtook.

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
    winner_line: Literal["corporate", "retail"]
    outlet_id: str
    on: date


class OpportunityWithdrawn(Event, frozen=True, tag="opportunity_withdrawn"):
    """It turned out that there is none; ``on`` is the business date of the fact that says so.

    ``held_before_win``: the party had the product already; ``link_released``: no edge that stood on the day of the win
    carries consent; ``other_kind``: the party is not of the kind that the rule is for; ``corporate_customer`` (since
    schema 2): the company became one by another way (rule K2).
    """

    schema: ClassVar[int] = 2

    opportunity_id: str
    customer_id: str
    parent_lead_id: str
    root_lead_id: str
    reason: Literal["held_before_win", "link_released", "other_kind", "corporate_customer"]
    on: date


LinkageEvent = (
    PartyNoted
    | RelationshipNoted
    | HoldingNoted
    | WinNoted
    | PartyReached
    | PartyReleased
    | ReachPaused
    | ReachNoted
    | ReleaseNoted
    | OpportunitySpawned
    | OpportunityWithdrawn
)

UPCASTS: Upcasts = {("opportunity_withdrawn", 1): lambda data: data}
