"""I4 completion, I6 ranking, and I8 what-if."""

from datetime import date

import pytest

from services.incentives.domain.facts import gathered
from services.incentives.projections import at_level
from services.incentives.rules import plan_hash
from services.incentives.scores import (
    Score,
    completion_bps,
    completions,
    elapsed_bps,
    per_cent,
    ranking,
    scores,
    unit_ranking,
)
from services.incentives.what_if import what_if
from tests.services.incentives import examples as e
from tests.services.incentives.books_example import line
from tests.services.incentives.examples import CORPORATE, PLANS, RETAIL, day, plan, vested


@pytest.mark.parametrize(
    ("done", "target", "shown"),
    [
        (1_744, 10_000, "17.44 %"),
        (1, 3, "33.33 %"),
        (2, 3, "66.67 %"),
        (12_345, 100_000_000, "0.01 %"),
        (15, 100_000, "0.02 %"),  # 0.015: the even neighbour is 0.02
        (25, 100_000, "0.02 %"),  # 0.025: the even neighbour is 0.02
        (35, 100_000, "0.04 %"),
        (30_000, 15_000, "200.00 %"),
        (-1_744, 10_000, "-17.44 %"),
        (-25, 100_000, "-0.02 %"),
        (0, 7, "0.00 %"),
    ],
)
def test_i4_completion_has_two_decimals_half_to_even(done, target, shown):
    assert per_cent(completion_bps(done, target)) == shown


def test_i4_every_indicator_of_the_plan_is_shown():
    (score,) = scores([line(1, 600), line(2, 900)])
    assert [(c.indicator, c.points_milli, c.completion_bps) for c in completions(score, plan(), 0)] == [
        ("mobile_active", 1_500, 1_000),
        ("ebank_active", 0, 0),
    ]


@pytest.mark.parametrize(
    ("on", "elapsed"),
    [
        (date(2026, 9, 30), 0),
        (date(2026, 10, 1), 322),
        (date(2026, 10, 30), 9_677),
        (date(2026, 10, 31), 10_000),
        (date(2027, 1, 1), 10_000),
    ],
)
def test_i4_the_share_of_the_period_that_is_over(on, elapsed):
    assert elapsed_bps("2026-10", on) == elapsed


def test_i4_who_has_done_less_than_the_share_that_is_over_is_behind():
    score = Score("S1", "B01", {"mobile_active": 1_500})
    assert [c.behind for c in completions(score, plan(), 1_000)] == [False, True]
    assert [c.behind for c in completions(score, plan(), 1_001)] == [True, True]
    assert [c.behind for c in completions(score, plan(), 0)] == [False, False]


UNITS = [
    {"unit_id": "H", "parent_id": None, "kind": "head_office"},
    {"unit_id": "B1", "parent_id": "H", "kind": "branch"},
    {"unit_id": "O1", "parent_id": "B1", "kind": "outlet"},
    {"unit_id": "O2", "parent_id": "B1", "kind": "outlet"},
    {"unit_id": "B2", "parent_id": "H", "kind": "branch"},
    {"unit_id": "ring", "parent_id": "ring", "kind": "outlet"},
]


def test_i6_units_are_ranked_level_by_level_with_all_beneath_them():
    found = [Score(f"S{n}", unit, {"m": n}) for n, unit in enumerate(("H", "B1", "O1", "O2", "B2", "O2"), 1)]
    branches = unit_ranking(found, at_level("branch", UNITS))
    assert [(r.rank, r.unit_id, r.points_milli, r.staff_id) for r in branches] == [
        (1, "B1", 2 + 3 + 4 + 6, None), (2, "B2", 5, None),
    ]  # fmt: skip
    outlets = unit_ranking(found, at_level("outlet", UNITS), "m")
    assert [(r.unit_id, r.points_milli) for r in outlets] == [("O2", 10), ("O1", 3)]
    tied = unit_ranking([Score("S1", "O1", {"m": 5}), Score("S2", "O2", {"m": 5})], at_level("outlet", UNITS))
    assert [(r.rank, r.unit_id) for r in tied] == [(1, "O1"), (1, "O2")]


def test_i6_ties_share_the_rank_and_the_next_is_skipped():
    found = [Score(staff, "B01", {"m": points}) for staff, points in (("S3", 5), ("S1", 7), ("S2", 7), ("S4", 1))]
    assert [(r.rank, r.staff_id) for r in ranking(found)] == [(1, "S1"), (1, "S2"), (3, "S3"), (4, "S4")]


def test_i6_by_one_indicator():
    found = [Score("S1", "B01", {"m": 1, "e": 9}), Score("S2", "B01", {"m": 2})]
    assert [r.staff_id for r in ranking(found, "m")] == ["S2", "S1"]
    assert [r.staff_id for r in ranking(found)] == ["S1", "S2"]


def test_i8_a_draft_over_the_history_shows_who_gains_and_who_loses():
    draft = plan(version=2, points=1_000, effective_from=day(400))
    found = what_if([gathered(vested())], PLANS, draft)
    assert (found.old_milli, found.new_milli, found.cost_milli, found.deals) == (1_500, 1_000, -500, 1)
    assert found.plan_hash == plan_hash(draft)
    assert [(c.staff_id, c.old_milli, c.new_milli, c.difference_milli) for c in found.people] == [
        (CORPORATE, 600, 400, -200),
        (RETAIL, 900, 600, -300),
    ]


def test_i8_the_moves_of_rank_are_shown():
    mobile = gathered(vested())
    ebank = f"{e.LEAD}.corporate_ebank.1"
    other = gathered(
        [
            e.split(corporate=10_000),
            e.opening(ebank),
            e.account(opening_id=ebank),
            e.cleared(opening_id=ebank),
            *(e.use(on, opening_id=ebank) for on in (2, 5, 12)),
        ]
    )
    indicators = plan().indicators
    draft = plan(version=2, indicators=(type(indicators[0])("mobile_active", "mobile", 90_000, 10_000, 1, 1),))
    found = {c.staff_id: c for c in what_if([mobile, other], PLANS, draft).people}
    assert (found[CORPORATE].old_rank, found[CORPORATE].new_rank, found[CORPORATE].rank_move) == (1, 2, -1)
    assert found[RETAIL].rank_move == 1


def test_i8_who_would_be_newly_at_zero_is_named_and_counted():
    indicators = plan().indicators
    nothing = plan(version=2, indicators=(type(indicators[0])("ebank", "corporate_ebank", 1, 10_000, 1, 1),))
    found = what_if([gathered(vested())], PLANS, nothing)
    assert (found.newly_at_zero, {c.staff_id for c in found.people if c.newly_at_zero}) == (2, {CORPORATE, RETAIL})
    assert what_if([gathered(vested())], PLANS, plan()).newly_at_zero == 0


def test_i8_the_hash_is_of_the_whole_table():
    draft = plan(version=2, points=1_000)
    one, again = (what_if([gathered(vested())], PLANS, draft) for _ in range(2))
    assert one.what_if_hash == again.what_if_hash != what_if([], PLANS, draft).what_if_hash
    assert one.what_if_hash != what_if([gathered(vested())], PLANS, plan(version=2, points=1_001)).what_if_hash


def test_i8_the_same_plan_changes_nothing():
    assert what_if([gathered(vested())], PLANS, plan()).cost_milli == 0
