"""What others' facts ask of leads, each delivered twice and shuffled."""

from datetime import date

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.leads.domain.lead import LEAD as DECIDER
from services.leads.events import LeadDealt, LeadOpened, LeadRouted, StaffPosted
from services.leads.reactions import follow_opportunities, lead_of, post_staff, run_rosters
from services.linkage.events import OpportunitySpawned, OpportunityWithdrawn
from services.registry.events import StaffRecorded, UnitRecorded
from tests.services.leads.examples import COMPANY, LI, OUTLET, PERSON, WANG, ZHANG, Running, recorded

DAY = date(2026, 9, 3)
SINCE = date(2019, 4, 1)
FOLLOW = follow_opportunities(lambda customer_id, _on: ("key" if customer_id == PERSON else None, None))


def staff(staff_id, unit=OUTLET, role="retail", version=1):
    event = StaffRecorded(staff_id, "李娜", unit, "retail", role, None, SINCE, None, DAY)
    return recorded(event, f"staff-{staff_id}", version, "registry")


def spawned(person=PERSON, outlet=OUTLET, version=3):
    event = OpportunitySpawned(
        f"opp-{person}", COMPANY, person, "person", "mobile", "employee", "K1.payroll", 1, "root", "root", (COMPANY,), 1,
        ZHANG, OUTLET, "corporate", outlet, DAY,
    )  # fmt: skip
    return recorded(event, f"party-{person}", version, "linkage")


def reverse():
    event = OpportunitySpawned(
        f"opp-{COMPANY}", PERSON, COMPANY, "company", "settlement", "owns", "K2", 2, "root", "root", (PERSON,), 1,
        LI, "O02", "retail", OUTLET, DAY,
    )  # fmt: skip
    return recorded(event, f"party-{COMPANY}", 3, "linkage")


def withdrawn(person=PERSON, version=4):
    event = OpportunityWithdrawn(f"opp-{person}", person, "root", "root", "held_before_win", DAY)
    return recorded(event, f"party-{person}", version, "linkage")


def state_of(running, person=PERSON):
    return DECIDER.fold(one.event for one in running.events(f"lead-{lead_of(f'opp-{person}')}"))


def streams_in_order(*streams):
    """Every interleaving of streams that keeps each one's own order, each event delivered again right after it."""
    places = [place for place, stream in enumerate(streams) for _ in stream]

    def interleave(order):
        left = [iter(stream) for stream in streams]
        events = [next(left[place]) for place in order]
        return [one for event in events for one in (event, event)]

    return st.permutations(places).map(interleave)


def deliver(running, events):
    reactions = {"registry": post_staff, "linkage": FOLLOW}
    for event in events:
        running.deliver(reactions[event.service], event)
    running.settle(run_rosters)


def test_other_events_ask_nothing():
    other = recorded(UnitRecorded(OUTLET, "织里网点", "Zhili", "outlet", "B01", DAY), "unit-O01", service="registry")
    assert [react(other) for react in (post_staff, run_rosters, FOLLOW)] == [[], [], []]


def test_k1_an_opportunity_becomes_one_joint_lead_whatever_is_delivered_twice():
    running = Running("leads")
    deliver(running, [spawned(), spawned()])
    (opened,) = [one.event for one in running.events() if isinstance(one.event, LeadOpened)]
    assert opened.lead_id == lead_of(f"opp-{PERSON}")
    assert (opened.customer_id, opened.products, opened.source) == (PERSON, ("mobile",), "linkage")
    assert opened.tier == "key", "as it was known when the lead was opened"
    assert (opened.origin.ancestors, opened.origin.hop) == ((COMPANY,), 1)
    assert state_of(running).status == "opened"
    assert state_of(running).sides["retail"].queue == f"retail:{OUTLET}"


@settings(max_examples=40)
@over(
    streams_in_order(
        [staff(LI)],
        [staff(WANG)],
        [staff("S0099", role="product")],
        [spawned()],
        [spawned("P2")],
        [spawned("P3", "O09")],
    )
)
def test_k1_retail_owner_by_the_persons_outlet_whatever_comes_first(events):
    running = Running("leads")
    deliver(running, events)
    for person in (PERSON, "P2"):
        state = state_of(running, person)
        assert state.status == "proposed"
        assert state.sides["retail"].owner_id in {LI, WANG}
        assert {share.staff_id: share.bps for share in state.shares}[ZHANG] == 3_000
    assert state_of(running, "P3").sides["retail"].queue == "retail:O09"
    dealt = [one.event for one in running.events("roster-retail:O01") if isinstance(one.event, LeadDealt)]
    assert sorted(one.lead_id for one in dealt) == sorted(lead_of(f"opp-{person}") for person in (PERSON, "P2"))
    assert all(one.event.reason for one in running.events() if isinstance(one.event, LeadRouted))


@settings(max_examples=20)
@over(streams_in_order([staff(ZHANG, role="corporate")], [reverse()]))
def test_k2_the_retail_winner_keeps_a_side_and_the_companys_outlet_gives_the_corporate_one(events):
    running = Running("leads")
    deliver(running, events)
    state = state_of(running, COMPANY)
    assert state.status == "proposed"
    assert (state.sides["retail"].owner_id, state.sides["corporate"].owner_id) == (LI, ZHANG)
    assert {share.line: share.bps for share in state.offered.shares} == {"retail": 3_000, "corporate": 7_000}


@settings(max_examples=25)
@over(streams_in_order([staff(LI), staff(LI, unit="O09", version=2)], [spawned("P3", "O09")]))
def test_l3_who_moves_takes_leads_where_they_are_now(events):
    running = Running("leads")
    deliver(running, events)
    assert state_of(running, "P3").sides["retail"].owner_id == LI
    deliver(running, [spawned("P9")])
    assert state_of(running, "P9").sides["retail"].queue == f"retail:{OUTLET}"


@settings(max_examples=25)
@over(streams_in_order([staff(LI)], [spawned(), withdrawn(), spawned(version=5), withdrawn(version=6)]))
def test_k1_a_withdrawn_opportunity_expires_its_lead(events):
    running = Running("leads")
    deliver(running, events)
    assert state_of(running).status == "expired"
    deliver(running, [spawned(version=7)])
    assert state_of(running).status == "proposed"


def test_l3_a_redelivered_staff_fact_moves_nobody_back():
    running = Running("leads")
    deliver(running, [staff(LI), staff(LI, unit="O09", version=2), staff(LI)])
    assert [one.event.unit_id for one in running.events() if isinstance(one.event, StaffPosted)] == [OUTLET, "O09"]
