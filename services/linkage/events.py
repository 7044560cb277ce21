"""The facts that linkage publishes. Streams: ``party-<customer id>``, what is known of one company or person;
``calendar-bank``, which of the bank's days are over.

``seq`` on a noted fact is the version of the event that it was learned from, on that event's stream: of two facts
about the same thing the higher one holds, whichever came first.
"""

from datetime import date
from typing import ClassVar, Literal

from shared.core.event import Event
from shared.core.upcasting import Data, Upcasts

ReleaseReason = Literal["released", "ended"]
WithdrawReason = Literal["held_before_win", "link_released", "link_ended", "other_kind", "corporate_customer", "erased"]


class PartyNoted(Event, frozen=True, tag="party_noted"):
    customer_id: str
    kind: Literal["company", "person"]
    outlet_id: str
    corporate_customer: bool
    seq: int


class RelationshipNoted(Event, frozen=True, tag="relationship_noted"):
    """The edge as it stands now, on the stream of the party that it starts from (rule K4); both dates are included.
    Who owns or represents a company has it turned round on their own stream too: ``owns``, ``represents`` (rule K2).

    ``linked`` is how many parties that one is linked with, this one included. Source and confidence (of 10,000) are
    known since schema 2; None, from before, counts as sure.
    """

    schema: ClassVar[int] = 2

    from_id: str
    to_id: str
    kind: str
    valid_from: date
    valid_to: date | None
    source: str | None
    confidence_bps: int | None
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


class HoldingMoveNoted(Event, frozen=True, tag="holding_move_noted"):
    """The bank corrected whose a holding is: this party has it not, and had it not."""

    customer_id: str
    holding_id: str
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


class PartiesReached(Event, frozen=True, tag="parties_reached"):
    """The same for many at once, as a win reaches who is linked already: one rule, through edges of one kind."""

    from_id: str
    to_ids: tuple[str, ...]
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


class ReachAdvanced(Event, frozen=True, tag="reach_advanced"):
    """How far a win has come: this commit reached so many more of the linked parties, and so many still wait."""

    customer_id: str
    lead_id: str
    reached: int
    waiting: int


class PartyReleased(Event, frozen=True, tag="party_released"):
    """No edge carries that win to the party any more. ``ended`` (since schema 2): one did that has ended meanwhile;
    ``released``: none stood on the day of the win with consent, and as sure as the rules ask.
    """

    schema: ClassVar[int] = 2

    from_id: str
    to_id: str
    rule: str
    lead_id: str
    reason: ReleaseReason
    on: date


class LinksEnded(Event, frozen=True, tag="links_ended"):
    """Edges whose last day is ``through`` or earlier carry nothing any more: that day is over (rule K4). ``next_on`` is
    the last day of the edge that ends next.
    """

    customer_id: str
    through: date
    next_on: date | None


class ReachPaused(Event, frozen=True, tag="reach_paused"):
    """One commit reached, or released, as many parties as it may; ``waiting`` more are due, and the next commit goes on
    (rule K4).
    """

    customer_id: str
    waiting: int


class ReachNoted(Event, frozen=True, tag="reach_noted"):
    """The reached party's own record of ``party_reached``, or of their part in ``parties_reached``."""

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

    schema: ClassVar[int] = 2

    from_id: str
    customer_id: str
    rule: str
    lead_id: str
    reason: ReleaseReason
    on: date
    seq: int


class PartyErased(Event, frozen=True, tag="party_erased"):
    """Registry has destroyed what was personal of them (rule R5): nothing is brought to them any more."""

    customer_id: str
    on: date


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
    """It turned out that there is none; ``on`` is the business date of the fact that says so. What was won stays.

    ``held_before_win``: the party had the product already; ``link_released``: no edge that stood on the day of the win
    carries consent; ``other_kind``: the party is not of the kind that the rule is for; ``corporate_customer`` (since
    schema 2): the company became one by another way (rule K2). Since schema 3: ``link_ended``: the edge that carried it
    has ended; ``erased``: the person's data are; ``hop`` as in ``opportunity_spawned``.
    """

    schema: ClassVar[int] = 3

    opportunity_id: str
    customer_id: str
    parent_lead_id: str
    root_lead_id: str
    reason: WithdrawReason
    on: date
    hop: int = 1


class DayNoted(Event, frozen=True, tag="day_noted"):
    """The bank's day is over, and with it every edge whose last day it was."""

    business_date: date


PartyEvent = (
    PartyNoted
    | RelationshipNoted
    | HoldingNoted
    | HoldingMoveNoted
    | WinNoted
    | PartyReached
    | PartiesReached
    | PartyReleased
    | ReachAdvanced
    | ReachPaused
    | LinksEnded
    | ReachNoted
    | ReleaseNoted
    | PartyErased
    | OpportunitySpawned
    | OpportunityWithdrawn
)
CalendarEvent = DayNoted
LinkageEvent = PartyEvent | CalendarEvent


def _released(data: Data) -> Data:
    """Before schema 2 no edge ended."""
    return {**data, "reason": "released"}


def _with_hop(data: Data) -> Data:
    """Before schema 3 there were two hops at most: the first is that whose parent began the chain."""
    return {**data, "hop": 1 if data["parent_lead_id"] == data["root_lead_id"] else 2}


UPCASTS: Upcasts = {
    ("relationship_noted", 1): lambda data: {**data, "source": None, "confidence_bps": None},
    ("party_released", 1): _released,
    ("release_noted", 1): _released,
    ("opportunity_withdrawn", 1): lambda data: data,
    ("opportunity_withdrawn", 2): _with_hop,
}
