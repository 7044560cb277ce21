"""I2: the life of credit, computed from the facts alone."""

from services.incentives.domain.entitlement import entitlement
from services.incentives.domain.facts import gathered
from tests.services.incentives.examples import (
    CORPORATE,
    PLANS,
    RETAIL,
    account,
    active,
    alert,
    cleared,
    day,
    dormant,
    opened,
    opening,
    plan,
    refused,
    split,
    use,
    vested,
)


def steps(facts, plans=PLANS, staff=CORPORATE):
    """``(entry, day, points)`` of one person; the stake of the corporate side is 600, of the retail side 900."""
    return [
        (step.entry, (step.on - day(0)).days, step.points_milli)
        for step in entitlement(gathered(facts), plans)
        if step.staff_id == staff
    ]


def test_i2_opened_through_a_lead_is_pending_and_pays_nothing():
    assert steps(opened()) == [("pending", 0, 0)]
    assert entitlement(gathered(opened()), PLANS)[0].stake_milli == 600


def test_i2_nothing_without_a_split_a_request_an_account_or_a_plan():
    for missing in range(3):
        facts = vested()
        del facts[missing]
        assert steps(facts) == []
    assert steps(vested(), plans=()) == []
    assert steps(vested(), plans=(active(plan(effective_from=day(1))),)) == []


def test_i2_three_active_days_within_thirty_vest():
    assert steps(vested()) == [("pending", 0, 0), ("vested", 12, 600)]
    assert steps(vested(), staff=RETAIL) == [("pending", 0, 0), ("vested", 12, 900)]


def test_i2_two_active_days_do_not():
    assert steps([*opened(), use(2), use(5), use(9, count=0)]) == [("pending", 0, 0)]


def test_i2_three_uses_on_one_day_are_one_active_day():
    assert steps([*opened(), use(2, count=3)]) == [("pending", 0, 0)]


def test_i2_the_window_is_exactly_thirty_days():
    assert steps([*opened(), use(0), use(5), use(29)])[-1] == ("vested", 29, 600)
    assert steps([*opened(), use(0), use(5), use(30)]) == [("pending", 0, 0)]
    assert steps([*opened(), use(0), use(5), use(30), use(31)])[-1] == ("vested", 31, 600)


def test_i2_the_window_begins_within_ninety_days():
    assert steps([*opened(), use(90), use(91), use(92)])[-1] == ("vested", 92, 600)
    assert steps([*opened(), use(91), use(92), use(93)]) == [("pending", 0, 0)]


def test_i2_use_before_the_opening_does_not_count():
    assert steps([*opened(), use(-2), use(2), use(3)]) == [("pending", 0, 0)]


def test_i2_use_of_another_holding_does_not_count():
    assert steps([*opened(), use(2), use(3), use(4, holding="H2")]) == [("pending", 0, 0)]


def test_i2_of_two_accounts_for_one_opening_the_first_counts():
    assert steps([*vested(), account(opened=3, holding="H0")])[-1] == ("vested", 12, 600)


def test_i2_uncleared_does_not_vest():
    facts = [fact for fact in vested() if fact != cleared()]
    assert steps(facts) == [("pending", 0, 0)]
    assert steps([*facts, cleared(on=20)])[-1] == ("vested", 20, 600)


def test_i2_a_split_agreed_late_vests_on_its_day():
    assert steps([split(on=15), *vested()[1:]])[-1] == ("vested", 15, 600)


def test_i2_dormancy_within_the_reversal_days_takes_back_once():
    assert steps([*vested(), dormant(80), dormant(150, version=11)])[-1] == ("reversed", 80, -600)
    assert steps([*vested(), dormant(12 + 180)])[-1] == ("reversed", 192, -600)
    assert steps([*vested(), dormant(12 + 181)])[-1] == ("vested", 12, 600)


def test_i2_a_reversal_is_final():
    assert steps([*vested(), dormant(80), use(90), use(91), use(92)])[-1] == ("reversed", 80, -600)


def test_i2_closure_within_the_reversal_days_takes_back():
    assert steps([*opened(closed=50), use(2), use(5), use(12)])[-1] == ("reversed", 50, -600)
    assert steps([*opened(closed=300), use(2), use(5), use(12)])[-1] == ("vested", 12, 600)


def test_i2_closed_before_vesting_never_vests():
    for closed in (11, 12):
        assert steps([*opened(closed=closed), use(2), use(5), use(12)]) == [("pending", 0, 0), ("reversed", closed, 0)]


def test_i2_dormancy_of_what_has_not_vested_changes_nothing():
    assert steps([*opened(), use(2), dormant(63), use(85), use(86), use(87)])[-1] == ("vested", 87, 600)


def test_i2_refusal_takes_back_whenever_it_comes():
    assert steps([*vested(), refused(400)])[-1] == ("reversed", 400, -600)
    assert steps([*opened(), refused(3), use(4), use(5), use(6)]) == [("pending", 0, 0), ("reversed", 3, 0)]


def test_c4_an_open_alert_holds_vested_credit_and_a_dismissal_releases_it():
    held = [*vested(), alert("open", 20)]
    assert steps(held)[-1] == ("held", 20, -600)
    assert steps([*held, alert("dismissed", 25)])[-2:] == [("held", 20, -600), ("released", 25, 600)]


def test_c4_confirmation_of_held_credit_leaves_it_at_nothing():
    assert steps([*vested(), alert("open", 20), alert("confirmed", 25)])[-2:] == [
        ("held", 20, -600),
        ("reversed", 25, 0),
    ]


def test_c4_confirmation_on_the_day_of_the_alert_reverses_what_was_paid():
    assert steps([*vested(), alert("open", 20), alert("confirmed", 20)])[-1] == ("reversed", 20, -600)


def test_c4_pending_credit_cannot_vest_while_held():
    held = [*vested(), alert("open", 10)]
    assert steps(held) == [("pending", 0, 0), ("held", 10, 0)]
    released = [("pending", 0, 0), ("held", 10, 0), ("released", 31, 0), ("vested", 31, 600)]
    assert steps([*held, alert("dismissed", 31)]) == released
    assert steps([*held, alert("confirmed", 31)]) == [("pending", 0, 0), ("held", 10, 0), ("reversed", 31, 0)]


def test_c4_alerts_that_overlap_hold_once():
    facts = [
        *vested(),
        alert("open", 20),
        alert("open", 22, "a2"),
        alert("dismissed", 24),
        alert("dismissed", 30, "a2"),
    ]
    assert steps(facts)[-2:] == [("held", 20, -600), ("released", 30, 600)]


def test_c4_two_alerts_after_each_other_hold_twice():
    facts = [
        *vested(),
        alert("open", 20),
        alert("dismissed", 24),
        alert("open", 28, "a2"),
        alert("dismissed", 30, "a2"),
    ]
    assert [points for _, _, points in steps(facts)] == [0, 600, -600, 600, -600, 600]


def test_c4_dormancy_while_held_is_final_and_the_dismissal_releases_nothing():
    facts = [*vested(), alert("open", 20), dormant(70), alert("dismissed", 75)]
    assert steps(facts)[-2:] == [("held", 20, -600), ("reversed", 70, 0)]


def test_i3_a_changed_split_moves_only_the_unvested():
    changed = split(proposal=2, on=8, corporate=5_000)
    assert steps([*opened(), use(2), changed]) == [("pending", 0, 0)]
    assert steps([*vested(), changed])[-1] == ("vested", 12, 750)
    for on in (12, 40):
        assert steps([*vested(), split(proposal=2, on=on, corporate=5_000)])[-1] == ("vested", 12, 600)


def test_i3_a_handover_moves_only_the_unvested():
    handed = split(proposal=2, on=8, retail_id="S0099")
    assert steps([*vested(), handed], staff=RETAIL) == []
    assert steps([*vested(), handed], staff="S0099")[-1] == ("vested", 12, 900)


def test_i2_each_step_names_the_rule_and_its_evidence():
    step = entitlement(gathered([*vested(), use(13)]), PLANS)[-1]
    assert (step.plan_id, step.plan_version, step.plan_hash) == ("ebank-2026", 1, PLANS[0].plan_hash)
    assert step.computation.startswith("mobile_active 1,500 × 6,000 bps = 900; vested")
    assert set(step.evidence) == {fact.source for fact in vested()}


def test_i3_rounding_is_said():
    steps_of_101 = entitlement(gathered([split(corporate=3_001), *vested()[1:]]), (active(plan(points=101)),))
    assert "101 × 3,001 bps = 30 (largest remainder)" in steps_of_101[0].computation


def test_i1_the_plan_is_that_of_the_day_of_opening():
    later = active(plan(version=2, points=3_000, effective_from=day(5)))
    assert steps(vested(), plans=(*PLANS, later))[-1] == ("vested", 12, 600)
    late = [split(), opening(), account(opened=5), cleared(), use(6), use(7), use(8)]
    assert steps(late, plans=(*PLANS, later))[-1] == ("vested", 8, 1_200)
