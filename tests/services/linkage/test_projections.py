"""The chain, both ways (rule K5): from a win to all it brought, and from a party back to the win it began with."""

import pytest

from services.linkage.projections import BROUGHT, OPPORTUNITIES, PARTIES, WINS
from services.linkage.schemas import BroughtView, OpportunityView, PartyView
from shared.core.ids import derived
from tests.services.linkage.world import COMPANY, PERSON, World, customer, edge, holding, origin, win

OPPORTUNITY = derived(COMPANY, PERSON, "mobile")
FACTS = (customer(COMPANY), customer(PERSON), customer("P2"), edge(), edge("P2"), edge("P2", kind="owner"))


@pytest.fixture
def world():
    """A win on a company that brings two opportunities; the first is won in its turn."""
    won = win("l2", PERSON, ("mobile",), 5, origin(OPPORTUNITY, "l1", "l1", (COMPANY,), 1), value=7)
    return World().settle(*FACTS, win("l1", products=("payroll", "settlement"), value=100)).settle(won)


def shown(projection, world):
    documents = {}
    projection.fold(documents, world.events())
    return documents


def test_k5_a_win_shows_all_it_brought(world):
    assert shown(BROUGHT, world) == {"l1": {"spawned": 2, "withdrawn": 0, "won": 1, "value_minor": 7}}
    assert {one["leads"][0] for one in shown(OPPORTUNITIES, world).values()} == {"l1"}


def test_k5_what_two_hops_brought_counts_for_both_wins():
    second = win("l2", "C2", on=3, origin=origin("opp-2", "l1", "l1", (COMPANY,), 1))
    third = win("l3", "P9", ("mobile",), 5, origin(derived("C2", "P9", "mobile"), "l1", "l2", (COMPANY, "C2"), 2), 9)
    world = World().settle(customer("P9"), edge("P9", "C2"), win("l1"), second).settle(third)
    brought = shown(BROUGHT, world)
    assert brought["l2"] == {"spawned": 1, "withdrawn": 0, "won": 1, "value_minor": 9}
    assert brought["l1"] == {"spawned": 1, "withdrawn": 0, "won": 2, "value_minor": 109}
    assert [one["leads"] for one in shown(OPPORTUNITIES, world).values() if "leads" in one] == [["l1", "l2"]]


def test_k5_an_opportunity_shows_what_became_of_it(world):
    found = shown(OPPORTUNITIES, world)
    assert found[OPPORTUNITY]["status"] == "won"
    assert found[OPPORTUNITY]["won"] == {"lead_id": "l2", "products": ["mobile"], "value_minor": 7, "on": "2026-09-08"}
    other = derived(COMPANY, "P2", "mobile")
    assert (found[other]["status"], found[other]["ancestors"]) == ("open", [COMPANY])
    world.settle(holding("P2", opened=-3))
    found = shown(OPPORTUNITIES, world)
    assert (found[other]["status"], found[other]["reason"]) == ("withdrawn", "held_before_win")
    assert shown(BROUGHT, world)["l1"]["withdrawn"] == 1
    world.settle(holding("P2", opened=3, version=2))
    assert (shown(OPPORTUNITIES, world)[other]["status"], shown(BROUGHT, world)["l1"]["spawned"]) == ("open", 3)


def test_k5_from_a_retail_win_back_to_the_win_it_began_with(world):
    wins = shown(WINS, world)
    assert (wins["l2"]["parent_lead_id"], wins["l2"]["opportunity_id"]) == ("l1", OPPORTUNITY)
    assert (wins["l1"]["parent_lead_id"], wins["l1"]["hop"]) == (None, 0)


def test_k4_a_party_shows_its_edges_its_reach_and_its_opportunities(world):
    parties = shown(PARTIES, world)
    assert parties[COMPANY] == {"kind": "company", "outlet_id": "O01", "edges": 2, "reached": 4, "opportunities": 0}
    assert parties[PERSON]["opportunities"] == 1
    world.settle(edge(consent=False, version=2))
    parties = shown(PARTIES, world)
    assert (parties[COMPANY]["reached"], parties[PERSON]["opportunities"]) == (2, 0)


def test_views_show_what_is_there(world):
    opportunity = shown(OPPORTUNITIES, world)[OPPORTUNITY]
    chain = [shown(WINS, world)["l1"]]
    assert OpportunityView().dump(opportunity | {"chain": chain})["chain"][0]["products"] == ["payroll", "settlement"]
    brought = {"lead_id": "l1", "count": 2, "opportunities": [opportunity], "chain": chain}
    assert BroughtView().dump(brought)["opportunities"][0]["won"]["lead_id"] == "l2"
    party = shown(PARTIES, world)[PERSON] | {"opportunities": [opportunity], "count": 1}
    assert PartyView().dump(party)["opportunities"][0]["from_id"] == COMPANY
