"""What our own facts ask where leads are about the same: needs are held, merges reach both leads. Rule L4."""

from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from services.leads.domain.commands import AbsorbLead, NamedManager, OpenLead, UnmergeLead
from services.leads.domain.demand import DEMAND, ClaimNeed, CompareDemand, Held
from services.leads.domain.lead import LEAD
from services.leads.duplicate_events import NeedClaimed, Wish
from services.leads.duplicate_rules import needs_of
from services.leads.events import LeadMerged, LeadOpened, LeadReleased, Tier
from services.registry.events import CustomersMatched, MatchJudged
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

NEED_FACTS = (LeadOpened, NeedClaimed)
MERGE_FACTS = (LeadMerged, LeadReleased)
MATCH_FACTS = (CustomersMatched, MatchJudged)


def claim_needs(
    elsewhere: Callable[[str], Sequence[Held]],
    known: Callable[[str, date], tuple[Tier | None, NamedManager | None]],
) -> Reaction:
    """A lead that was opened without asking, by linkage, a campaign or before this rule, holds its needs from now on;
    what a person asked for is opened, where the service died between the two. ``elsewhere`` are the leads of customers
    who are probably the same as one, ``known`` what is known of a customer on a day.
    """

    def claim(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case LeadOpened(lead_id=lead_id, customer_id=customer_id) as opened:
                needs = needs_of(opened.need, opened.products)
                wish = ClaimNeed(customer_id, lead_id, needs, opened.on, elsewhere=tuple(elsewhere(customer_id)))
                return [Intent(DEMAND, customer_id, wish)]
            case NeedClaimed(wish=Wish() as asked, lead_id=lead_id, customer_id=customer_id, on=on):
                tier, manager = known(customer_id, on)
                said = msgspec.structs.asdict(asked)
                command = OpenLead(
                    lead_id=lead_id, customer_id=customer_id, on=on, tier=tier, manager=manager, origin=None, **said
                )
                return [Intent(LEAD, lead_id, command)]
        return []

    return claim


def compare_leads(held: Callable[[str], Sequence[Held]]) -> Reaction:
    """Two customers who turn out to be probably one → the leads of each are compared with the other's. ``held`` are the
    leads of a customer.
    """

    def compare(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case (
                CustomersMatched(strong=True, one_id=one, other_id=other)
                | MatchJudged(same=True, one_id=one, other_id=other)
            ):
                return [
                    Intent(DEMAND, here, CompareDemand(here, tuple(held(there))))
                    for here, there in ((one, other), (other, one))
                ]
        return []

    return compare


def follow_merges(recorded: Recorded) -> list[Intent]:
    """A merged lead → its survivor takes its claims; a survivor that lets go → the merged lead stands again."""
    match recorded.event:
        case LeadMerged(into_id=into_id) as merged:
            absorb = AbsorbLead(
                merged_id=merged.lead_id,
                merge=merged.merge,
                owners=merged.owners,
                shares=merged.shares,
                on=merged.on,
                origin=merged.origin,
            )
            return [Intent(LEAD, into_id, absorb)]
        case LeadReleased(lead_id=into_id, merged_id=merged_id, merge=merge, reason=reason, by=by, on=on):
            return [Intent(LEAD, merged_id, UnmergeLead(into_id, merge, reason, by, on))]
    return []
