"""A project's stages, and by when it is visited next: rule L8."""

from datetime import date

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.leads import rules
from services.leads.calendar import months_after
from services.leads.domain.commands import ReachStage
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.events import LeadLost, LeadReopened, LeadRouted, ProjectStageReached
from services.leads.projections import CUSTOMER_VISITS, LEADS, VISITS_DUE, due_by
from services.leads.work_events import ContactLogged
from services.registry.events import CustomerRecorded, TierAssigned
from tests.kit import given
from tests.services.leads.examples import (
    ACTIVE,
    COMPANY,
    DAY,
    JOINT,
    LEAD,
    LI,
    OPENED,
    OUTLET,
    WANG,
    WON,
    ZHANG,
    recorded,
)

LATER, BID = date(2026, 9, 10), date(2026, 10, 9)


def reach(stage, on=DAY, bid_on=None, by=ZHANG):
    return ReachStage(by, stage, bid_on, on)


def reached(stage, on=DAY, bid_on=None, papers=None):
    return ProjectStageReached(LEAD, stage, bid_on, papers, ZHANG, rules.VISITS.version, on)


def test_l8_a_project_goes_through_its_stages_in_their_order():
    assert rules.STAGES == ("design", "bid", "detailed_design", "delivery", "acceptance")
    given(DECIDER, *JOINT).when(reach("design")).then(reached("design"))
    given(DECIDER, *JOINT, reached("design")).when(reach("design", LATER)).nothing()
    given(DECIDER, *JOINT, reached("design")).when(reach("delivery", LATER)).then(reached("delivery", LATER))
    given(DECIDER, *JOINT, reached("delivery")).when(reach("design", LATER)).refused("stage_behind", rule="L8")


def test_l8_a_bids_papers_are_ready_two_working_days_before():
    papers = date(2026, 9, 30)  # the 8th is the first working day after the holiday
    bid = reached("bid", LATER, BID, papers)
    given(DECIDER, *JOINT, reached("design")).when(reach("bid", LATER, BID)).then(bid)
    put_off = reach("bid", LATER, date(2026, 10, 14))
    given(DECIDER, *JOINT, bid).when(put_off).then(reached("bid", LATER, date(2026, 10, 14), date(2026, 10, 12)))
    given(DECIDER, *JOINT).when(reach("bid")).refused("bid_day", rule="L8")
    given(DECIDER, *JOINT).when(reach("design", bid_on=BID)).refused("bid_day", rule="L8")


def test_l8_only_an_owner_moves_an_open_project():
    given(DECIDER, *JOINT).when(reach("design", by=WANG)).refused("not_an_owner", rule="L2")
    given(DECIDER, *ACTIVE, WON).when(reach("design")).refused("lead_ended", rule="L11")
    given(DECIDER, *JOINT).when(reach("design", on=date(2026, 8, 1))).refused("before_opening", rule="L11")


def visit(on, kind="visit", lead=LEAD):
    return ContactLogged(f"k{on}", LI, OUTLET, COMPANY, kind, "new", f"e{on}", "", lead, True, None, on)


def shown(*events):
    documents = {}
    VISITS_DUE.fold(documents, [recorded(event, "x", place) for place, event in enumerate(events, 1)])
    return documents


@pytest.mark.parametrize(
    ("events", "due_on"),
    [
        ((), None),
        ((reached("design"),), "2026-09-08"),
        ((reached("design"), visit(date(2026, 9, 5))), "2026-09-12"),
        ((reached("design"), visit(date(2026, 9, 5)), visit(date(2026, 9, 3))), "2026-09-12"),
        ((reached("design"), visit(date(2026, 9, 5), kind="call")), "2026-09-08"),
        ((reached("design"), visit(date(2026, 9, 5)), reached("delivery", LATER)), "2026-09-24"),
        ((visit(date(2026, 9, 12)), reached("delivery", LATER)), "2026-09-26"),
        ((reached("design"), LeadLost(LEAD, "price", "", LI, LATER)), None),
        ((reached("design"), LeadLost(LEAD, "price", "", LI, LATER), LeadReopened(LEAD, "x", LI, LATER)), "2026-09-08"),
    ],
)
def test_l8_weekly_in_the_design_stage_and_every_two_weeks_after(events, due_on):
    assert (rules.VISITS.design_days, rules.VISITS.later_days) == (7, 14)
    assert shown(*JOINT, *events)[LEAD]["due_on"] == due_on


def test_l8_what_is_due_is_due_for_who_owns_the_lead():
    project = shown(*JOINT, reached("design"))[LEAD]
    assert (project["owner_ids"], project["customer_id"]) == ([ZHANG, LI], COMPANY)
    gone = LeadRouted(LEAD, "retail", None, None, f"retail:{OUTLET}", "handed over", "L9.handover", 1, LATER)
    assert shown(*JOINT, reached("design"), gone)[LEAD]["owner_ids"] == [ZHANG]
    assert due_by(LI, LATER) == {"owner_ids": LI, "due_on": {"$lte": "2026-09-10"}}
    assert shown(visit(DAY, lead=None)) == {}


@over(st.permutations([visit(DAY), visit(LATER), visit(date(2026, 9, 4))]))
def test_l8_in_whatever_order_visits_are_logged_the_last_one_counts(visits):
    assert shown(*JOINT, reached("design"), *visits)[LEAD]["due_on"] == "2026-09-17"


def test_l8_the_lead_shows_where_its_project_stands():
    documents = {}
    story = (*OPENED, reached("design"), reached("bid", LATER, BID, date(2026, 9, 30)))
    LEADS.fold(documents, [recorded(event, f"lead-{LEAD}", place) for place, event in enumerate(story, 1)])
    assert documents[LEAD]["project"] == {
        "stage": "bid",
        "since": "2026-09-10",
        "bid_on": "2026-10-09",
        "papers_due_on": "2026-09-30",
    }


def customer(manager=ZHANG, version=1):
    fact = CustomerRecorded(COMPANY, "company", "x", "", None, OUTLET, manager, True, True, DAY)
    return recorded(fact, f"customer-{COMPANY}", version, "registry")


def tier(name, month="2026-08", version=2):
    return recorded(TierAssigned(COMPANY, OUTLET, month, name, 1, 1), f"tier-{COMPANY}", version, "registry")


def visited(on, version=1, kind="visit"):
    return recorded(visit(on, kind, lead=None), "worklog-x", version)


def customers(*events):
    documents = {}
    CUSTOMER_VISITS.fold(documents, events)
    return documents[COMPANY]


@pytest.mark.parametrize(
    ("events", "due_on"),
    [
        ((customer(),), None),
        ((customer(), tier("key")), "2026-09-30"),
        ((customer(), tier("key"), visited(date(2026, 9, 10))), "2026-10-10"),
        ((customer(), tier("key"), visited(date(2026, 9, 10), kind="call")), "2026-09-30"),
        ((customer(), tier("level_1"), visited(date(2026, 8, 31))), "2026-10-31"),
        ((customer(), tier("level_2"), visited(date(2026, 8, 31))), None),
        ((customer(), tier("key"), visited(date(2026, 8, 31)), tier("level_2", "2026-09", 3)), None),
    ],
)
def test_l8_key_customers_monthly_level_1_every_two_months_level_2_when_needed(events, due_on):
    assert (rules.VISITS.key_months, rules.VISITS.level_1_months) == (1, 2)
    assert customers(*events)["due_on"] == due_on
    assert customers(*events)["owner_ids"] == [ZHANG]


def test_l8_months_end_where_the_shorter_one_does():
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 12, 31), 2) == date(2027, 2, 28)


@over(st.permutations([0, 0, 0, 1, 1]))
def test_l8_there_is_no_order_between_registry_and_the_work_log(order):
    streams = [
        iter((customer(), tier("key"), customer(WANG, 3))),
        iter((visited(date(2026, 9, 10)), visited(date(2026, 9, 4), 2))),
    ]
    shown_so = customers(*(next(streams[place]) for place in order))
    assert (shown_so["due_on"], shown_so["owner_ids"]) == ("2026-10-10", [WANG])
