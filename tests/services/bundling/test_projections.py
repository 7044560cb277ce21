"""Bundling's documents: what they show, and that no interleaving of their sources changes them."""

import json
from datetime import timedelta

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.bundling.projections import CUSTOMER_FACTS, ITEMS_DUE, LEAD_TEAMS, OFFERS, PROJECTIONS, facts_of
from services.bundling.projections.customers import KEPT_DAYS
from services.bundling.rules.facts import Held, Link
from services.leads.events import LeadActivated, LeadOpened, LeadRouted, LineLeft, Share
from services.linkage.events import OpportunitySpawned, OpportunityWithdrawn
from services.registry.events import ActivityRecorded, CustomerRecorded, HoldingMoved, HoldingRecorded
from tests.services.bundling.examples import (
    AWAKE,
    LEAD,
    OPENING,
    PERSON,
    TODAY,
    UNDER_WAY,
    accepted,
    cleared,
    closed,
    day,
    dormant,
    presented,
    proposed,
    recorded,
    refused,
    requested,
    used,
)


def customer(version=1, born=1990):
    row = CustomerRecorded(PERSON, "person", "王**", "sealed", born, "O011", "R0007", True, False, day(-1))
    return recorded(row, f"customer-{PERSON}", version)


def holding(holding_id="H1", product="online", ref=None, closed_on=None, version=1):
    row = HoldingRecorded(holding_id, PERSON, product, "O011", day(-30), closed_on, ref, day(-30))
    return recorded(row, f"holding-{holding_id}", version)


def activity(n, times=1, holding_id="H1", ref=None, version=1):
    row = ActivityRecorded(holding_id, PERSON, "online", ref, times, times, day(n))
    return recorded(row, f"activity-{holding_id}.{day(n)}", version)


def spawned(opportunity_id="opp-1"):
    event = OpportunitySpawned(
        opportunity_id, "C0001", PERSON, "person", "mobile", "employee", "K1.payroll", 1, "lead-1", "lead-1",
        ("C0001",), 1, "C0003", "O011", "corporate", "O011", TODAY,
    )  # fmt: skip
    return recorded(event, f"party-{PERSON}", 5, "linkage")


def withdrawn(opportunity_id="opp-1"):
    event = OpportunityWithdrawn(opportunity_id, PERSON, "lead-1", "lead-1", "held_before_win", TODAY)
    return recorded(event, f"party-{PERSON}", 6, "linkage")


def offer(*events):
    return [recorded(event, f"offer-{LEAD}", n, "bundling", n) for n, event in enumerate(events, 1)]


def fold(projection, events):
    documents = {}
    projection.fold(documents, events)
    return documents


def facts(*events):
    return facts_of(PERSON, fold(CUSTOMER_FACTS, events)[PERSON])


def test_b3_the_facts_of_a_customer_come_from_the_bank_and_from_linkage():
    known = facts(holding(), activity(0, 2), activity(3), customer(), spawned())
    assert (known.kind, known.birth_year, known.as_of) == ("person", 1990, day(-1))
    assert known.holdings == (Held("H1", "online", day(-30), None, day(-30), {TODAY: 2, day(3): 1}),)
    assert known.links == (Link("opp-1", "C0001", "employee", TODAY),)


def test_b3_a_later_row_replaces_the_earlier():
    known = facts(customer(), customer(2, born=1991), activity(0, 2), activity(0, 0, version=2), activity(1))
    assert known.birth_year == 1991
    assert known.holdings[0].uses == {day(1): 1}
    assert facts(holding(), holding(closed_on=TODAY, version=2)).products(TODAY) == ()


def test_b3_a_withdrawn_opportunity_links_nobody():
    assert facts(customer(), spawned(), spawned("opp-2"), withdrawn()).links == (
        Link("opp-2", "C0001", "employee", TODAY),
    )


def test_b3_activity_alone_is_no_holding():
    known = facts(activity(0, 5))
    assert known.held(("online",), TODAY) == []


def moved(holding_id="H1", version=2):
    event = HoldingMoved(holding_id, PERSON, "P-other", TODAY)
    return recorded(event, f"holding-{holding_id}", version)


def test_r1_what_turns_out_to_be_somebody_elses_is_not_held():
    known = facts(customer(), holding(), holding("H2", "telephone"), activity(0, 5), moved())
    assert known.products(TODAY) == ("telephone",)
    assert facts(customer(), holding(), moved(), activity(0, 5)) == facts(
        customer(), holding(), activity(0, 5), moved()
    )
    assert facts(customer(), holding(), moved(), holding(version=5)).products(TODAY) == ("online",)


def test_b3_uses_are_kept_for_a_bounded_while():
    known = facts(*(activity(n) for n in range(200)))
    assert len(known.holdings[0].uses) == KEPT_DAYS
    assert min(known.holdings[0].uses) == day(199) - timedelta(days=KEPT_DAYS - 1)
    assert facts(activity(199), activity(1)).holdings[0].uses == {day(199): 1}


def test_b2_a_day_of_a_wrong_year_that_is_corrected_hides_no_use():
    wrong = (activity(36_525), activity(36_525, 0, version=2))
    assert facts(*wrong, activity(0), activity(1)).holdings[0].uses == {TODAY: 1, day(1): 1}


def test_nothing_of_a_person_but_the_year_of_birth_is_kept():
    assert set(fold(CUSTOMER_FACTS, [customer()])[PERSON]) == {
        *("customer_id", "kind", "birth_year", "consent", "as_of", "holdings", "links")
    }


def lead(*events):
    return [recorded(event, f"lead-{LEAD}", n, "leads", n) for n, event in enumerate(events, 1)]


def test_the_team_of_a_lead_are_its_owners_and_those_who_share_it():
    story = lead(
        LeadOpened(LEAD, "C0001", "company", "payroll", ("payroll",), "branch", "C0003", "corporate", "O1", "O1", 0, TODAY),
        LeadRouted(LEAD, "corporate", "C0003", "O1", None, "the opener", "L3.opener", 1, TODAY),
        LeadRouted(LEAD, "retail", None, None, "queue-retail", "nobody yet", "L3.none", 1, TODAY),
        LeadActivated(LEAD, "C0001", 1, (Share("corporate", "C0003", "O1", 6_000), Share("retail", "R0007", "O1", 4_000)), TODAY),
    )  # fmt: skip
    document = fold(LEAD_TEAMS, story)[LEAD]
    assert (document["customer_id"], document["customer_kind"]) == ("C0001", "company")
    assert document["team"] == ["C0003", "R0007"]
    moved = lead(LeadRouted(LEAD, "corporate", "C0009", "O1", None, "handover", "L9", 1, TODAY))
    documents = {LEAD: document}
    LEAD_TEAMS.fold(documents, moved)
    assert documents[LEAD]["team"] == ["C0003", "C0009", "R0007"]


def test_l2_who_takes_their_line_off_a_lead_is_no_longer_on_its_team():
    joined = LeadRouted(LEAD, "cards", "K1", "O1", None, "joined", "L2.joined", 1, TODAY)
    agreed = (Share("corporate", "C0003", "O1", 6_000), Share("cards", "K1", "O1", 4_000))
    left = LineLeft(LEAD, "cards", "K1", "not needed", "K1", TODAY)
    owner = LeadRouted(LEAD, "corporate", "C0003", "O1", None, "the opener", "L3.opener", 1, TODAY)
    assert fold(LEAD_TEAMS, lead(owner, joined))[LEAD]["team"] == ["C0003", "K1"]
    for story in ((owner, joined, left), (owner, joined, LeadActivated(LEAD, "C0001", 1, agreed, TODAY), left)):
        assert fold(LEAD_TEAMS, lead(*story))[LEAD]["team"] == ["C0003"]


def test_b5_an_offer_shows_its_items_and_the_channel_of_each_step():
    story = (
        proposed(),
        presented(),
        accepted(channel="online"),
        requested(),
        refused(),
        requested(2),
        cleared(attempt=2),
    )
    document = fold(OFFERS, offer(*story))[LEAD]
    assert [(step["step"], step.get("channel")) for step in document["steps"]][:3] == [
        ("offer_proposed", None),
        ("offer_presented", "branch"),
        ("item_accepted", "online"),
    ]
    (item,) = document["items"]
    assert (item["product"], item["status"], item["bundle"]) == ("mobile", "cleared", "precise_mobile")
    first, second = item["openings"]
    assert (first["check"], first["refused_by_rule"]) == ("refused", "C1.two_operators")
    assert (second["opening_id"], second["check"], second["refused_by_rule"]) == (f"{LEAD}.mobile.2", "cleared", None)
    assert document["proposals"][0]["reasons"][0]["condition"] == "holds(online)"


def test_b5_an_offer_follows_its_items_to_the_end():
    document = fold(OFFERS, offer(*AWAKE, dormant(61), closed(70)))[LEAD]
    (opening,) = document["items"][0]["openings"]
    assert document["items"][0]["status"] == "closed"
    assert (opening["standing"], opening["standing_since"]) == ("dormant", day(61).isoformat())
    assert (opening["activated_on"], opening["last_used_on"]) == (day(1).isoformat(), day(1).isoformat())


def test_b5_uses_are_no_steps():
    before, after = (fold(OFFERS, offer(*events))[LEAD]["steps"] for events in (AWAKE, (*AWAKE, used(5))))
    assert before == after


OWN = offer(*AWAKE, dormant(61))
BANK = [
    holding("H9", "mobile", OPENING),
    *(activity(n, 1, "H9", OPENING) for n in (1, 2, 40, 200)),
    customer(),
    holding(),
]
LINKAGE = [spawned(), spawned("opp-2"), withdrawn()]


@st.composite
def interleavings(draw):
    """The three sources, each in its own order, interleaved."""
    sources = [list(OWN), list(BANK), list(LINKAGE)]
    merged = []
    while any(sources):
        source = draw(st.sampled_from([one for one in sources if one]))
        merged.append(source.pop(0))
    return merged


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
@over(events=interleavings())
def test_any_interleaving_of_the_sources_gives_the_same_documents(projection, events):
    straight = fold(projection, [*OWN, *BANK, *LINKAGE])
    assert json.dumps(fold(projection, events), sort_keys=True) == json.dumps(straight, sort_keys=True)


@over(st.permutations(BANK))
def test_facts_of_one_source_in_any_order_give_the_same_documents(events):
    for projection in (CUSTOMER_FACTS, ITEMS_DUE):
        assert fold(projection, [*OWN, *events]) == fold(projection, [*OWN, *BANK])


def test_documents_are_plain_json_and_the_old_one_is_left_alone():
    for projection in PROJECTIONS:
        documents = fold(projection, [*OWN, *BANK, *LINKAGE])
        assert json.loads(json.dumps(documents)) == documents
        for event in [*OWN, *BANK, *LINKAGE]:
            before = json.dumps(documents)
            kept = dict(documents)
            projection.fold(documents, [event])
            assert json.dumps(kept) == before


def test_b5_an_opening_is_due_when_its_window_has_run_out():
    documents = fold(ITEMS_DUE, [*offer(*UNDER_WAY), holding("H9", "mobile", OPENING), activity(1, 3, "H9", OPENING)])
    assert documents[LEAD]["wake"] == day(61).isoformat()
