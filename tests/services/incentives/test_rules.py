from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.incentives.events import Share
from services.incentives.reference import _parts
from services.incentives.rules import (
    in_force,
    indicators_for,
    lead_of,
    next_month,
    period_of,
    plan_hash,
    shared_out,
)
from shared.core.months import last_day
from tests.services.incentives.examples import active, plan


def points(total, **bps):
    return {p.staff_id: p.points_milli for p in shared_out(total, [Share("x", s, "B01", b) for s, b in bps.items()])}


def test_i3_parts_by_the_accepted_basis_points():
    assert points(1_500, S1=6_000, S2=4_000) == {"S1": 900, "S2": 600}


def test_i3_the_largest_remainder_gets_the_last_thousandth():
    assert points(1_000, S1=3_333, S2=3_333, S3=3_334) == {"S1": 333, "S2": 333, "S3": 334}
    assert points(10, S1=1_600, S2=8_400) == {"S1": 2, "S2": 8}
    assert points(101, S1=6_999, S2=3_001) == {"S1": 71, "S2": 30}


def test_i3_equal_remainders_go_to_the_lower_staff_id():
    assert points(1, S9=5_000, S1=5_000) == {"S1": 1, "S9": 0}
    assert points(3, S2=2_500, S1=2_500, S4=2_500, S3=2_500) == {"S1": 1, "S2": 1, "S3": 1, "S4": 0}


def test_i3_one_person_on_both_sides_is_one_person():
    shares = [Share("corporate", "S1", "B01", 6_000), Share("retail", "S1", "B01", 4_000)]
    assert [(p.staff_id, p.bps, p.points_milli) for p in shared_out(7, shares)] == [("S1", 10_000, 7)]


@st.composite
def splits(draw):
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), max_size=5)))
    edges = [0, *cuts, 10_000]
    bps = [b - a for a, b in pairwise(edges)]
    staff = draw(st.lists(st.sampled_from([f"S{n}" for n in range(9)]), min_size=len(bps), max_size=len(bps)))
    return [Share("x", who, "B01", part) for who, part in zip(staff, bps, strict=True)]


@given(total=st.integers(0, 10**9), shares=splits())
def test_i3_parts_sum_to_the_whole_and_the_second_opinion_shares_alike(total, shares):
    parts = shared_out(total, shares)
    assert sum(part.points_milli for part in parts) == total
    assert all(abs(part.points_milli * 10_000 - total * part.bps) < 10_000 for part in parts)
    assert {part.staff_id: part.points_milli for part in parts} == _parts(total, shares)


def test_i1_the_plan_in_force_is_the_latest_that_took_effect():
    first, second = active(), active(plan(version=2, effective_from=date(2026, 11, 1)))
    assert in_force((first, second), date(2025, 12, 31)) is None
    assert in_force((second, first), date(2026, 10, 31)) == first
    assert in_force((first, second), date(2026, 11, 1)) == second


def test_i1_of_two_plans_from_one_day_the_higher_version_stands():
    first, second = active(), active(plan(version=2))
    assert in_force((second, first), date(2026, 10, 1)) == second


def test_i1_the_hash_binds_every_field():
    assert plan_hash(plan()) == plan_hash(plan())
    assert plan_hash(plan()) != plan_hash(plan(points=1_501))
    assert plan_hash(plan()) != plan_hash(plan(reversal_days=181))
    assert len(plan_hash(plan())) == 64


def test_indicators_of_a_product():
    assert [i.indicator for i in indicators_for(plan(), "mobile")] == ["mobile_active"]
    assert indicators_for(plan(), "telephone") == ()


def test_months():
    assert period_of(date(2026, 2, 3)) == "2026-02"
    assert (last_day("2026-02"), last_day("2028-02"), last_day("2026-12")) == (
        date(2026, 2, 28),
        date(2028, 2, 29),
        date(2026, 12, 31),
    )
    assert (next_month("2026-09"), next_month("2026-12")) == ("2026-10", "2027-01")


def test_the_lead_behind_an_opening_reference():
    assert lead_of("01j9lead.mobile.1") == "01j9lead"
    assert lead_of("opportunity-x.y.mobile.12") == "opportunity-x.y"
    assert [lead_of(ref) for ref in ("", "KB-2026-77", "a.b", "a.b.c", ".mobile.1", "a..1")] == [None] * 6
