"""What is shown of leads and staff, and to whom."""

from datetime import date

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.leads.domain.lead import LEAD as DECIDER
from services.leads.events import LeadExpired, LeadLost, LeadQualified, LeadReopened, SplitVoided, StaffPosted
from services.leads.projections import LEADS, PROJECTIONS, STAFF, owned_by, visible_to, waiting_at
from services.leads.schemas import LeadList, LeadView
from tests.services.leads.examples import (
    ACTIVE,
    DAY,
    JOINT,
    LEAD,
    LI,
    NEXT,
    OPENED,
    OUTLET,
    QUALIFIED,
    SPAWNED,
    WANG,
    WON,
    ZHANG,
    accepted,
    owned,
    proposed,
    recorded,
)

LOST = LeadLost(LEAD, "price", "too dear", LI, NEXT)
EXPIRED = LeadExpired(LEAD, "held_before_win", NEXT)
REOPENED = LeadReopened(LEAD, "asked again", ZHANG, NEXT)


def story(*events):
    return [recorded(event, f"lead-{LEAD}", version) for version, event in enumerate(events, 1)]


def shown(*events):
    documents = {}
    LEADS.fold(documents, story(*events))
    return documents[LEAD]


@pytest.mark.parametrize(
    "history",
    [
        OPENED,
        (*JOINT, proposed(), accepted("retail")),
        ACTIVE,
        QUALIFIED,
        (*QUALIFIED, proposed(2, 5_000), accepted("corporate", 2)),
        (*ACTIVE, WON),
        (*ACTIVE, LOST),
        (*SPAWNED, EXPIRED),
        (*OPENED, LOST, REOPENED),
        (*JOINT, proposed(), LOST, REOPENED),
        (*ACTIVE, LOST, REOPENED),
        (*QUALIFIED, LOST, REOPENED),
        (*SPAWNED, EXPIRED, owned("retail", LI)),
        (*ACTIVE, LOST, LeadQualified(LEAD, ZHANG, NEXT)),
        (*ACTIVE, LOST, SplitVoided(LEAD, 1, None, "owner_changed", None)),
        (*ACTIVE, LOST, SplitVoided(LEAD, 1, None, "owner_changed", None), REOPENED),
    ],
)
def test_l11_what_is_shown_is_what_the_rules_decide_on(history):
    state, document = DECIDER.fold(history), shown(*history)
    assert document["status"] == state.status
    assert document["owner_ids"] == sorted(side.owner_id for side in state.sides.values() if side.owner_id)
    assert document["queues"] == sorted(side.queue for side in state.sides.values() if side.queue)
    assert document["version"] == len(document["timeline"]) == len(history)


def test_l2_a_split_that_is_void_is_shown_no_more():
    document = shown(*ACTIVE, SplitVoided(LEAD, 1, None, "owner_changed", None))
    assert (document["proposal"], document["split"]) == (None, None)


def test_l3_every_routing_decision_is_shown_with_its_reason():
    routing = shown(*JOINT)["routing"]
    assert [(one["line"], one["rule"]) for one in routing] == [
        ("corporate", "L3.opener"),
        ("retail", "L3.none"),
        ("retail", "L3.invited"),
    ]
    assert routing[1]["reason"].startswith("No rule matched")


def test_l2_the_split_that_both_accepted_stays_beside_the_one_that_waits():
    document = shown(*ACTIVE, proposed(2, 5_000), accepted("retail", 2))
    assert document["split"]["proposal"] == 1
    assert document["proposal"]["number"] == 2
    assert document["proposal"]["accepted"] == {"corporate": False, "retail": True}
    assert [share["bps"] for share in document["proposal"]["shares"]] == [5_000, 5_000]


def test_l11_the_view_names_what_was_won_and_lost():
    won = LeadView().dump({"_id": LEAD, **shown(*ACTIVE, WON)})
    assert won["won"] == {"products": ["payroll"], "value_minor": 120_000_000, "by": ZHANG, "on": "2026-09-03"}
    assert (won["opened_on"], won["sides"]["retail"]["owner_id"]) == ("2026-09-01", LI)
    assert "_id" not in won
    lost = LeadView().dump(shown(*ACTIVE, LOST))["lost"]
    assert lost == {"reason": "price", "text": "too dear", "by": LI, "on": "2026-09-02"}
    assert shown(*ACTIVE, LOST, REOPENED)["lost"] is None


def test_k1_a_spawned_lead_shows_its_origin_and_a_list_is_brief():
    (brief,) = LeadList().dump({"leads": [shown(*SPAWNED)]})["leads"]
    assert brief["origin"]["root_lead_id"] == "root"
    assert "timeline" not in brief


def test_l3_one_sees_ones_own_leads_and_those_of_ones_unit():
    assert visible_to(LI, OUTLET, {"retail"}) == {"$or": [{"owner_ids": LI}, {"units": OUTLET}]}
    assert visible_to("S9", "HO", {"auditor"}) == {}
    assert owned_by(LI, None) == {"owner_ids": LI}
    assert owned_by(LI, "retail")["sides.retail.owner_id"] == LI
    assert waiting_at("retail", OUTLET) == {"queues": "retail:O01"}
    assert shown(*OPENED, owned("retail", WANG, unit="O09"))["units"] == ["O01", "O09"]


def test_staff_are_shown_where_they_serve_now():
    documents = {}
    for seq, unit in enumerate((OUTLET, "O09"), 1):
        fact = StaffPosted(LI, "李娜", unit, "retail", "retail", date(2019, 4, 1), None, None, seq)
        STAFF.fold(documents, [recorded(fact, f"post-{LI}", seq)])
    assert documents[LI]["unit_id"] == "O09"
    assert documents[LI]["valid_from"] == "2019-04-01"


@over(st.data())
def test_any_interleaving_of_streams_shows_the_same(data):
    lead = [*QUALIFIED, WON]
    other = [StaffPosted(WANG, "王芳", OUTLET, "retail", "retail", DAY, None, None, seq) for seq in (1, 2, 3)]
    streams = [story(*lead), [recorded(fact, f"post-{WANG}", seq) for seq, fact in enumerate(other, 1)]]
    order = data.draw(st.permutations([0] * len(lead) + [1] * len(other)))
    left = [iter(stream) for stream in streams]
    mixed = [next(left[place]) for place in order]
    for projection in PROJECTIONS:
        one, another = {}, {}
        projection.fold(one, mixed)
        projection.fold(another, [event for stream in streams for event in stream])
        assert one == another
