"""What compliance's desk is folded into: openings, alerts, the transfers behind them, samples."""

from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.compliance import rules
from services.compliance.events import Pattern, SubjectKind
from services.compliance.inspection_events import RemedyOverdue, RemedyReported
from services.desk.projections import COMPLIANCE_ALERTS, COMPLIANCE_DESK, COMPLIANCE_SAMPLES, COMPLIANCE_TRANSFERS
from services.desk.projections.compliance import transfer_key
from services.desk.web.compliance.behind import EVIDENCE
from services.desk.web.compliance.cases import sellers_of
from services.desk.web.compliance.timeline import (
    BALANCE_HEIGHT,
    BALANCE_TOP,
    LEFT,
    MOVES_HEIGHT,
    MOVES_TOP,
    RIGHT,
    drawn,
)
from services.desk.web.labels import WORDS
from services.desk.web.labels.compliance import REFUSABLE, RULES
from tests.services.desk import story

DUE = date(2026, 10, 31)
OVERDUE = RemedyOverdue("B01.2026-09", "B01", "l8.mobile.1", DUE, date(2026, 11, 1))
REMEDY = RemedyReported("B01.2026-09", "B01", "l8.mobile.1", "已重新扫描", "S0401", date(2026, 11, 3))


def fold(projection, *more):
    documents = {}
    projection.fold(documents, story.recorded("compliance", [*story.COMPLIANCE, *more]))
    return documents


def test_c1_an_opening_waits_until_it_is_decided():
    states = {key: one["state"] for key, one in fold(COMPLIANCE_DESK).items()}
    assert states == {
        "l1.payroll.1": "cleared",
        "l1.corporate_ebank.1": "refused",
        "l8.mobile.1": "cleared",
        "l6.mobile.1": "waiting",
        "l5.mobile.1": "waiting",
    }


def test_c1_an_opening_says_who_decided_and_by_which_rule():
    refused = story.checked("l5.mobile.1", rule="C1.other", reason="签名不符")
    found = fold(COMPLIANCE_DESK, refused)["l5.mobile.1"]
    assert (found["state"], found["rule"], found["reason"]) == ("refused", "C1.other", "签名不符")
    assert (found["officer_id"], found["decided_on"]) == (story.OFFICER, "2026-09-28")
    assert (found["customer_id"], found["seller_id"], found["on"]) == (story.WANG, story.ZHANG, "2026-09-28")


def test_c2_an_opening_shows_all_who_sold_it_and_an_old_one_who_asked():
    joint = story.asked_for("l9.mobile.1", story.WANG, sellers=(story.SELLS_TOO,))
    found = fold(COMPLIANCE_DESK, joint)["l9.mobile.1"]
    assert set(sellers_of(found)) == {story.ZHANG, story.SELLS_TOO}
    assert sellers_of({"seller_id": story.ZHANG}) == sellers_of({"seller_id": story.ZHANG, "sellers": None})
    assert sellers_of({"seller_id": story.ZHANG}) == [story.ZHANG]


def test_a_position_is_one_that_the_api_can_wait_for():
    """A commit is named by its first event: what stands beside another in a commit is no position."""
    found = fold(COMPLIANCE_DESK)
    assert found["l5.mobile.1"]["position"] == "compliance/compliance-l5@1"
    assert found["l8.mobile.1"]["position"] == "compliance/compliance-l8@2"
    by_the_papers = found["l1.corporate_ebank.1"]
    assert (by_the_papers["officer_id"], by_the_papers["decided_on"]) == (None, "2026-09-01")
    assert by_the_papers["position"] == "compliance/compliance-l1@3"  # that at which it was received
    assert fold(COMPLIANCE_ALERTS)["H2.burst.1"]["position"] is None


def test_c4_an_alert_is_open_until_an_officer_says_so():
    found = fold(COMPLIANCE_ALERTS)
    assert {key: one["state"] for key, one in found.items()} == {
        "H2.burst.1": "open",
        "H3.round_trip.1": "confirmed",
        "t1.shared_phone.1": "dismissed",
        "P0001.new_device_registration.1": "open",
        "S0101.period_end_spike.2026-09": "open",
    }
    one = found["t1.shared_phone.1"]
    assert (one["subject_kind"], one["subject_id"], one["pattern"]) == ("telephone", "t1", "shared_phone")
    assert (one["officer_id"], one["reason"]) == (story.OFFICER, "一家人")
    assert one["openings"] == ["l5.mobile.1", "l6.mobile.1"]


def test_c3_a_transfer_that_was_corrected_is_shown_as_it_is_now():
    corrected = replace(story.BURST[0], amount_minor=1_990_000)
    found = fold(COMPLIANCE_TRANSFERS, corrected)
    assert len(found) == len(story.BURST) + len(story.TRIP)
    assert found[transfer_key("H2", "T1")]["amount_minor"] == 1_990_000
    assert found[transfer_key("H2", "T2")]["at"] == "2026-09-21T01:20:00Z"


def test_c5_a_sample_counts_what_waits_in_it():
    def told(*more):
        one = fold(COMPLIANCE_SAMPLES, *more)["B01.2026-09"]
        return one["to_inspect"], one["to_remedy"], one["overdue"], one["unsettled"]

    assert told() == (1, 1, 0, 2)
    assert told(OVERDUE) == (1, 1, 1, 2)
    assert told(OVERDUE, REMEDY) == (1, 0, 0, 1)
    assert told(OVERDUE, story.inspected("l8.mobile.1")) == (1, 0, 0, 1)
    assert told(REMEDY, story.inspected("l1.payroll.1")) == (0, 0, 0, 0)
    found = fold(COMPLIANCE_SAMPLES)["B01.2026-09"]
    assert (found["openings_total"], len(found["openings"])) == (3, 2)


def test_c1_an_officer_is_offered_the_rules_that_compliance_takes():
    assert REFUSABLE == rules.REFUSABLE
    assert set(REFUSABLE) <= set(RULES)
    told = {check.rule for kind in ("company", "person") for check in examined(kind)}
    assert told <= set(RULES)


def examined(kind):
    evidence = story.asked_for("l1.payroll.1", story.TEXTILE).evidence
    case = rules.Case("corporate_ebank", kind, (story.ZHANG,), evidence)
    return rules.examine(case, rules.in_force(story.DAY).opening)


def test_c3_every_pattern_has_a_name_and_is_shown():
    for names in (EVIDENCE, WORDS["pattern"], WORDS["pattern_means"]):
        assert set(names) == set(get_args(Pattern))
    assert set(WORDS["subject"]) == set(get_args(SubjectKind))


def test_c1_every_paper_has_a_name():
    asked = {paper for papers in rules.in_force(story.DAY).opening.papers.values() for paper in papers}
    assert asked <= set(WORDS["paper"])


def drawing(*events):
    documents = {}
    COMPLIANCE_TRANSFERS.fold(documents, story.recorded("compliance", events))
    return drawn(documents.values())


def test_c3_a_burst_is_drawn_at_its_limit():
    picture = drawing(*story.BURST)
    assert picture.limit == picture.moves[0].top + picture.moves[0].height == MOVES_TOP + MOVES_HEIGHT
    assert (picture.limit_minor, picture.most_in_minor, picture.most_out_minor) == (2_000_000, 0, 2_000_000)
    assert [one.together_minor for one in picture.moves] == [-2_000_000 * n for n in range(1, 6)]
    assert [at for _, _, at in picture.ticks] == [
        "2026-09-21T01:10:00Z",
        "2026-09-21T01:30:00Z",
        "2026-09-21T01:50:00Z",
    ]


def test_c3_a_round_trip_is_drawn_in_above_and_out_below_the_line():
    picture = drawing(*story.TRIP)
    come, gone = picture.moves
    assert come.top + come.height == pytest.approx(picture.line, abs=0.2)
    assert gone.top == picture.line
    assert (come.left < gone.left, gone.together_minor) == (True, 50_000)
    assert (come.step, picture.zero) == (BALANCE_TOP, BALANCE_TOP + BALANCE_HEIGHT)


def test_nothing_is_drawn_of_nothing():
    assert drawn([]) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 3_000), st.integers(1, 10**12), st.sampled_from(["in", "out"])),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_moved_lies_within_the_picture_and_hides_nothing(moves):
    events = [story.transfer(f"T{n}", "H9", minutes, amount, way) for n, (minutes, amount, way) in enumerate(moves)]
    picture = drawing(*events)
    assert len(picture.moves) == len(moves)
    for one in picture.moves:
        assert LEFT - 0.1 <= one.left <= one.left + picture.bar <= RIGHT + 0.2
        assert MOVES_TOP - 0.1 <= one.top <= one.top + one.height <= MOVES_TOP + MOVES_HEIGHT + 0.2
        assert BALANCE_TOP <= one.step <= BALANCE_TOP + BALANCE_HEIGHT
    for before, after in zip(picture.moves, picture.moves[1:], strict=False):
        assert before.left + picture.bar <= after.left + 0.2
    places = [place for place, _, _ in picture.ticks]
    assert places == sorted(places)
