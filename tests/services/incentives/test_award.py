"""Rule I13: awards and penalties are lines of the ledger with reason, evidence and a second person."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from services.incentives.award_events import AwardApproved, AwardProposed, AwardRejected
from services.incentives.bulletin_events import BulletinPublished, Given, Place
from services.incentives.domain.award import AWARD, ApproveAward, ProposeAward, RejectAward, line_of
from services.incentives.domain.bulletin import BULLETIN, PublishBulletin, what_was_given
from services.incentives.explain import explain_given
from services.incentives.projections import AWARDS, BULLETINS, LEDGER
from services.incentives.reference import differences, recompute
from services.incentives.verify import given_explain_themselves as explain_themselves
from tests.kit import given
from tests.services.bundling.examples import recorded

DAY, LATER = date(2026, 10, 5), date(2026, 10, 9)
WISH = ProposeAward(
    "a1", "awarded", "S0042", "B01", 2_500, "won the contest for mobile banking", ("contest 2026-Q3",), "S0090", DAY
)
PROPOSED = AwardProposed(
    "a1", "awarded", "S0042", "B01", 2_500, "won the contest for mobile banking", ("contest 2026-Q3",), "S0090", DAY
)
APPROVED = AwardApproved("a1", "A1", LATER)
LINE = line_of(PROPOSED, APPROVED)
PENALTY = replace(PROPOSED, entry="penalised", reason="kept a customer's certificate", evidence=("opening o1",))


def approve(by="A1", on=LATER, closed="2026-09", planned=True):
    return ApproveAward(by, on, closed, planned, date(2027, 10, 9))


def test_i13_one_proposes_another_approves_and_the_ledger_has_a_line():
    given(AWARD).when(WISH).then(PROPOSED)
    given(AWARD, PROPOSED).when(WISH).nothing()
    given(AWARD, PROPOSED).when(approve()).then(APPROVED, LINE)
    given(AWARD, PROPOSED, APPROVED, LINE).when(approve()).nothing()
    assert (LINE.entry, LINE.points_milli, LINE.of_period, LINE.staff_id) == ("awarded", 2_500, "2026-10", "S0042")


def test_i13_a_penalty_takes():
    line = line_of(PENALTY, APPROVED)
    given(AWARD, PENALTY).when(approve()).then(APPROVED, line)
    assert (line.entry, line.points_milli, line.stake_milli) == ("penalised", -2_500, 2_500)


@pytest.mark.parametrize("by", ["S0090", "S0042"])
def test_i13_neither_who_proposed_nor_who_it_is_for_decides(by):
    given(AWARD, PROPOSED).when(approve(by)).refused("second_person", rule="I13")
    given(AWARD, PROPOSED).when(RejectAward("no", by, LATER)).refused("second_person", rule="I13")


def test_i13_what_was_decided_stands():
    rejected = AwardRejected("a1", "A1", "the contest was another's", LATER)
    given(AWARD, PROPOSED).when(RejectAward("the contest was another's", "A1", LATER)).then(rejected)
    given(AWARD, PROPOSED, rejected).when(approve("A2")).refused("already_rejected", rule="I13")
    given(AWARD, PROPOSED, APPROVED, LINE).when(RejectAward("no", "A2", LATER)).refused("already_approved", rule="I13")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"proposed_by": "S0042"}, "award_for_oneself"),
        ({"points_milli": 0}, "award_without_ground"),
        ({"points_milli": -1}, "award_without_ground"),
        ({"evidence": ()}, "award_without_ground"),
        ({"reason": ""}, "award_without_ground"),
    ],
)
def test_i13_none_without_ground_and_none_for_oneself(changed, code):
    given(AWARD).when(replace(WISH, **changed)).refused(code, rule="I13")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (approve(on=DAY - timedelta(days=1)), "bad_day"),
        (approve(on=date(2206, 10, 9)), "bad_day"),
        (approve(closed="2026-10"), "period_closed"),
        (approve(planned=False), "no_plan_in_force"),
    ],
)
def test_i13_what_could_be_in_no_statement_is_not_approved(wish, code):
    given(AWARD, PROPOSED).when(wish).refused(code, rule="I13")


def documents(projection, *events):
    found = {}
    for version, event in enumerate(events, 1):
        projection.fold(found, [recorded(event, "award-a1", version, "incentives", version)])
    return found


def test_i13_it_is_shown_with_who_decided_and_its_line():
    waiting = documents(AWARDS, PROPOSED)["a1"]
    assert (waiting["status"], waiting["proposed_by"], waiting["line_id"]) == ("proposed", "S0090", None)
    done = documents(AWARDS, PROPOSED, APPROVED, LINE)["a1"]
    assert (done["status"], done["decided_by"], done["decided_on"]) == ("approved", "A1", "2026-10-09")
    assert done["line_id"] in documents(LEDGER, PROPOSED, APPROVED, LINE)


@pytest.mark.parametrize("proposed", [PROPOSED, PENALTY])
def test_i12_i7_the_second_opinion_counts_it_and_it_explains_itself(proposed):
    line = line_of(proposed, APPROVED)
    ledger = documents(LEDGER, proposed, APPROVED, line).values()
    assert differences(recompute([proposed, APPROVED, line]), ledger) == ()
    assert differences(recompute([proposed]), ledger) != ()
    assert list(explain_themselves({"award-a1": [proposed, APPROVED, line]})) == []
    grown = replace(line, points_milli=line.points_milli + 1)
    assert len(list(explain_themselves({"award-a1": [proposed, APPROVED, grown]}))) == 1
    assert len(list(explain_themselves({"award-a1": [proposed, line]}))) == 1
    stream = [recorded(one, "award-a1", n, "incentives") for n, one in enumerate((proposed, APPROVED, line), 1)]
    tree = explain_given(line, stream)
    assert (tree["agrees"], tree["recomputed_milli"]) == (True, line.points_milli)
    assert [one["event"] for one in tree["because"]] == ["incentives/award-a1@1", "incentives/award-a1@2"]
    assert "opening o1" in tree["because"][0]["said"] or "contest 2026-Q3" in tree["because"][0]["said"]


BULLETIN_ = BulletinPublished(
    "2026-10", 1, (Place(1, "S0042", "B01", 2_500),), (Place(1, None, "B01", 2_500),),
    (Given("awarded", "S0042", "B01", 2_500, LINE.reason),), "well done", "HR01", LATER,
)  # fmt: skip


def test_i13_a_bulletin_is_published_once_and_for_a_closed_period():
    given(BULLETIN).when(PublishBulletin(BULLETIN_, closed=True)).then(BULLETIN_)
    given(BULLETIN, BULLETIN_).when(PublishBulletin(replace(BULLETIN_, note="other"), closed=True)).nothing()
    given(BULLETIN).when(PublishBulletin(BULLETIN_, closed=False)).refused("period_open", rule="I13")
    shown = documents(BULLETINS, BULLETIN_)["2026-10"]
    assert (shown["people"][0]["staff_id"], shown["branches"][0]["staff_id"], shown["note"]) == (
        "S0042",
        None,
        "well done",
    )


def test_i13_a_bulletin_tells_what_stands_of_awards_after_their_disputes():
    about = {"indicator": "award", "staff_id": "S0042", "unit_id": "B01-O2", "reason": "helped"}
    said = [
        {**about, "line_id": "a", "entry": "awarded", "points_milli": 500, "adjusts": None},
        {**about, "line_id": "b", "entry": "penalised", "points_milli": -200, "adjusts": None},
        {**about, "line_id": "c", "entry": "adjusted", "points_milli": 200, "adjusts": "b"},
        {**about, "line_id": "d", "entry": "adjusted", "points_milli": -100, "adjusts": "a"},
    ]
    assert list(what_was_given(said)) == [Given("awarded", "S0042", "B01-O2", 400, "helped")]
