"""Rules C3 (burst at the limit) and C4 (what becomes of an alert)."""

from datetime import timedelta

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from msgspec.structs import replace

from services.compliance.domain.alerts import Judge, alert_id, subject_of
from services.compliance.domain.independence import Reporting
from services.compliance.domain.watch import FIRST_DAYS, WATCH, ForgetTransfer, NoteUse
from services.compliance.events import (
    AlertConfirmed,
    AlertDismissed,
    AlertOpened,
    FirstUseSeen,
    TransferForgotten,
    UseTakenBack,
)
from shared.core.errors import NotFound
from tests.kit import given
from tests.services.compliance.examples import LIMIT, OFFICER, OPENING, TODAY, move, seen, transfer

DAY = 24 * 60
ALERT = "H1.burst.1"


def play(commands):
    events = []
    for command in commands:
        events += WATCH.decide(WATCH.fold(events), command)
    return events


def alerts(commands):
    return [event for event in play(commands) if isinstance(event, AlertOpened)]


BURST = play(transfer(n) for n in range(5))


def judge(verdict="confirmed", officer=OFFICER, sellers=("C0003",), alert=ALERT):
    return Judge(alert, verdict, officer, sellers, "own accounts of one clerk", TODAY)


def test_c3_five_times_twenty_thousand_on_one_morning_is_a_burst():
    (alert,) = alerts([transfer(n) for n in range(5)])
    assert alert == AlertOpened(
        alert_id=ALERT,
        pattern="burst",
        subject_kind="holding",
        subject_id="H1",
        openings=(OPENING,),
        evidence=("T0", "T1", "T2", "T3", "T4"),
        rules_version=1,
        on=TODAY,
    )


def test_c3_four_are_no_burst():
    assert alerts([transfer(n) for n in range(4)]) == []


def test_c3_exactly_95_per_cent_of_the_limit_counts_and_a_fen_less_does_not():
    edge = LIMIT * 95 // 100
    assert len(alerts([transfer(n, amount=edge) for n in range(5)])) == 1
    assert alerts([*(transfer(n) for n in range(4)), transfer(4, amount=edge - 1)]) == []
    given(WATCH).when(transfer(0, amount=9_999)).nothing()


def test_c3_each_is_measured_by_its_own_limit():
    assert len(alerts([transfer(n, amount=1000 * n, limit=1000 * n) for n in range(1, 6)])) == 1
    given(WATCH).when(transfer(0, amount=5, limit=0)).nothing()


def test_c3_within_24_hours_and_not_a_minute_more():
    assert len(alerts([transfer(n, minutes=n * DAY // 4) for n in range(5)])) == 1
    assert alerts([transfer(n, minutes=n * (DAY + 1) // 4 + (n == 4)) for n in range(5)]) == []


def test_c3_a_burst_that_goes_on_is_one_alert():
    assert len(alerts([transfer(n) for n in range(50)])) == 1


def test_c3_a_later_burst_is_another_alert():
    later = [transfer(10 + n, minutes=DAY * 2 + n) for n in range(5)]
    first, second = alerts([*(transfer(n) for n in range(5)), *later])
    assert (first.alert_id, second.alert_id) == (ALERT, "H1.burst.2")
    assert second.evidence == ("T10", "T11", "T12", "T13", "T14")


@over(st.permutations([*range(12)]), st.sets(st.integers(0, 11)))
def test_c3_a_burst_is_one_alert_in_whatever_order_and_however_often_it_comes(order, again):
    commands = [transfer(n) for n in order] + [transfer(n) for n in again]
    assert len(alerts(commands)) == 1


def test_c3_a_burst_that_comes_backwards_is_one_alert():
    assert len(alerts([transfer(n) for n in reversed(range(12))])) == 1


def test_c3_the_same_transfer_again_changes_nothing():
    given(WATCH, seen(transfer(0))).when(transfer(0)).nothing()


def test_c3_a_corrected_transfer_no_longer_counts():
    small = replace(transfer(0), amount_minor=100)
    given(WATCH, seen(transfer(0))).when(small).then(seen(small))
    assert alerts([transfer(0), small, *(transfer(n) for n in range(1, 5))]) == []


def test_c3_a_forgotten_transfer_is_no_first_money_in():
    first, second = move("T1"), move("T2", hours=1)
    forget = ForgetTransfer("T1", "H1")
    given(WATCH, seen(first), seen(second)).when(forget).then(TransferForgotten("T1", "H1"))
    after = WATCH.fold([seen(first), seen(second), TransferForgotten("T1", "H1")])
    assert (set(after.seen), after.first_in) == ({"T2"}, seen(second))
    given(WATCH, seen(second)).when(forget).nothing()


def test_c3_a_file_that_comes_late_still_finds_its_burst():
    newest = transfer(99, minutes=20 * DAY)
    assert len(alerts([newest, *(transfer(n) for n in range(5))])) == 1


def test_c3_what_is_remembered_is_bounded():
    events = play(transfer(n, minutes=n * DAY) for n in range(100))
    assert len(WATCH.fold(events).seen) == 31
    given(WATCH, *events).when(transfer(0, minutes=0)).nothing()


def test_c3_a_holding_that_came_by_no_opening_of_ours_is_watched_too():
    (alert,) = alerts([transfer(n, ref=None) for n in range(5)])
    assert alert.openings == ()


@over(st.lists(st.tuples(st.integers(0, 3 * DAY), st.sampled_from([LIMIT, LIMIT // 2])), max_size=16))
def test_c3_an_alert_comes_exactly_if_a_full_window_exists(transfers):
    commands = [transfer(n, minutes=at, amount=amount) for n, (at, amount) in enumerate(transfers)]
    near = sorted(at for at, amount in transfers if amount == LIMIT)
    full = any(at + DAY >= later for at, later in zip(near, near[4:], strict=False))
    assert bool(alerts(commands)) == full
    for one in alerts(commands):
        times = [command.at for command in commands if command.transfer_id in one.evidence]
        assert len(times) >= 5
        assert max(times) - min(times) <= timedelta(days=1)


def test_c4_an_officer_confirms_or_dismisses_with_a_reason():
    given(WATCH, *BURST).when(judge()).then(
        AlertConfirmed(ALERT, (OPENING,), "K0001", "own accounts of one clerk", TODAY)
    )
    given(WATCH, *BURST).when(judge("dismissed")).then(
        AlertDismissed(ALERT, (OPENING,), "K0001", "own accounts of one clerk", TODAY)
    )


@pytest.mark.parametrize(
    ("first", "other", "code"),
    [("confirmed", "dismissed", "already_confirmed"), ("dismissed", "confirmed", "already_dismissed")],
)
def test_c4_an_alert_is_decided_once(first, other, code):
    history = [*BURST, *given(WATCH, *BURST).when(judge(first)).decide()]
    given(WATCH, *history).when(judge(first)).nothing()
    given(WATCH, *history).when(judge(other)).refused(code, rule="C4")


def test_c4_the_seller_and_who_reports_to_the_seller_decide_no_alert():
    given(WATCH, *BURST).when(judge(sellers=("C0004", "K0001"))).refused("officer_is_seller", rule="C2")
    below = Reporting("K0001", known=True, superiors=("C0003",))
    given(WATCH, *BURST).when(judge(officer=below)).refused("officer_reports_to_seller", rule="C2")
    assert len(given(WATCH, *BURST).when(judge(sellers=())).decide()) == 1


def test_c4_an_unknown_alert_is_not_found():
    with pytest.raises(NotFound):
        given(WATCH, *BURST).when(judge(alert="H1.burst.2")).decide()


def test_c4_somebody_whom_the_register_lacks_decides_no_alert():
    nobody = Reporting("K9999", known=False)
    given(WATCH, *BURST).when(judge(officer=nobody, sellers=())).refused("officer_unknown", rule="C2")


def test_the_id_of_an_alert_names_its_subject_and_pattern():
    assert subject_of(alert_id("6222.0001.77", "burst", "3")) == ("6222.0001.77", "burst")
    assert subject_of("S0031.period_end_spike.2026-09") == ("S0031", "period_end_spike")


def used(n=0, uses=1, authenticated=0, product="mobile"):
    return NoteUse("H1", product, OPENING, uses, authenticated, TODAY + timedelta(days=n))


def first_use(n=0, *, authenticated=False):
    return FirstUseSeen("H1", OPENING, authenticated, TODAY + timedelta(days=n))


def test_c3_a_channel_that_somebody_used_before_the_customer_did_is_an_alert():
    seen_first, alert = given(WATCH).when(used()).decide()
    assert seen_first == first_use()
    assert (alert.alert_id, alert.pattern) == ("H1.unauthenticated_activation.1", "unauthenticated_activation")
    assert (alert.openings, alert.evidence) == ((OPENING,), (f"H1@{TODAY}",))


def test_c3_what_the_customer_used_first_may_be_used_otherwise_later():
    given(WATCH).when(used(authenticated=1)).then(first_use(authenticated=True))
    given(WATCH, first_use(authenticated=True)).when(used(3)).then(first_use(3))
    given(WATCH, first_use(authenticated=True)).when(used(-1)).then(first_use(-1), alerts([used(-1)])[0])


def test_c3_a_first_day_that_is_corrected_counts_as_it_is_known_now():
    first, alert = given(WATCH, first_use(authenticated=True)).when(used()).decide()
    assert (first, alert.pattern) == (first_use(), "unauthenticated_activation")
    given(WATCH, first, alert).when(used(authenticated=1)).then(first_use(authenticated=True))
    given(WATCH, first_use(authenticated=True)).when(used(uses=3, authenticated=3)).nothing()


def test_c3_where_the_first_days_are_corrected_to_no_use_the_next_is_the_first():
    by_customer, nothing, later = used(authenticated=1), used(uses=0), used(5, uses=2)
    first, taken_back, alert_day, alert = play([by_customer, nothing, later])
    assert (first, taken_back) == (first_use(authenticated=True), UseTakenBack("H1", OPENING, TODAY))
    assert (alert_day, alert.evidence) == (first_use(5), (f"H1@{TODAY + timedelta(days=5)}",))
    (afterwards,) = alerts([by_customer, later, nothing])
    assert afterwards == alert, "in whichever order it is told"
    assert alerts([by_customer, used(2, authenticated=1), later, nothing]) == []


def test_c3_only_the_first_few_days_of_use_are_remembered():
    days = [used(n, authenticated=1) for n in range(10)]
    assert play(days) == [first_use(n, authenticated=True) for n in range(FIRST_DAYS)]
    given(WATCH, *play(days)).when(used(9, uses=0)).nothing()


def test_c3_nothing_used_and_what_is_no_channel_are_no_activation():
    given(WATCH).when(used(uses=0)).nothing()
    given(WATCH).when(used(product="payroll")).nothing()


@over(st.permutations([used(0), used(2, authenticated=1), used(2, authenticated=1), used(5), used(9, uses=0)]))
def test_c3_an_unauthenticated_activation_is_one_alert_in_whatever_order_the_days_come(commands):
    assert len(alerts(commands)) == 1


@over(st.permutations([used(0, authenticated=1), used(2), used(5), used(1, authenticated=1)]))
def test_c3_a_day_that_turns_out_to_be_later_than_the_customers_first_opens_no_second_alert(commands):
    assert len(alerts(commands)) <= 1
