"""Credit follows the chain (rule K6): what a spawned lead earns is shared between who won before it and who serves the
customer, by the split that both accepted, and adds up to the last thousandth on every hop.
"""

from collections import Counter
from datetime import timedelta

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.incentives.domain.deal import DEAL, Note
from services.incentives.events import AccountNoted, CheckNoted, CreditPosted, OpeningNoted, UseNoted
from services.incentives.reactions import facts_of
from services.leads.domain.commands import AcceptSplit, AssignOwner, ProposeSplit, WinLead
from services.leads.domain.lead import LEAD
from services.leads.events import LeadActivated, LeadWon
from services.leads.reactions import follow_opportunities
from services.linkage.events import OpportunitySpawned
from tests.services.incentives.examples import active, plan
from tests.services.linkage.world import DAY, ZHANG, World, customer, edge, origin, recorded, win

RETAIL = "S0042"
bps = st.integers(0, 10_000)
points = st.integers(1, 10**9)


def unknown(_customer, _on):
    return None, None


def worked(spawned, corporate_bps=None):
    """The lead of an opportunity as leads makes it: dealt, split as the rule says or as agreed anew, active, won."""
    (intent,) = follow_opportunities(unknown)(spawned)
    events = list(LEAD.decide(LEAD.initial, intent.command))
    winner = spawned.event.winner_id

    def do(command):
        events.extend(LEAD.decide(LEAD.fold(events), command))

    do(AssignOwner("retail", RETAIL, "O02", "dealt", "roster", 1, DAY))
    proposal = 1
    if corporate_bps not in {None, 3_000}:
        do(ProposeSplit(RETAIL, (("corporate", corporate_bps), ("retail", 10_000 - corporate_bps))))
        proposal = 2
    do(AcceptSplit(winner, "corporate", proposal, DAY))
    do(AcceptSplit(RETAIL, "retail", proposal, DAY))
    do(WinLead(RETAIL, ("mobile",), 0, DAY))
    return intent.key, events


def earned(lead_id, events, points_milli):
    """By person: what the lead's one opening has vested, as incentives posts it."""
    activated = next(one for one in events if isinstance(one, LeadActivated))
    (split,) = facts_of(recorded(activated, f"lead-{lead_id}", 7, "leads"))
    opening, on = f"{lead_id}.mobile.1", DAY + timedelta(days=1)
    facts = [
        split,
        OpeningNoted(lead_id, opening, "mobile", on, "bundling/offer-1@3"),
        AccountNoted(opening, "H1", on, None, "registry/holding-H1@1"),
        CheckNoted(opening, True, None, on, "compliance/opening-1@2"),
        *(UseNoted(opening, "H1", 1, on + timedelta(days=n), f"registry/activity-H1.{n}@1") for n in range(1, 4)),
    ]
    state, posted = DEAL.initial, Counter()
    for fact in facts:
        lines = DEAL.decide(state, Note((fact,), (active(plan(points=points_milli)),)))
        state = DEAL.fold(lines, state)
        for line in lines:
            if isinstance(line, CreditPosted):
                posted[line.staff_id] += line.points_milli
    return posted


def spawned_by(*facts):
    world = World().settle(*facts)
    return world.events(OpportunitySpawned)


@settings(max_examples=60)
@over(points, st.one_of(st.none(), bps))
def test_k6_a_spawned_wins_credit_goes_to_the_winner_before_it_and_conserves(points_milli, corporate_bps):
    (spawned,) = spawned_by(customer("P1"), edge("P1"), win())
    lead_id, events = worked(spawned, corporate_bps)
    posted = earned(lead_id, events, points_milli)
    assert posted.total() == points_milli
    assert set(posted) <= {ZHANG, RETAIL}
    agreed = 3_000 if corporate_bps is None else corporate_bps
    assert abs(posted[ZHANG] * 10_000 - points_milli * agreed) < 10_000


@settings(max_examples=30)
@over(points, st.sampled_from([(1, "l0"), (0, None)]))
def test_k6_on_the_second_hop_credit_goes_to_the_win_just_before(points_milli, hop):
    """No part is taken from it for the win with which the chain began: that one has its own; see the shadow ledger."""
    before = origin("opp-1", "l0", "l0", ("C9",), 1) if hop[0] else None
    (spawned,) = spawned_by(customer("P1"), edge("P1"), win("l1", origin=before))
    assert (spawned.event.root_lead_id, spawned.event.hop) == (hop[1] or "l1", hop[0] + 1)
    lead_id, events = worked(spawned)
    posted = earned(lead_id, events, points_milli)
    assert (posted.total(), set(posted) - {ZHANG, RETAIL}) == (points_milli, set())


@settings(max_examples=40)
@over(st.lists(st.tuples(points, bps), min_size=1, max_size=6))
def test_k6_over_a_whole_chain_every_thousandth_is_somebodys_and_nobodys_twice(deals):
    people = [f"P{number}" for number in range(len(deals))]
    chain = spawned_by(*map(customer, people), *map(edge, people), win())
    everybody = Counter()
    for spawned, (points_milli, corporate_bps) in zip(chain, deals, strict=True):
        lead_id, events = worked(spawned, corporate_bps)
        assert next(one for one in events if isinstance(one, LeadWon)).origin.parent_lead_id == "l1"
        everybody += earned(lead_id, events, points_milli)
    assert everybody.total() == sum(points_milli for points_milli, _ in deals)
