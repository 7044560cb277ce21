"""Rule C3: money that makes a round trip to activate an account, and money that passes through it."""

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from msgspec.structs import replace

from services.compliance.domain.watch import WATCH
from services.compliance.events import AlertOpened
from tests.services.compliance.examples import OPENING, move

WEEK = 7 * 24


def alerts(commands):
    events = []
    for command in commands:
        events += WATCH.decide(WATCH.fold(events), command)
    return [event for event in events if isinstance(event, AlertOpened)]


def trip(back=48.0, amount=2_000_000, kept=0):
    return [
        move("in", 0, amount, ref=OPENING, other="6222"),
        move("out", back, amount - kept, "out", ref=OPENING, other="6222"),
    ]


def passing(number, hours, amount=2_000_000, later=3.0, gone=None, to="B"):
    return [
        move(f"in{number}", hours, amount, ref=OPENING, other="A"),
        move(f"out{number}", hours + later, amount if gone is None else gone, "out", ref=OPENING, other=to),
    ]


WAGES = (move("wages", -400, 3_000_000, ref=OPENING),)  # the first money in, which stays


def pattern(*hours, **more):
    return [*WAGES, *(one for number, at in enumerate(hours) for one in passing(number, at, **more))]


def test_c3_money_that_comes_to_activate_and_leaves_within_two_days_is_an_alert():
    (alert,) = alerts(trip())
    assert (alert.alert_id, alert.openings, alert.evidence) == ("H1.round_trip.1", (OPENING,), ("in", "out"))


@pytest.mark.parametrize("kept", [0, 200_000])
def test_c3_nine_tenths_of_it_are_enough(kept):
    assert len(alerts(trip(kept=kept))) == 1


@pytest.mark.parametrize(
    "moves",
    [
        trip(back=48.1),
        trip(kept=200_001),
        trip(amount=9_999),
        [*trip()[1:], move("in", 49, ref=OPENING)],
        [move("in", 0), move("out", 1, direction="out")],
    ],
    ids=["later", "most of it stays", "small change", "the money was gone before", "an account we did not open"],
)
def test_c3_other_moves_are_no_round_trip(moves):
    assert alerts(moves) == []


def test_c3_only_the_first_money_in_is_there_to_activate():
    wages = [move("wages", 0, 500_000, ref=OPENING), move("rent", 100, 480_000, "out", ref=OPENING)]
    later = [move("in", 200, ref=OPENING), move("out", 201, direction="out", ref=OPENING)]
    assert alerts([*wages, *later]) == []


def test_c3_a_corrected_first_sum_is_what_counts():
    small, large = move("in", 0, 100_000, ref=OPENING), move("in", 0, 10_000_000, ref=OPENING)
    gone = move("out", 10, 95_000, "out", ref=OPENING)
    assert alerts([small, large, gone]) == []
    assert len(alerts([large, small, gone])) == 1
    assert alerts([small, replace(small, direction="out"), gone]) == []


def test_c3_it_may_leave_in_parts():
    parts = [move(f"out{n}", 10 + n, 500_000, "out", ref=OPENING) for n in range(4)]
    (alert,) = alerts([trip()[0], *parts])
    assert alert.evidence == ("in", "out0", "out1", "out2", "out3")


@over(st.permutations([*trip(), *trip()]))
def test_c3_a_round_trip_is_one_alert_in_whatever_order_it_comes(moves):
    assert len(alerts(moves)) == 1


def test_c3_three_sums_within_a_week_that_go_on_within_a_day_pass_through():
    (alert,) = alerts(pattern(0, 48, WEEK))
    assert (alert.alert_id, alert.openings) == ("H1.pass_through.1", (OPENING,))
    assert alert.evidence == ("in0", "out0", "in1", "out1", "in2", "out2")


@pytest.mark.parametrize(
    "moves",
    [
        pattern(0, 48),
        pattern(0, 48, WEEK + 1),
        pattern(0, 48, 96, later=24.1),
        pattern(0, 48, 96, gone=1_799_999),
        pattern(0, 48, 96, amount=999_999),
        pattern(0, 48, 96, to="A"),
    ],
    ids=["two", "over a week", "it rests a day", "less goes on", "small sums", "back to where it came from"],
)
def test_c3_other_moves_do_not_pass_through(moves):
    assert alerts(moves) == []


@over(st.permutations(pattern(0, 30, 60, 90)), st.sets(st.integers(0, 7)))
def test_c3_what_passes_through_is_one_alert_in_whatever_order_and_however_often_it_comes(moves, again):
    found = alerts([*moves, *(moves[n] for n in again)])
    assert [alert.pattern for alert in found].count("pass_through") == 1


def test_c3_weeks_later_it_is_another_alert():
    first, second = alerts(
        [*pattern(0, 24, 48), *(one for n, at in enumerate((400, 424, 448), 10) for one in passing(n, at))]
    )
    assert (first.alert_id, second.alert_id) == ("H1.pass_through.1", "H1.pass_through.2")


def test_c3_how_money_flows_is_watched_where_a_credit_hangs_on_it():
    assert alerts([replace(one, opening_ref=None) for one in pattern(0, 48, WEEK)]) == []


def test_c3_ninety_days_after_the_first_money_it_is_no_longer_watched():
    late = 91 * 24
    assert alerts([*WAGES, *(one for n in range(3) for one in passing(n, late + 24 * n))]) == []


def test_c3_what_is_kept_of_a_busy_account_is_bounded():
    busy = [move(f"T{n}", n / 10, 1_000_000 + n, "out", ref=OPENING, other="B") for n in range(300)]
    events = [event for command in WAGES for event in WATCH.decide(WATCH.initial, command)]
    for command in busy:
        events += WATCH.decide(WATCH.fold(events), command)
    assert len(events) == 100


def test_c3_one_account_may_show_two_patterns():
    moves = [*trip(amount=5_000_000), *pattern(60, 84, 108)]
    assert sorted(alert.pattern for alert in alerts(moves)) == ["pass_through", "round_trip"]
