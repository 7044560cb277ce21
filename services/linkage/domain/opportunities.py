"""What the reaches of others bring to a party: exactly one opportunity per (from whom, product). Rule K1.

Whether one stands is computed anew from the facts whenever one of them changes, so that their order cannot matter.
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from services.linkage.domain.state import PartyState
from services.linkage.events import (
    LinkageEvent,
    OpportunitySpawned,
    OpportunityWithdrawn,
    PartyNoted,
    ReachNoted,
)
from services.linkage.rules import rule_of
from shared.core.ids import derived


def settle(state: PartyState, on: date, from_id: str | None = None) -> list[LinkageEvent]:
    """What has to change, for everybody who reached the party or for one; ``on`` dates a change of mind."""
    if state.party is None:
        return []
    pairs = {*state.opportunities, *((reach.from_id, product) for reach in _live(state) for product in reach.products)}
    return [
        event
        for pair in sorted(pairs)
        if from_id in {None, pair[0]}
        for event in _settle_one(state, state.party, pair, on)
    ]


def _settle_one(state: PartyState, party: PartyNoted, pair: tuple[str, str], on: date) -> Iterator[LinkageEvent]:
    """At most one event. Among several wins the earliest speaks for the opportunity."""
    from_id, product = pair
    live = [reach for reach in _live(state) if reach.from_id == from_id and product in reach.products]
    meant = [reach for reach in live if rule_of(reach.rules_version, reach.rule).reaches == party.kind]
    wanted = [reach for reach in meant if _wanted(state, party, reach, product)]
    standing = [reach for reach in wanted if not _held(state, product, reach.on)]
    known = state.opportunities.get(pair)
    if known is None and standing:
        first = min(standing, key=lambda reach: (reach.on, reach.lead_id, reach.rule))
        yield _spawned(party, first, product)
    elif known is not None and not standing:
        reason: Literal["held_before_win", "corporate_customer", "other_kind", "link_released"] = (
            "held_before_win"
            if wanted
            else "corporate_customer"
            if meant
            else "other_kind"
            if live
            else "link_released"
        )
        yield OpportunityWithdrawn(
            known.opportunity_id, party.customer_id, known.parent_lead_id, known.root_lead_id, reason, on
        )


def _wanted(state: PartyState, party: PartyNoted, reach: ReachNoted, product: str) -> bool:
    """Some rules are for those alone who are no corporate customer (rule K2): who becomes one by another way needs no
    opportunity any more; who became one by winning this very opportunity is its fruit.
    """
    if not (party.corporate_customer and rule_of(reach.rules_version, reach.rule).newcomers_only):
        return True
    opportunity_id = derived(reach.from_id, party.customer_id, product)
    return any(win.opportunity_id == opportunity_id for win in state.wins.values())


def _live(state: PartyState) -> Iterator[ReachNoted]:
    return (reach for reach in state.reaches.values() if isinstance(reach, ReachNoted))


def _held(state: PartyState, product: str, on: date) -> bool:
    """Whether the party had the product on the day of a win. What one of our leads opened on that very day is a fruit
    of the joint work and not a reason against it.
    """
    return any(
        holding.product == product
        and (holding.opened_on < on or (holding.opened_on == on and holding.opening_ref is None))
        and (holding.closed_on is None or holding.closed_on > on)
        for holding in state.holdings.values()
    )


def _spawned(party: PartyNoted, reach: ReachNoted, product: str) -> OpportunitySpawned:
    return OpportunitySpawned(
        opportunity_id=derived(reach.from_id, party.customer_id, product),
        from_id=reach.from_id,
        customer_id=party.customer_id,
        customer_kind=party.kind,
        product=product,
        relationship=reach.relationship,
        rule=reach.rule,
        rules_version=reach.rules_version,
        parent_lead_id=reach.lead_id,
        root_lead_id=reach.root_lead_id,
        ancestors=reach.ancestors,
        hop=reach.hop,
        winner_id=reach.winner_id,
        winner_unit_id=reach.winner_unit_id,
        winner_line=reach.winner_line,
        outlet_id=party.outlet_id,
        on=reach.on,
    )
