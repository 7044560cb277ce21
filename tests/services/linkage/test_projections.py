"""The chain, both ways (rule K5): from a win to all it brought, and from a party back to the win it began with."""

import pytest

from services.bundling.events import ItemActivated
from services.linkage.chain import brought
from services.linkage.projections import BROUGHT, OPPORTUNITIES, PARTIES, WINS
from services.linkage.schemas import BroughtView, OpportunityView, PartyView
from shared.core.ids import derived
from tests.services.linkage.world import (
    COMPANY,
    DAY,
    PERSON,
    World,
    customer,
    edge,
    holding,
    origin,
    recorded,
    win,
    won_of,
)

OPPORTUNITY = derived(COMPANY, PERSON, "mobile")
FACTS = (customer(COMPANY), customer(PERSON), customer("P2"), edge(), edge("P2"), edge("P2", kind="owner"))


@pytest.fixture
def world():
    """A win on a company that brings two opportunities; the first is won in its turn."""
    won = win("l2", PERSON, ("mobile",), 5, origin(OPPORTUNITY, "l1", "l1", (COMPANY,), 1), value=7)
    return World().settle(*FACTS, win("l1", products=("payroll", "settlement"), value=100)).settle(won)


def shown(projection, world, *others):
    documents = {}
    projection.fold(documents, [*world.events(), *others])
    return documents


def activated(lead_id, product="mobile"):
    event = ItemActivated(lead_id, lead_id, product, f"{lead_id}.{product}.1", DAY)
    return recorded(event, f"offer-{lead_id}", 5, "bundling")


def chain_of(lead_id, world, *others):
    wins = shown(WINS, world, *others)
    above = {"root_lead_id", "parent_lead_id"}
    below = [win for win in wins.values() if win.get("hop") and lead_id in {win[name] for name in above}]
    used = [win for win in below if win.get("activated")]
    return brought(shown(BROUGHT, world)[lead_id], wins[lead_id]["hop"], used)


def test_k5_a_win_shows_all_it_brought(world):
    sums = {"spawned": 2, "withdrawn": 0, "won": 1, "value_minor": 7}
    assert shown(BROUGHT, world) == {"l1": {**sums, "hops": {"1": sums}}}
    assert {one["leads"][0] for one in shown(OPPORTUNITIES, world).values()} == {"l1"}


def test_k5_what_two_hops_brought_counts_for_both_wins():
    second = win("l2", "C2", on=3, origin=origin("opp-2", "l1", "l1", (COMPANY,), 1))
    third = win("l3", "P9", ("mobile",), 5, origin(derived("C2", "P9", "mobile"), "l1", "l2", (COMPANY, "C2"), 2), 9)
    world = World().settle(customer("P9"), edge("P9", "C2"), win("l1"), second).settle(third)
    brought = shown(BROUGHT, world)
    last = {"spawned": 1, "withdrawn": 0, "won": 1, "value_minor": 9}
    assert brought["l2"] == {**last, "hops": {"2": last}}
    first = {"spawned": 0, "withdrawn": 0, "won": 1, "value_minor": 100}
    both = {"spawned": 1, "withdrawn": 0, "won": 2, "value_minor": 109}
    assert brought["l1"] == {**both, "hops": {"1": first, "2": last}}
    assert [one["leads"] for one in shown(OPPORTUNITIES, world).values() if "leads" in one] == [["l1", "l2"]]


def test_k5_from_a_win_to_all_it_brought_count_value_and_activated_by_level():
    facts = (customer(COMPANY), customer(PERSON), customer("C2"), customer("P9"), edge(), edge("P9", "C2"))
    world = World().settle(*facts, win("l1"))
    second = win("l2", "C2", ("payroll",), 3, origin("opp-2", "l1", "l1", (COMPANY,), 1), 40)
    third = won_of(("C2", "P9", "mobile"), "l3", 5, "l1", "l2", (COMPANY, "C2"), 2, value=9)
    world.settle(second).settle(third)
    zero = {"spawned": 0, "withdrawn": 0, "won": 0, "value_minor": 0, "count": 0, "activated": 0}
    one = zero | {"spawned": 1, "count": 1}
    found = chain_of("l1", world, activated("l3"), activated("l3", "online"), activated("l7"))
    assert found["levels"] == [
        {"level": 1, **one, "won": 1, "value_minor": 40},
        {"level": 2, **one, "won": 1, "value_minor": 9, "activated": 1},
    ]
    assert {name: found[name] for name in zero} == {
        "spawned": 2, "withdrawn": 0, "won": 2, "value_minor": 49, "count": 2, "activated": 1,
    }  # fmt: skip
    assert chain_of("l2", world, activated("l3"))["levels"] == [
        {"level": 1, **one, "won": 1, "value_minor": 9, "activated": 1}
    ]


def test_k5_what_is_activated_is_bundlings_word_whichever_comes_first(world):
    ways = [[*world.events(), activated("l2")], [activated("l2"), *world.events()]]
    first, second = {}, {}
    WINS.fold(first, ways[0])
    WINS.fold(second, ways[1] + [activated("l2")])
    assert first == second
    assert first["l2"]["activated"] == ["mobile"]


def test_k5_from_a_retail_account_back_to_the_win_it_began_with():
    """Two hops up: the opportunity names its parent, the parent's win its own, to the root."""
    facts = (customer("P9"), edge("P9", "C2"), win("l1"))
    world = World().settle(*facts, win("l2", "C2", on=3, origin=origin("opp-2", "l1", "l1", (COMPANY,), 1)))
    (found,) = (one for one in shown(OPPORTUNITIES, world).values() if one.get("customer_id") == "P9")
    wins, lead_id, back = shown(WINS, world), found["parent_lead_id"], []
    while lead_id:
        back.append(wins[lead_id]["customer_id"])
        lead_id = wins[lead_id]["parent_lead_id"]
    assert (back, found["ancestors"]) == (["C2", COMPANY], [COMPANY, "C2"])


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
    counted = {"edges": 2, "reached": 4, "opportunities": 0}
    assert parties[COMPANY] == {"kind": "company", "outlet_id": "O01", **counted, "ends": None, "winning": True}
    assert parties[PERSON]["opportunities"] == 1
    world.settle(edge("P2", consent=False, version=2), edge("P2", kind="owner", consent=False, version=2))
    parties = shown(PARTIES, world)
    assert (parties[COMPANY]["reached"], parties["P2"]["opportunities"]) == (2, 0)


def test_views_show_what_is_there(world):
    opportunity = shown(OPPORTUNITIES, world)[OPPORTUNITY]
    chain = [shown(WINS, world)["l1"]]
    assert OpportunityView().dump(opportunity | {"chain": chain})["chain"][0]["products"] == ["payroll", "settlement"]
    brought = {"lead_id": "l1", "count": 2, "opportunities": [opportunity], "chain": chain}
    assert BroughtView().dump(brought)["opportunities"][0]["won"]["lead_id"] == "l2"
    party = shown(PARTIES, world)[PERSON] | {"opportunities": [opportunity], "count": 1}
    assert PartyView().dump(party)["opportunities"][0]["from_id"] == COMPANY
    levels = chain_of("l1", world)["levels"]
    assert BroughtView().dump(brought | {"levels": levels})["levels"][0] == levels[0]
