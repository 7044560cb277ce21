"""A project's stages, and by when it is visited next: rule L8."""

from datetime import date

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.leads import rules
from services.leads.domain.commands import ReachStage
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.events import LeadLost, LeadReopened, LeadRouted, ProjectStageReached
from services.leads.projections import LEADS, VISITS_DUE, due_by
from services.leads.work_events import ContactLogged
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
