"""What the plan studio computes by itself: steps that happened, bars of a drawing, numbers as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.projections import PLAN_DESK
from services.desk.web.plans import form, gains
from services.desk.web.plans.gains import SIDE, Gains, bars, round_step
from services.desk.web.plans.versions import standing
from services.incentives import events as incentives
from services.incentives.award_events import AwardApproved, AwardProposed
from services.incentives.dispute_events import Disputed, DisputeDecided, DisputeRaised
from shared.core.recorded import Commit, Meta
from tests.services.desk import story
from tests.services.desk.plan_examples import FOUND, change, found, plan, view

DIFFERENCES = st.lists(st.integers(-10_000_000, 10_000_000), max_size=60)
LINE = Disputed(
    "n1", "l1", "o1", "mobile", "mobile_active", "S1", "O01", "vested", 600, "2026-09", None, "p", 1, "0" * 64
)


def fold(stream, *events):
    commits = [
        Commit(
            "incentives",
            stream,
            number,
            0,
            (event,),
            Meta(command_id=str(number), actor=f"S{number}"),
            story.AT,
            number,
        )
        for number, event in enumerate(events, start=1)
    ]
    documents = {}
    PLAN_DESK.fold(documents, [recorded for commit in commits for recorded in commit.recorded()])
    return documents[stream]


def test_i1_each_step_of_a_plan_says_who_and_when():
    submitted = incentives.PlanSubmitted("p", 1, "0" * 64, "S1")
    tried = incentives.PlanTried("p", 1, "0" * 64, "1" * 64, 12, 5, 7, 0, "S2")
    document = fold("plan-p.1", submitted, tried)
    assert [(step["what"], step["by"]) for step in document["steps"]] == [
        ("plan_submitted", "S1"),
        ("plan_tried", "S2"),
    ]
    assert document["steps"][1]["what_if_hash"] == "1" * 64
    assert (document["about"], document["open"], document["newest"]) == ("plan", True, "incentives/plan-p.1@2")
    assert document["at"] == "2026-09-01T09:30:00+00:00"


@pytest.mark.parametrize(
    ("stream", "first", "last"),
    [
        ("award-a", AwardProposed("a", "awarded", "S1", "O01", 5, "r", ("e",), "S2", story.DAY), AwardApproved("a", "S3", story.DAY)),
        ("dispute-n", DisputeRaised("n", LINE, "r", (), "S1", story.DAY, story.DAY), DisputeDecided("n", LINE, "refused", 0, "r", "S3", story.DAY)),
    ],
)  # fmt: skip
def test_i10_i13_what_waits_for_a_decision_is_open_until_it_is_taken(stream, first, last):
    assert fold(stream, first)["open"]
    assert not fold(stream, first, last)["open"]


@pytest.mark.parametrize(
    ("largest", "step"),
    [(0, 1), (7, 1), (8, 2), (15, 5), (36, 10), (7_000, 1_000), (7_001, 2_000), (1_500_000, 500_000)],
)
def test_a_step_is_a_round_number(largest, step):
    assert round_step(largest) == step


@given(DIFFERENCES)
def test_i8_the_bars_hold_everybody_once(differences):
    drawn = bars(differences)
    assert sum(bar.people for bar in drawn) == len(differences)
    assert sum(bar.milli for bar in drawn) == sum(differences)
    assert len(drawn) <= 2 * SIDE + 1
    for bar in drawn:
        inside = [one for one in differences if _inside(bar, one)]
        assert (len(inside), sum(inside)) == (bar.people, bar.milli)
        assert 0 <= bar.x <= bar.x + bar.width <= gains.WIDTH
        assert gains.TOP <= bar.y <= bar.y + bar.height <= gains.HEIGHT - gains.BOTTOM + 0.1


def _inside(bar, difference):
    if bar.low == bar.high:
        return difference == 0
    return bar.low < difference <= bar.high if bar.high > 0 else bar.low <= difference < bar.high


def test_i8_gains_and_losses_are_told_apart_and_add_up():
    told = Gains(FOUND)
    assert (told.gaining, told.losing, told.same) == (1, 1, 1)
    assert (told.gained_milli, told.lost_milli, told.adds_up) == (1_500, -2_000, True)
    assert [(unit.unit_id, unit.difference_milli) for unit in told.units] == [
        ("O01", 1_500),
        ("O02", 0),
        ("B01", -2_000),
    ]
    assert [bar.colour for bar in told.bars if bar.people] == ["bad", "quiet", "good"]
    assert not Gains(FOUND | {"cost_milli": 1}).adds_up


def test_i8_of_very_many_those_who_gain_and_lose_most_are_shown():
    told = Gains(found(*(change(f"S{n:04}", 1_000, 2_000 - n) for n in range(500))))
    assert (len(told.shown), told.left_out) == (200, 300)
    assert (told.shown[0]["staff_id"], told.shown[-1]["staff_id"]) == ("S0000", "S0499")


@pytest.mark.parametrize(
    ("typed", "factor", "value"),
    [
        ("1.5", 1_000, 1_500),
        (" 1,000 ", 1_000, 1_000_000),
        ("12.5%", 100, 1_250),
        ("12.5％", 100, 1_250),
        ("−2", 1_000, -2_000),
        ("", 1_000, None),
        ("0.0005", 1_000, "0.0005"),
        ("ten", 1, "ten"),
        ("1.5", 1, "1.5"),
        ("1e999999", 1_000, "1e999999"),
        ("NaN", 100, "NaN"),
    ],
)
def test_numbers_are_taken_as_people_type_them(typed, factor, value):
    assert form.number_of(typed, factor) == value


@pytest.mark.parametrize(
    "content",
    [
        plan(),
        plan(until="2026-12-31"),
        plan(roll_up_bps=[1_000, 333], score={"whole_milli": 100_000, "work_log_milli": 0}),
    ],
)
def test_i1_what_the_form_shows_is_what_it_sends(content):
    typed = form.typed_of(content)
    assert form.body_of(form.tidied(typed)) == (content, {})
    assert form.weights(typed) == 10_000


def test_i1_what_is_left_out_is_gone_and_the_rest_is_numbered_anew():
    typed = form.typed_of(plan()) | {
        "indicators.0.drop": "1",
        "indicators.5.indicator": "",
        "indicators.7.product": "online",
    }
    kept = form.tidied(typed)
    assert (form.rows(kept), kept["indicators.0.indicator"], kept["indicators.1.product"]) == (
        2,
        "mobile_active",
        "online",
    )
    assert form.weights(kept) == 4_000
    assert form.weights(kept | {"indicators.0.weight_bps": "many"}) is None


def test_i11_an_empty_level_between_two_is_not_passed_over():
    body, _ = form.body_of(form.typed_of(plan()) | {"roll_up_bps.1": "5"})
    assert body["roll_up_bps"] == [None, 500]


def test_i1_which_version_is_in_force():
    versions = [
        view(plan(), "active"),
        view(plan(version=2, effective_from="2026-06-01"), "active"),
        view(plan(version=3, effective_from="2026-06-01"), "active"),
        view(plan(version=4, effective_from="2026-12-01"), "active"),
        view(plan(version=5, effective_from="2026-07-01"), "approved"),
        view(plan(plan_id="autumn", effective_from="2026-09-01", until="2026-11-30"), "active"),
        view(plan(plan_id="spring", effective_from="2026-03-01", until="2026-05-31"), "active"),
    ]
    assert standing(versions, date(2026, 10, 1).isoformat()) == {
        "plan-ebank-2026.1": "replaced",
        "plan-ebank-2026.2": "replaced",
        "plan-ebank-2026.3": "paying",
        "plan-ebank-2026.4": "later",
        "plan-autumn.1": "paying",
        "plan-spring.1": "over",
    }
