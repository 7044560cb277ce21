"""Which customers go where: a team with a leader, their own manager, the electronic channel, or the pool. Rule L6."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.bundling.rules.catalogue import CATALOGUE
from services.leads import rules
from services.leads.domain.commands import ClaimSide, Leader, NamedManager
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.domain.routing import Why, group_routed, owner, waiting
from services.leads.events import LeadRouted
from services.leads.group_events import GroupRouted
from services.leads.projections import CUSTOMERS, LEADS, waiting_at
from services.leads.reactions import follow_opportunities, lead_of
from services.leads.schemas import LeadView
from services.leads.segments import SEGMENTS, Habits, habits_of
from services.linkage.events import OpportunitySpawned
from services.registry.events import ActivityRecorded, BalanceRecorded, HoldingMoved, HoldingRecorded
from tests.kit import given
from tests.services.leads.examples import (
    COMPANY,
    DAY,
    LEAD,
    LI,
    NEXT,
    OUTLET,
    PERSON,
    ZHANG,
    Running,
    opening,
    recorded,
    spawning,
)

LOW, OFTEN = SEGMENTS.low_minor - 1, SEGMENTS.often
COUNTER = Habits(LOW, OFTEN)
BIG = Habits(SEGMENTS.big_minor, 0)
WU = "S0008"


def side_of(wish, line="retail"):
    (routed,) = [e for e in DECIDER.decide(DECIDER.initial, wish) if isinstance(e, LeadRouted) and e.line == line]
    return routed


def groups(wish):
    return [e for e in DECIDER.decide(DECIDER.initial, wish) if isinstance(e, GroupRouted)]


def test_l6_little_on_account_and_often_at_the_counter_goes_to_the_electronic_channel():
    routed = side_of(spawning(habits=COUNTER))
    assert (routed.queue, routed.rule, routed.rules_version) == ("ebanking:bank", "L6.electronic", 3)
    assert "electronic" in routed.reason
    assert side_of(opening(customer_kind="person", customer_id=PERSON, habits=COUNTER)).queue == "ebanking:bank"


@pytest.mark.parametrize(
    "habits",
    [None, Habits(None, OFTEN), Habits(LOW + 1, OFTEN), Habits(LOW, OFTEN - 1)],
    ids=["unknown", "no balance known", "enough on account", "seldom there"],
)
def test_l6_others_are_pooled(habits):
    assert side_of(spawning(habits=habits)).rule == "L3.roster"


def test_l6_key_customers_are_never_pushed_to_the_electronic_channel():
    named = NamedManager(LI, "retail", OUTLET)
    assert side_of(spawning(habits=COUNTER, tier="key", manager=named)).owner_id == LI
    assert side_of(spawning(habits=COUNTER, tier="key")).rule == "L3.roster"
    assert side_of(spawning(habits=COUNTER, tier="level_1")).rule == "L6.electronic"


def test_l6_only_the_customers_own_side_goes_there_and_never_away_from_its_opener():
    wish = opening(customer_kind="person", customer_id=PERSON, opened_by=LI, opened_by_line="retail", habits=COUNTER)
    assert (side_of(wish).owner_id, side_of(wish, "corporate").rule) == (LI, "L3.none")
    assert side_of(opening(habits=COUNTER)).rule == "L3.none", "a company is nobody at the counter"


def test_l6_the_e_banking_line_works_the_electronic_queue():
    history = DECIDER.decide(DECIDER.initial, spawning(habits=COUNTER))
    claim = ClaimSide(WU, "retail", "HO", NEXT, "ebanking")
    claimed, proposed = given(DECIDER, *history).when(claim).decide()
    assert (claimed.line, claimed.owner_id, claimed.reason) == ("retail", WU, "Claimed from ebanking:bank.")
    assert [share.staff_id for share in proposed.shares] == [ZHANG, WU]
    for stranger in (ClaimSide(WU, "retail", "HO", NEXT, "cards"), ClaimSide(LI, "retail", OUTLET, NEXT, "retail")):
        given(DECIDER, *history).when(stranger).refused("not_your_queue", rule="L3")
    assert waiting_at("ebanking", "HO") == {"queues": {"$in": ["ebanking:HO", "ebanking:bank"]}}


def test_l6_a_big_institution_is_a_teams_with_a_leader():
    reason = "Big institution: a team serves it, led by branch management."
    led = group_routed(LEAD, owner("S0022", OUTLET), Why(reason, "L6.team", DAY))
    assert groups(opening(habits=BIG, leader=Leader("S0022", OUTLET))) == [led]
    reason = "Big institution: a team serves it, and waits for a leader from branch management."
    assert groups(opening(habits=BIG)) == [group_routed(LEAD, waiting("branch:O01"), Why(reason, "L6.team", DAY))]
    assert side_of(opening(habits=BIG), "corporate").owner_id == ZHANG
    documents = {}
    events = DECIDER.decide(DECIDER.initial, opening(habits=BIG))
    LEADS.fold(documents, [recorded(one, f"lead-{LEAD}", n) for n, one in enumerate(events, 1)])
    assert LeadView().dump(documents[LEAD])["group"]["queue"] == "branch:O01"


@pytest.mark.parametrize("habits", [None, Habits(None, 0), Habits(SEGMENTS.big_minor - 1, 99)])
def test_l6_others_have_no_team_unless_somebody_names_one(habits):
    assert groups(opening(habits=habits)) == []
    assert groups(spawning(habits=BIG)) == [], "a person is no institution"


def test_l6_a_spawned_lead_is_routed_by_what_is_known_of_its_customer():
    spawned = OpportunitySpawned(
        f"opp-{PERSON}", COMPANY, PERSON, "person", "mobile", "employee", "K1.payroll", 1, "root", "root", (COMPANY,), 1,
        ZHANG, OUTLET, "corporate", OUTLET, DAY,
    )  # fmt: skip
    react = follow_opportunities(
        lambda *_: (None, None), lambda one, on: COUNTER if (one, on) == (PERSON, DAY) else None
    )
    running = Running("leads")
    for _ in range(2):
        running.deliver(react, recorded(spawned, f"party-{PERSON}", 3, "linkage"))
    told = running.events(f"lead-{lead_of(f'opp-{PERSON}')}")
    assert [one.event.queue for one in told if isinstance(one.event, LeadRouted)] == [None, "ebanking:bank"]


def balance(minor, month="2026-08", holding="H1"):
    return BalanceRecorded(holding, PERSON, "now", month, minor, "CNY", DAY)


def used(on, uses=1, authenticated=0, holding="H1"):
    return ActivityRecorded(holding, PERSON, "now", None, uses, authenticated, on)


def held(product="now", holding="H1", closed=None, customer=PERSON):
    return HoldingRecorded(holding, customer, product, OUTLET, date(2020, 1, 1), closed, None, DAY)


ACCOUNTS = (held(), held(holding="H2"))


def known(*events):
    documents = {}
    facts = [recorded(event, f"x-{n}", n, "registry") for n, event in enumerate(events, 1)]
    CUSTOMERS.fold(documents, facts)
    again = {}
    CUSTOMERS.fold(again, facts[: len(facts) // 2])
    CUSTOMERS.fold(again, facts[len(facts) // 2 :])
    assert documents == again
    return documents[PERSON]


def test_l6_the_newest_balance_of_each_holding_counts_and_a_correction_replaces_it():
    facts = (balance(500), balance(300, "2026-07"), balance(70, holding="H2"), balance(450))
    assert habits_of(known(*facts, *ACCOUNTS), DAY) == Habits(520, 0)
    assert habits_of(known(*ACCOUNTS, used(DAY)), DAY) == Habits(None, 1)


def test_l6_what_is_owed_is_not_on_account():
    person = known(held(), balance(50_000), held("mortgage", "H2"), balance(80_000_000, holding="H2"), used(DAY, OFTEN))
    assert SEGMENTS.counter("person", "level_2", habits_of(person, DAY))
    company = known(held("personal_loan"), balance(6_000_000_000))
    assert not SEGMENTS.big("company", habits_of(company, DAY))
    assert habits_of(company, DAY).balance_minor is None


def test_l6_what_was_on_a_closed_account_is_there_no_more():
    facts = (balance(50_000), balance(SEGMENTS.low_minor, holding="H2"), held(), held(holding="H2", closed=NEXT))
    assert habits_of(known(*facts), DAY).balance_minor == SEGMENTS.low_minor + 50_000
    assert habits_of(known(*facts), NEXT).balance_minor == 50_000


def test_l6_what_turns_out_to_be_somebody_elses_counts_for_nothing():
    facts = [held(), balance(50_000), used(DAY, OFTEN), HoldingMoved("H1", PERSON, "P2", DAY)]
    for order in permutations(facts):
        if order.index(facts[0]) < order.index(facts[3]):  # both on the holding's own stream
            assert habits_of(known(*order), DAY) == Habits(None, 0)


def test_l6_on_account_are_deposits_and_investments_of_the_catalogue():
    assert set(SEGMENTS.money) == {one.code for one in CATALOGUE if one.kind in {"account", "investment"}}


def test_l6_uses_that_the_customer_did_not_authenticate_were_at_the_counter():
    window = timedelta(days=SEGMENTS.days)
    facts = (*ACCOUNTS, used(DAY - window, 9), used(DAY, 5, 3), used(DAY, 7, 3, "H2"), used(NEXT, 50), used(NEXT, 4))
    assert habits_of(known(*facts), DAY).counter_uses == 6
    assert habits_of(known(*facts), NEXT).counter_uses == 10
    assert habits_of(known(*facts, used(DAY, 5, 5)), DAY).counter_uses == 4, "a later row corrects the day"


@over(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3)), max_size=60))
def test_l6_what_is_kept_of_a_customer_is_bounded_by_the_window(days):
    first = date(2026, 1, 1)
    document = known(balance(1), *(used(first + timedelta(days=n), uses) for n, uses in days))
    kept = document.get("counter", {}).get("H1", {})
    assert len(kept) <= SEGMENTS.days
    if kept:
        assert date.fromisoformat(max(kept)) - date.fromisoformat(min(kept)) < timedelta(days=SEGMENTS.days)


def test_l6_the_thresholds_are_data_of_the_routing_version():
    assert SEGMENTS.version == rules.ROUTING_VERSION
