"""What the reaches of others bring to a party: exactly one opportunity per (from whom, product). Rule K1.

Whether one stands is computed anew from the facts whenever one of them changes, so that their order cannot matter.
"""

from collections.abc import Iterator
from datetime import date

from services.linkage.domain.state import PartyState
from services.linkage.events import (
    HoldingNoted,
    OpportunitySpawned,
    OpportunityWithdrawn,
    PartyEvent,
    PartyNoted,
    ReachNoted,
    ReleaseNoted,
    WithdrawReason,
)
from services.linkage.rules import rule_of
from shared.core.ids import derived

Pair = tuple[str, str]
"""From whom, and which product."""


def settle(state: PartyState, on: date, from_id: str | None = None) -> list[PartyEvent]:
    """What has to change, for everybody who reached the party or for one; ``on`` dates a change of mind."""
    if state.party is None:
        return []
    brought = ((reach.from_id, product) for reach in _live(state) for product in reach.products)
    return [
        event
        for pair in sorted({*state.opportunities, *state.taken_back, *brought})
        if from_id in {None, pair[0]}
        for event in _settle_one(state, state.party, pair, on)
    ]


def _settle_one(state: PartyState, party: PartyNoted, pair: Pair, on: date) -> Iterator[PartyEvent]:
    """At most one event. Among several wins the earliest speaks for the opportunity. One that was won stays, whatever
    becomes of what brought it; should it have been taken back before the win was learned of, it stands again.
    """
    known = state.opportunities.get(pair)
    if _is_won(state, pair):
        if known is None and pair in state.taken_back:
            yield state.taken_back[pair]
        return
    standing, reason = _standing(state, party, pair)
    if known is None and standing:
        yield _spawned(party, min(standing, key=lambda reach: (reach.on, reach.lead_id, reach.rule)), pair[1])
    elif known is not None and not standing:
        yield OpportunityWithdrawn(
            opportunity_id=known.opportunity_id,
            customer_id=party.customer_id,
            parent_lead_id=known.parent_lead_id,
            root_lead_id=known.root_lead_id,
            reason=reason,
            on=on,
            hop=known.hop,
        )


def _standing(state: PartyState, party: PartyNoted, pair: Pair) -> tuple[list[ReachNoted], WithdrawReason]:
    """The reaches that speak for an opportunity; where there is none, why not."""
    from_id, product = pair
    if state.erased:
        return [], "erased"
    live = [reach for reach in _live(state) if reach.from_id == from_id and product in reach.products]
    meant = [reach for reach in live if rule_of(reach.rules_version, reach.rule).reaches == party.kind]
    wanted = [reach for reach in meant if _wanted(party, reach)]
    if wanted:
        return [reach for reach in wanted if not _held(state, product, reach.on)], "held_before_win"
    if live:
        return [], "corporate_customer" if meant else "other_kind"
    ended = any(
        isinstance(word, ReleaseNoted) and word.from_id == from_id and word.reason == "ended"
        for word in state.reaches.values()
    )
    return [], "link_ended" if ended else "link_released"


def _is_won(state: PartyState, pair: Pair) -> bool:
    """Whether a win of the party came of this very opportunity."""
    if not state.wins or state.party is None:
        return False
    opportunity_id = derived(pair[0], state.party.customer_id, pair[1])
    return any(win.opportunity_id == opportunity_id for win in state.wins.values())


def _wanted(party: PartyNoted, reach: ReachNoted) -> bool:
    """Some rules are for those alone who are no corporate customer (rule K2): who becomes one by another way needs no
    opportunity any more.
    """
    return not (party.corporate_customer and rule_of(reach.rules_version, reach.rule).newcomers_only)


def _live(state: PartyState) -> Iterator[ReachNoted]:
    return (reach for reach in state.reaches.values() if isinstance(reach, ReachNoted))


def _held(state: PartyState, product: str, on: date) -> bool:
    """Whether the party had the product on the day of a win. What one of our leads opened on that very day is a fruit
    of the joint work and not a reason against it.
    """
    return any(
        isinstance(holding, HoldingNoted)
        and holding.product == product
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
