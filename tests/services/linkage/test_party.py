"""A corporate win spawns opportunities: rule K1, with K4's edges and K5's loop guard, fact by fact."""

import random
from datetime import date

import pytest

from services.leads.events import Share
from services.linkage.domain.commands import ContinueReach
from services.linkage.domain.party import PARTY
from services.linkage.events import (
    OpportunityWithdrawn,
    PartiesReached,
    PartyReached,
    PartyReleased,
    RelationshipNoted,
    WinNoted,
)
from services.linkage.reactions import carry_reach, note_registry, note_wins
from services.linkage.rules import VERSIONS, in_force
from services.registry.events import UnitRecorded
from shared.core.ids import derived
from tests.kit import given
from tests.services.linkage.world import (
    COMPANY,
    DAY,
    LI,
    OUTLET,
    PERSON,
    ZHANG,
    World,
    customer,
    edge,
    holding,
    moved,
    origin,
    recorded,
    win,
)

KNOWN = (customer(COMPANY), customer(PERSON))
PAIR = (COMPANY, PERSON, "mobile")


def test_k1_a_corporate_win_spawns_for_a_linked_person_what_they_do_not_hold():
    (spawned,) = World().settle(*KNOWN, edge(), holding(product="online"), win()).spawned()
    assert spawned.opportunity_id == derived(COMPANY, PERSON, "mobile")
    assert (spawned.from_id, spawned.customer_id, spawned.product) == PAIR
    assert (spawned.winner_id, spawned.winner_unit_id, spawned.winner_line) == (ZHANG, OUTLET, "corporate")
    assert (spawned.parent_lead_id, spawned.root_lead_id, spawned.ancestors, spawned.hop) == ("l1", "l1", (COMPANY,), 1)
    assert (spawned.outlet_id, spawned.relationship, spawned.on) == (OUTLET, "employee", DAY)
    assert (spawned.rule, spawned.rules_version) == ("K1.payroll", 1)


def test_k1_the_winner_is_the_owner_of_the_corporate_side_whoever_pressed_the_button():
    world = World().settle(win(shares=(Share("corporate", "S9", "O09", 5_000), Share("retail", LI, "O02", 5_000))))
    (noted,) = world.events(WinNoted)
    assert (noted.event.winner_id, noted.event.winner_unit_id, noted.event.hop) == ("S9", "O09", 0)


@pytest.mark.parametrize("products", [("payroll",), ("corporate_ebank",), ("settlement",), ("payroll", "settlement")])
def test_k1_any_of_the_three_products_triggers_and_brings_one_opportunity(products):
    world = World().settle(*KNOWN, edge(), edge(kind="owner"), win(products=products))
    assert len(world.spawned()) == 1
    assert len(world.events(PartiesReached)) == len(products)


@pytest.mark.parametrize(
    "facts",
    [
        (edge(), win(products=("online_reconciliation",))),
        (edge(), win(customer_id=PERSON, products=("payroll",))),
        (edge(kind="supplier"), win()),
        (win(),),
        (edge(consent=False), win()),
        (edge(since=1), win()),
        (edge(until=-1), win()),
        (edge(), holding(), win()),
        (edge(), holding(opened=0), win()),
        (edge(), holding(opened=-9, closed=1), win()),
    ],
)
def test_k1_k4_what_spawns_nothing(facts):
    assert World().settle(*KNOWN, *facts).spawned() == []


@pytest.mark.parametrize(
    "facts",
    [
        (edge(since=0), win()),
        (edge(until=0), win()),
        (edge(until=40), win()),
        (win(), edge()),
        (edge(consent=False), edge(kind="owner"), win()),
        (edge(), holding(opened=1), win()),
        (edge(), holding(opened=-9, closed=0), win()),
        (edge(), holding(opened=0, ref="l2.mobile.1"), win()),
        (edge(), win(), win("l2", on=5)),
    ],
)
def test_k1_k4_what_spawns_exactly_one(facts):
    assert World().settle(*KNOWN, *facts).open() == {PAIR}


def test_k1_a_party_that_is_not_known_yet_is_waited_for():
    world = World().settle(edge(), win())
    assert world.spawned() == []
    assert world.settle(customer(PERSON, outlet="O07")).spawned()[0].outlet_id == "O07"


def test_k1_only_people_are_reached_by_the_rules_for_people():
    world = World().settle(*KNOWN, customer("C2"), edge("C2", kind="owner"), win())
    assert world.spawned() == []
    assert world.settle(customer("C2", version=2, kind="person")).open() == {(COMPANY, "C2", "mobile")}
    world.settle(customer("C2", version=3, kind="company"))
    assert [one.event.reason for one in world.events(OpportunityWithdrawn)] == ["other_kind"]


def test_k1_a_holding_learned_late_but_opened_before_withdraws():
    world = World().settle(*KNOWN, edge(), win()).settle(holding(opened=-1))
    (withdrawn,) = (one.event for one in world.events(OpportunityWithdrawn))
    assert (withdrawn.reason, withdrawn.parent_lead_id, withdrawn.on) == ("held_before_win", "l1", DAY)
    assert world.open() == set()


def test_k1_a_corrected_holding_lets_the_opportunity_stand_again():
    world = World().settle(*KNOWN, edge(), win()).settle(holding(opened=-1)).settle(holding(opened=3, version=2))
    assert world.open() == {PAIR}
    assert len(world.spawned()) == 2


OTHER = "P000008"
WRONG = holding(holding_id="H1")
CORRECTED = (moved("H1", PERSON, OTHER, version=2), holding(OTHER, holding_id="H1", version=3))


def test_k1_a_holding_that_turns_out_to_be_somebody_elses_keeps_nobody_from_their_opportunity():
    world = World().settle(*KNOWN, customer(OTHER), edge(), edge(OTHER), WRONG, win())
    assert world.open() == {(COMPANY, OTHER, "mobile")}
    assert world.settle(*CORRECTED).open() == {PAIR}
    assert [one.event.reason for one in world.events(OpportunityWithdrawn)] == ["held_before_win"]


@pytest.mark.parametrize("seed", range(20))
def test_k1_whose_a_holding_is_comes_in_any_order_and_twice(seed):
    facts = [*KNOWN, customer(OTHER), edge(), edge(OTHER), WRONG, *CORRECTED, win()]
    assert World().settle_in_disorder(facts, random.Random(seed)).open() == {PAIR}
    back = [moved("H1", OTHER, PERSON, version=4), holding(holding_id="H1", version=5)]
    there_again = World().settle_in_disorder([*facts, *back], random.Random(seed))
    assert there_again.open() == {(COMPANY, OTHER, "mobile")}


def test_k4_an_edge_that_never_stood_withdraws():
    world = World().settle(*KNOWN, edge(), win()).settle(edge(until=-5, version=2))
    assert [one.event.reason for one in world.events(OpportunityWithdrawn)] == ["link_released"]
    assert [one.event.lead_id for one in world.events(PartyReleased)] == ["l1"]


def test_k4_consent_withdrawn_and_given_again():
    world = World().settle(*KNOWN, edge(), win()).settle(edge(consent=False, version=2))
    assert world.open() == set()
    assert world.settle(edge(version=3)).open() == {PAIR}


def test_k4_another_edge_that_still_stands_carries_the_win():
    world = World().settle(*KNOWN, edge(), edge(kind="owner"), win()).settle(edge(consent=False, version=2))
    assert world.open() == {PAIR}
    assert world.events(PartyReleased) == []


def test_k1_an_older_word_never_replaces_a_newer_one():
    world = World().settle(*KNOWN, edge(consent=False, version=2), edge(version=1), win())
    assert world.spawned() == []
    world = World().settle(customer(PERSON, version=2, outlet="O02"), customer(PERSON, version=1), edge(), win())
    assert world.spawned()[0].outlet_id == "O02"
    facts = (holding(opened=3, version=2), holding(opened=-3, version=1))
    assert World().settle(*KNOWN, edge(), *facts, win()).open() == {PAIR}


def test_k5_at_most_two_hops_and_the_chain_is_carried_on():
    far = win(origin=origin(hop=2, ancestors=("C8", "C9")))
    assert World().settle(*KNOWN, edge(), far).spawned() == []
    near = win(origin=origin(root="l0", parent="l0", ancestors=("C9",), hop=1))
    (spawned,) = World().settle(*KNOWN, edge(), near).spawned()
    assert (spawned.hop, spawned.ancestors) == (2, ("C9", COMPANY))
    assert (spawned.root_lead_id, spawned.parent_lead_id) == ("l0", "l1")


def test_k5_never_back_to_an_ancestor_nor_to_itself():
    back = win(origin=origin(ancestors=(PERSON,)))
    assert World().settle(*KNOWN, edge(), back).spawned() == []
    assert World().settle(*KNOWN, customer(COMPANY, 2, "person"), edge(COMPANY, kind="owner"), win()).spawned() == []


def test_k4_the_edges_of_a_party_are_counted_by_whom_they_lead_to():
    world = World().settle(edge(), edge(kind="owner"), edge("P2"), edge("P2", version=2))
    linked = [one.event.linked for one in world.events(RelationshipNoted) if one.event.from_id == COMPANY]
    assert linked == [1, 1, 2, 2]


@pytest.mark.parametrize(
    "fact", [*KNOWN, edge(), holding(), moved("H1"), win()], ids=lambda fact: type(fact.event).__name__
)
def test_k1_a_fact_that_is_known_is_not_noted_again(fact):
    react = note_wins if fact.service == "leads" else note_registry
    (intent,) = react(fact)
    noted = given(PARTY).when(intent.command).decide()
    assert len(noted) == 1
    given(PARTY, *noted).when(intent.command).nothing()


def test_k1_a_reach_and_a_release_that_are_known_are_not_noted_again():
    world = World().settle(*KNOWN, edge(), win()).settle(edge(consent=False, version=2))
    for step in world.events((PartyReached, PartiesReached, PartyReleased)):
        (intent,) = carry_reach(step)
        history = [one.event for one in world.events() if one.stream == intent.stream]
        given(PARTY, *history).when(intent.command).nothing()
    given(PARTY, *(one.event for one in world.events() if one.stream == f"party-{COMPANY}")).when(
        ContinueReach(COMPANY)
    ).nothing()


def test_k1_the_rules_are_data_with_a_day_from_which_they_hold():
    assert in_force(DAY) is VERSIONS[0]
    assert in_force(date(2026, 12, 1)) is VERSIONS[-1]
    assert in_force(date(1999, 1, 1)).version == 1
    assert [rule.rule for rule in in_force(DAY).rules] == ["K1.payroll", "K1.corporate_ebank", "K1.settlement"]


def test_other_events_ask_nothing():
    world = World().settle(recorded(UnitRecorded("O1", "a", "a", "outlet", None, DAY), "unit-O1"))
    assert world.events() == []
    assert PARTY.stream(PERSON) == f"party-{PERSON}"
